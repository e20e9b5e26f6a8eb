"""What people read of an update: on its job's page and before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from errors import presenters
from errors.filters import ErrorFilters
from errors.jobs.filter_words import query_of, records_of_filter
from errors.jobs.named import Named
from errors.jobs.texts import JobTexts, Sample
from errors.jobs.update_modes import CLEAR, TOUCH
from errors.jobs.update_records import NoSuchRecords, Selection, find_selection
from errors.models import BulkJob
from errors.types import ErrorType

_LONGEST_SHOWN = 500


def title(job: BulkJob) -> str:
    return _("Update of %(property)s in HubSpot") % {"property": job.request["property"]}


def records_of(job: BulkJob, named: Named) -> str:
    """Which records a job is about, in words, from what has been looked up. No query."""
    asked = job.request
    filters = ErrorFilters.from_query(asked["filters"]) if "filters" in asked else None
    if asked.get("type"):
        filters = ErrorFilters(type=asked["type"])
    error, view = named.errors.get(str(asked.get("error"))), named.views.get(str(asked.get("view")))
    if not (filters or error or view):
        return _("What named the records is gone.")
    selection = Selection(
        connection_id=job.connection_id,
        error=error,
        filters=filters,
        view=view,
        all_members=asked.get("members") == "all",
    )
    return records_text(selection, people=named.people)


def records_text(selection: Selection, *, people: Mapping[str, User] | None = None) -> str:
    """Which records are meant, in words."""
    if selection.error is not None:
        return _("Affected records of: %(summary)s") % {
            "summary": presenters.summary(selection.error)
        }
    if selection.filters is not None:
        if selection.filters.only_type:
            label = ErrorType(selection.filters.only_type).label
            return _("All affected records of %(type)s") % {"type": label}
        return records_of_filter(selection.filters, people=people)
    assert selection.view is not None
    words = {"name": selection.view.name}
    if selection.all_members:
        return _("All records of the view “%(name)s”") % words
    return _("Records of the view “%(name)s” that still fail") % words


def back_to(selection: Selection) -> tuple[str, str]:
    """(label, address) of the page where one sees the records go."""
    here = selection.connection_id
    if selection.error is not None:
        where = reverse("error-records", args=[here, selection.error.pk])
        return _("See which of the error's records still fail"), where
    if selection.filters is not None:
        if not selection.filters.type:
            return _("Sync health"), reverse("sync-health", args=[here])
        kind = ErrorType(selection.filters.type)
        where = reverse("error-panel", args=[here, kind.value])
        if not selection.filters.only_type:
            where += f"?{query_of(selection.filters)}"
        return _("See what is left of %(type)s") % {"type": kind.label}, where
    assert selection.view is not None
    where = reverse("saved-view", args=[here, selection.view.public_id])
    return _("See what is left of the view"), where


def what_is_written(mode: str, value: str) -> str:
    """The value in words; each record's own with "touch"."""
    if mode == TOUCH:
        return _("Each record's own value, once more")
    return _("Nothing: the property is cleared") if mode == CLEAR else value[:_LONGEST_SHOWN]


def describe(job: BulkJob) -> JobTexts:
    """The job in words. Two queries at most."""
    asked, result = job.request, job.result or {}
    links = []
    try:
        selection = find_selection(connection_id=job.connection_id, asked=asked)
        records = records_text(selection)
        links.append(back_to(selection))
    except NoSuchRecords:
        records = _("What named the records is gone.")
    return JobTexts(
        title=title(job),
        chosen=[
            (_("Records"), records),
            (_("Property"), f"{asked['property']} → {asked['field']}"),
            (_("Value"), what_is_written(asked["mode"], asked["value"])),
        ],
        notes=_notes(job, result),
        samples=[
            Sample(
                label=one["label"],
                message=one["message"],
                url=job.connection.hubspot_url(
                    object_type_id=asked.get("object_type_id") or "0-1", record_id=one["hubspot_id"]
                ),
            )
            for one in result.get("refusals", ())
        ],
        links=links,
    )


def _notes(job: BulkJob, result: dict[str, int]) -> list[str]:
    notes = []
    if job.done or job.failed:
        notes.append(
            _("Written in HubSpot: %(written)s. Refused by HubSpot: %(refused)s.")
            % {
                "written": number_format(job.done, force_grouping=True),
                "refused": number_format(job.failed, force_grouping=True),
            }
        )
    if result.get("tried_again"):
        notes.append(
            ngettext(
                "%(n)s record held the value already, so HubSpot did not count it as changed, and no sync would have"
                " read it. This job tried it again itself.",
                "%(n)s records held the value already, so HubSpot did not count them as changed, and no sync would"
                " have read them. This job tried them again itself.",
                result["tried_again"],
            )
            % {"n": number_format(result["tried_again"], force_grouping=True)}
        )
    if result.get("without_hubspot"):
        notes.append(
            ngettext(
                "%(n)s record is not in HubSpot, so it was left as it is.",
                "%(n)s records are not in HubSpot, so they were left as they are.",
                result["without_hubspot"],
            )
            % {"n": number_format(result["without_hubspot"], force_grouping=True)}
        )
    if job.state == BulkJob.State.FINISHED:
        resolved = (job.total or 0) - job.done - job.failed
        if resolved > 0:
            notes.append(
                ngettext(
                    "%(n)s record synced before its turn came.",
                    "%(n)s records synced before their turn came.",
                    resolved,
                )
                % {"n": number_format(resolved, force_grouping=True)}
            )
        if job.done > result.get("tried_again", 0):
            notes.append(
                _(
                    "The sync that carries the records to Salesforce has been asked for. HubSpot tells of changes some"
                    " seconds late, so the last ones may follow a minute behind."
                )
            )
    return notes

"""What people read of an import: what was chosen, and what it came to."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from errors import presenters
from errors.filters import ErrorFilters
from errors.jobs.filter_words import records_of_filter
from errors.jobs.named import Named
from errors.jobs.texts import JobTexts, Result, Sample
from errors.models import BulkJob
from errors.types import ErrorType
from integrations.models import ObjectMapping
from integrations.object_labels import shown_label

_FIGURES = {
    "read": gettext_lazy("Read from Salesforce"),
    "synced": gettext_lazy("Synced"),
    "skipped": gettext_lazy("Not to be synced"),
    "failing": gettext_lazy("Still failing"),
    "not_in_salesforce": gettext_lazy("Not in Salesforce"),
    "meanwhile": gettext_lazy("Settled meanwhile"),
}

_NOTES = {
    "not_in_salesforce": gettext_lazy(
        "The record was deleted there, or never was there. A deleted record has nothing left to sync; one that never"
        " was there stays among the affected records."
    ),
    "skipped": gettext_lazy(
        "Deleted in HubSpot, without the address it is matched by, or creating is switched off."
    ),
    "meanwhile": gettext_lazy(
        "The sync or somebody’s Resync dealt with these records before their turn came."
    ),
}


def describe(job: BulkJob) -> JobTexts:
    """An import in words. At most three queries, however many records."""
    named = Named.by([job])
    mapping = named.mappings.get(str(job.request["mapping"]))
    return JobTexts(
        title=title(job, named),
        chosen=[(_("Records"), chosen(job, named))],
        results=_figures(job),
        samples=[_sample(entry, job, mapping) for entry in job.result.get("messages", ())],
    )


def title(job: BulkJob, named: Named) -> str:
    mapping = named.mappings.get(str(job.request["mapping"]))
    label = shown_label(mapping) if mapping else _("records")
    return _("Import from Salesforce: %(label)s") % {"label": label}


def chosen(job: BulkJob, named: Named) -> str:
    """Which records, in words. No query."""
    request = job.request
    if request["scope"] == "all":
        return _("All records")
    if request["scope"] == "changed":
        moment = timezone.localtime(datetime.fromisoformat(request["since"]))
        return _("Changed in Salesforce since %(when)s") % {
            "when": date_format(moment, "DATETIME_FORMAT")
        }
    if "filters" in request:
        return records_of_filter(ErrorFilters.from_query(request["filters"]), people=named.people)
    if request["type"]:
        return _("Affected records of the error type %(type)s") % {
            "type": ErrorType(request["type"]).label
        }
    if request["error"]:
        error = named.errors.get(str(request["error"]))
        if error is None:
            return _("Affected records of one error")
        return _("Affected records of one error: %(error)s") % {"error": presenters.summary(error)}
    if request["view"]:
        view = named.views.get(request["view"])
        if view is None:
            return _("Affected records of a saved view that was deleted")
        return _("Affected records of the saved view “%(name)s”") % {"name": view.name}
    return _("All affected records")


def _figures(job: BulkJob) -> list[Result]:
    """What each record came to. The first four stand always, so that nobody misses a number that is 0."""
    return [
        Result(
            str(label),
            number_format(job.result.get(name, 0), force_grouping=True),
            str(_NOTES.get(name, "")),
        )
        for name, label in _FIGURES.items()
        if job.result.get(name) or (job.result and name in ("read", "synced", "failing"))
    ]


def _sample(entry: dict[str, str], job: BulkJob, mapping: ObjectMapping | None) -> Sample:
    """With the record's page in Salesforce, else in HubSpot, where the refused value can be put right."""
    url = ""
    if mapping is not None:
        connection = job.connection
        url = connection.salesforce_url(
            sobject=mapping.salesforce_object, record_id=entry["salesforce_id"]
        ) or connection.hubspot_url(
            object_type_id=mapping.hubspot_object_type_id, record_id=entry["hubspot_id"]
        )
    return Sample(
        label=entry["label"] or entry["salesforce_id"] or entry["hubspot_id"],
        message=entry["message"],
        url=url,
    )

"""A job that makes static lists in HubSpot, in words."""

from __future__ import annotations

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from errors.jobs.texts import JobTexts, Result, Sample
from errors.models import BulkJob, SavedView


def describe(job: BulkJob) -> JobTexts:
    """The job in words. One query."""
    view = SavedView.objects.filter(
        connection_id=job.connection_id, public_id=job.request["view"]
    ).first()
    lists = [entry for entry in view.hubspot_lists if entry["object"]] if view else []
    address = reverse("saved-view", args=[job.connection_id, view.public_id]) if view else ""
    return JobTexts(
        title=_("List in HubSpot"),
        chosen=[
            (_("Saved view"), view.name if view else _("deleted since")),
            (_("Name of the list"), job.request["name"]),
        ],
        results=[
            Result(
                f"{entry['name']} ({entry['object']})",
                _("refused by HubSpot")
                if entry["refusal"]
                else _("%(number)s added")
                % {"number": number_format(entry["added"], force_grouping=True)},
            )
            for entry in lists
        ],
        samples=[
            Sample(label=entry["name"], message=entry["refusal"])
            for entry in lists
            if entry["refusal"]
        ],
        done_label=_("Dealt with"),
        failed_label=_("Not in the list"),
        links=[(_("Open the view and its lists"), address)] if address else [],
    )

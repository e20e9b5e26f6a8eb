"""The wish for lists in HubSpot of a view's records: asking for them, and what became of it in words."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from errors import saved_views
from errors.jobs import JobRefused, cancel_job, create_job, resume_job
from errors.ledger import lock_stream
from errors.models import BulkJob, SavedView
from integrations.models import Connection

# What HubSpot's Lists API asks of the app whose token we have.
RIGHTS = ("crm.lists.read", "crm.lists.write")


@dataclass(frozen=True, slots=True)
class ShownList:
    """One list, made or refused, as pages show it."""

    object: str
    name: str
    list_id: str
    url: str
    added: int
    not_there: int
    unknown: int
    unknown_ids: list[str]
    refusal: str  # in HubSpot's words
    advice: str
    complete: bool


def ask_for_lists(*, view: SavedView, user: User | None, name: str = "") -> BulkJob:
    """Has the view's records put into static lists in HubSpot, called `name` (the view's own when empty).

    Harmless to ask twice: a job that still works on it is answered, one that stopped is taken up again. Raises
    ViewRefused for a name that is none. A handful of queries, no call.
    """
    wanted = saved_views.checked_name(name or view.name)
    with transaction.atomic():
        # Two who ask at once come to one job.
        lock_stream(connection_id=view.connection_id)
        view.refresh_from_db(fields=["hubspot_lists"])
        earlier = list_job(view=view)
        if earlier is not None and not earlier.ended:
            if earlier.state in BulkJob.LIVE:
                return earlier
            if earlier.request["name"] == wanted:
                resume_job(job=earlier)
                return earlier
            cancel_job(job=earlier)
        handle = uuid.uuid4()
        job = create_job(
            connection_id=view.connection_id,
            kind=BulkJob.Kind.LIST,
            request={"view": str(view.public_id), "name": wanted},
            user=user,
            idempotency_key=f"list:{handle}",
            total=view.total,
        ).job
        wish = {"object": "", "name": wanted, "job": str(job.public_id)}
        saved_views.note_list(view_id=view.pk, entry=wish)
    view.refresh_from_db(fields=["hubspot_lists"])
    return job


def give_up_lists(*, view: SavedView) -> None:
    """Ends a job that works on the view's lists; for a view that is about to go. Two queries at most."""
    job = list_job(view=view)
    if job is not None and not job.ended:
        try:
            cancel_job(job=job)
        except JobRefused:
            return  # it ended meanwhile


def list_job(*, view: SavedView) -> BulkJob | None:
    """The job of the newest wish; None when nobody has wished for lists. One query, none without a wish."""
    return list_jobs(views=[view]).get(view.pk)


def list_jobs(*, views: Sequence[SavedView]) -> dict[int, BulkJob]:
    """The jobs of the newest wishes of some views of one connection, by view. One query at most."""
    wishes = {
        uuid.UUID(entry["job"]): view.pk
        for view in views
        for entry in view.hubspot_lists
        if not entry["object"]
    }
    if not wishes:
        return {}
    jobs = BulkJob.objects.filter(
        connection_id=views[0].connection_id, kind=BulkJob.Kind.LIST, public_id__in=wishes
    )
    return {wishes[job.public_id]: job for job in jobs}


def shown_lists(*, view: SavedView, connection: Connection) -> list[ShownList]:
    """The lists made or refused so far, by object. No query."""
    return [_shown(entry, connection) for entry in view.hubspot_lists if entry["object"]]


def _shown(entry: dict[str, Any], connection: Connection) -> ShownList:
    return ShownList(
        object=entry["object"],
        name=entry["name"],
        list_id=entry["list_id"],
        url=connection.hubspot_list_url(list_id=entry["list_id"]),
        added=entry["added"],
        not_there=entry["not_there"],
        unknown=entry["unknown"],
        unknown_ids=list(entry["unknown_ids"]),
        refusal=entry["refusal"],
        advice=_advice(entry["refusal_code"], entry.get("rights")) if entry["refusal"] else "",
        complete=entry["complete"],
    )


def _advice(code: str, rights: Sequence[str] | None) -> str:
    if code == "MISSING_SCOPES" and rights:
        return _(
            "The app in HubSpot lacks the right %(missing)s: grant it in its settings there, then try again. Lists need"
            " these rights: %(rights)s."
        ) % {"missing": ", ".join(rights), "rights": ", ".join(RIGHTS)}
    if code == "MISSING_SCOPES":
        return _(
            "The app in HubSpot lacks a right: grant it %(rights)s in its settings there, then try again."
        ) % {"rights": ", ".join(RIGHTS)}
    if "DUPLICATE_LIST_NAMES" in code:
        return _("Another list in HubSpot has this name. Choose another name and try again.")
    return _("Change what HubSpot asks for, then try again.")

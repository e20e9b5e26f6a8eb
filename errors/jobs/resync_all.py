"""Resync all matching: as many batches of at most 100 errors as a filter needs, one after another.

The cap of a batch stays; what is past it is the next batch, queued when the one before has finished and the
allotment has room for it.

    request   {"filters": ErrorFilters.to_query(), "last_id": the highest matching id at the start,
               "view": public id of the SavedView whose errors these are, only then}
    position  {"last": the id behind which to go on, "batch": public id of the batch under way or "",
               "number": batches so far, "skipped": errors left out, since another batch held them}

The results of a batch are added to the job where the batch finishes (`errors.resync.telling`), whatever state the
job is in then, and once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from common import clock
from errors import resync, view_selectors
from errors.filters import ErrorFilters, filtered_errors
from errors.jobs.create import JobCreated, create_job, earlier_job
from errors.jobs.filter_words import open_only, words_of
from errors.jobs.loads import Selection, calls_of, selection_of, with_counters
from errors.jobs.named import Named
from errors.jobs.pacing import Room, room_of
from errors.jobs.refusals import JobRefused
from errors.jobs.texts import JobTexts
from errors.jobs.turn import Turn, Wait
from errors.models import BulkJob, ResyncBatch, SavedView
from errors.resync.refusals import MAX_ERRORS
from errors.resync.telling import BATCH_UNDER_WAY
from integrations import metering

# The batch's end nudges the job; this is for the nudge that got lost or came while the job was looking.
_LOOK_AGAIN = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=10)
_WITHOUT_ROOM = timedelta(hours=1)
_SHOWN_BATCHES = 20
MOST_OF_A_VIEW = 500  # errors; what is asked for names each of them


@dataclass(frozen=True, slots=True)
class Preview:
    """What Resync all matching will take, before it starts."""

    filters: ErrorFilters
    selection: Selection
    room: Room

    @property
    def calls(self) -> int:
        return self.selection.estimate.calls

    @property
    def left_after(self) -> int:
        return max(self.room.remaining - self.calls, 0)

    @property
    def fits(self) -> bool:
        return self.room.fits(self.calls)

    @property
    def waits_until(self) -> datetime | None:
        """Roughly when all of it fits, if nothing else is spent; None when it fits now, or never at once."""
        return None if self.fits else self.room.fits_at(min(self.calls, self.room.wall))

    @property
    def days(self) -> int:
        """How many days' allotments it takes; 0 when jobs have none."""
        return -(-self.calls // self.room.wall) if self.room.wall else 0


def preview(*, connection_id: int, filters: ErrorFilters) -> Preview:
    """What the start page says. Five queries at most and no call; see `selection_of` for their cost. Raises JobRefused."""
    chosen = open_only(filters)
    return Preview(
        filters=chosen,
        selection=_selection(connection_id, chosen),
        room=room_of(connection_id=connection_id),
    )


def filters_of_view(view: SavedView) -> ErrorFilters:
    """The open errors that stop records of a saved view now. Raises JobRefused: no_errors, too_many_errors. One query."""
    ids = view_selectors.open_errors_of_view(view=view, most=MOST_OF_A_VIEW)
    if not ids:
        raise JobRefused("no_errors", _("No open error matches. There is nothing to resync."))
    if len(ids) > MOST_OF_A_VIEW:
        raise JobRefused(
            "too_many_errors",
            _(
                "The records of this view have more than %(most)d open errors. Resync all matching of their type instead."
            )
            % {"most": MOST_OF_A_VIEW},
        )
    return ErrorFilters(ids=tuple(ids))


def start(
    *,
    connection_id: int,
    filters: ErrorFilters,
    user: User | None,
    idempotency_key: str,
    view: SavedView | None = None,
) -> JobCreated:
    """Stores the job. Raises JobRefused: not_open, no_errors (nothing matches), key_reused (409).

    The same key with the same filter gives the same job, also when other errors match by now. Six queries at most.
    """
    chosen = open_only(filters)
    matching = filtered_errors(connection_id=connection_id, filters=chosen)
    last_id = matching.aggregate(last=Max("pk"))["last"]
    seen = _selection(connection_id, chosen) if last_id else None
    request: dict[str, Any] = {"filters": chosen.to_query(), "last_id": last_id or 0}
    if view is not None:
        request["view"] = str(view.public_id)
    # What it was about may be resolved by now, and the key is the one of a job all the same.
    if seen is None and not earlier_job(
        connection_id=connection_id, idempotency_key=idempotency_key
    ):
        raise JobRefused("no_errors", _("No open error matches. There is nothing to resync."))
    return create_job(
        connection_id=connection_id,
        kind=BulkJob.Kind.RESYNC,
        request=request,
        user=user,
        idempotency_key=idempotency_key,
        total=None if seen is None or seen.more else seen.errors,
        found=("last_id",),
    )


def _selection(connection_id: int, filters: ErrorFilters) -> Selection:
    seen = selection_of(filtered_errors(connection_id=connection_id, filters=filters))
    if filters == ErrorFilters(type=filters.type):
        return with_counters(seen, connection_id=connection_id, error_type=filters.type)
    return seen


def run(turn: Turn) -> None:
    """One batch a turn: see how the one under way does, then queue the next when the allotment has room for it.

    Makes no call itself: the batch does, as one of a bulk job, which stops before the reserve for what people tick.
    """
    turn.check()
    position: dict[str, Any] = {"last": 0, "batch": "", "number": 0, "skipped": 0}
    position |= turn.job.position
    if position["batch"]:
        _wait_for(turn, position["batch"])
    while ids := _next_ids(turn.job, position["last"]):
        turn.check()
        _see_room(turn, ids)
        if _queue(turn, position, ids):
            raise _until(clock.now() + _LOOK_AGAIN)
        # All of them are in other live batches.
        position |= {"last": ids[-1], "skipped": position["skipped"] + len(ids)}
        turn.step(position=position)
    turn.job.refresh_from_db(fields=["done", "failed"])
    # What was resolved meanwhile, by the sync or by another batch, was never handled here.
    turn.step(
        position={**position, "batch": ""},
        total=turn.job.done + turn.job.failed,
        result={"skipped": position["skipped"], "batches": position["number"]},
    )


def describe(job: BulkJob) -> JobTexts:
    """The job in words, with its newest batches. Three queries at most."""
    skipped = int(job.position.get("skipped", 0))
    notes = []
    if skipped:
        notes.append(
            ngettext(
                "%(number)d error was left out: another batch was resyncing it already.",
                "%(number)d errors were left out: other batches were resyncing them already.",
                skipped,
            )
            % {"number": skipped}
        )
    if job.state == BulkJob.State.PAUSED:
        notes.append(_("The batch under way is brought to its end; no further one starts."))
    return JobTexts(
        title=_("Resync all matching"),
        counts="errors",
        done_label=pgettext("count", "Resolved"),
        failed_label=_("Still failing"),
        chosen=chosen(job, Named.by([job])),
        notes=notes,
        batches=list(ResyncBatch.objects.filter(job=job).order_by("-pk")[:_SHOWN_BATCHES]),
    )


def chosen(job: BulkJob, named: Named) -> list[tuple[str, str]]:
    """(what, which) of each that was chosen. No query."""
    words = words_of(ErrorFilters.from_query(job.request["filters"]), people=named.people)
    if "view" in job.request:
        view = named.views.get(job.request["view"])
        words.insert(0, (_("Saved view"), view.name if view else _("deleted since")))
    return words


def _wait_for(turn: Turn, public_id: str) -> None:
    batch = ResyncBatch.objects.filter(public_id=public_id).first()
    if batch is None or batch.state == ResyncBatch.State.FINISHED:
        return
    now = clock.now()
    again = now + _LOOK_AGAIN
    if batch.hold_reason:
        again = min(max(again, batch.not_before), now + _LONGEST_WAIT)
    raise _until(again)


def _until(moment: datetime) -> Wait:
    return Wait(moment, BATCH_UNDER_WAY, working=True)


def _next_ids(job: BulkJob, last: int) -> list[int]:
    filters = ErrorFilters.from_query(job.request["filters"])
    matching = filtered_errors(
        connection_id=job.connection_id, filters=filters, now=job.created_at
    ).filter(pk__gt=last, pk__lte=job.request["last_id"])
    return list(matching.order_by("pk").values_list("pk", flat=True)[:MAX_ERRORS])


def _see_room(turn: Turn, ids: list[int]) -> None:
    """Raises Wait while the allotment has no room for the batch."""
    room = room_of(connection_id=turn.job.connection_id)
    calls = room.enough_for(calls_of(ids))
    if room.fits(calls):
        return
    when = room.fits_at(calls)
    if when is None:
        raise Wait(clock.now() + _WITHOUT_ROOM, "allotment_too_small")
    # What was used when the wait began has left the 24 hours by now, and others have used as much again: more room
    # will not come. The batch goes forward with what there is, day after day.
    patience = _waits_since(turn.job) + metering.WINDOW
    if clock.now() < patience:
        raise Wait(min(when, patience), "pacing")
    if not room.fits(1):
        raise Wait(room.fits_at(1) or when, "pacing")


def _waits_since(job: BulkJob) -> datetime:
    """When the batch before ended, or the job began."""
    ended = ResyncBatch.objects.filter(job=job).aggregate(last=Max("finished_at"))["last"]
    return max(moment for moment in (ended, job.started_at, job.created_at) if moment is not None)


def _queue(turn: Turn, position: dict[str, Any], ids: list[int]) -> bool:
    """Stores the next batch and the new position together; False when other live batches hold all of its errors.

    What they hold in part is left out by `create_batch` and counted as skipped.
    """
    number = position["number"] + 1
    try:
        with transaction.atomic():
            made = resync.create_batch(
                connection_id=turn.job.connection_id,
                error_ids=ids,
                user=turn.job.requested_by,
                idempotency_key=f"job:{turn.job.public_id}:{number}",
                job=turn.job,
            )
            turn.step(
                position={
                    "last": ids[-1],
                    "batch": str(made.batch.public_id),
                    "number": number,
                    "skipped": position["skipped"] + len(ids) - made.batch.total,
                }
            )
    except resync.ResyncRefused as refused:
        if refused.code == "already_in_live_batch":
            return False
        raise
    return True

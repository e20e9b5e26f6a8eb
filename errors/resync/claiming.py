"""Who works on a batch: claiming it, giving it back, taking it back from the dead, finishing it.

The batch's row is the queue. A worker that dies at any line leaves a lease that runs out; the sweeper then
queues the batch again, and what was recorded until then stays recorded.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Min
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from common import clock
from errors.ledger import lock_stream
from errors.models import BulkJob, ResyncBatch, ResyncItem
from errors.resync.claim import LEASE, ResyncClaim
from errors.resync.telling import tell_job
from integrations.models import Connection

MAX_ATTEMPTS = 5


def claim_batch(*, batch_id: int) -> ResyncClaim | None:
    """Makes the caller the one worker of a queued batch that is due; None when there is nothing to claim.

    The claim remembers the committed write number: what fails after it is not closed by the retry's success.
    A batch that goes on after a crash keeps its first number, so only what was not handled yet is retried.
    """
    batch = ResyncBatch.objects.filter(pk=batch_id).select_related("connection").first()
    if batch is None or batch.state != ResyncBatch.State.QUEUED:
        return None
    if batch.connection.state != Connection.State.ACTIVE:
        ResyncBatch.objects.filter(pk=batch_id, state=ResyncBatch.State.QUEUED).update(
            hold_reason=f"connection_{batch.connection.state}"
        )
        return None
    token = str(uuid.uuid4())
    with transaction.atomic():
        stream = lock_stream(connection_id=batch.connection_id)
        now = clock.now()
        claimed = ResyncBatch.objects.filter(
            pk=batch_id, state=ResyncBatch.State.QUEUED, not_before__lte=now
        ).update(
            state=ResyncBatch.State.RUNNING,
            lease_token=token,
            lease_until=now + LEASE,
            started_at=Coalesce("started_at", now),
            hold_reason="",
        )
        if not claimed:
            return None
        items = ResyncItem.objects.filter(batch_id=batch_id, state=ResyncItem.State.QUEUED)
        items.filter(claim_write_no=0).update(claim_write_no=stream.write_no, reason="")
        items.update(state=ResyncItem.State.RUNNING, attempt=F("attempt") + 1)
        write_no = _running(batch_id).aggregate(first=Min("claim_write_no"))["first"]
    return ResyncClaim(batch_id=batch_id, lease_token=token, write_no=write_no or 0)


def give_back(
    *,
    claim: ResyncClaim,
    not_before: datetime,
    hold_reason: str = "",
    detail: str = "",
    afresh: bool = True,
    counts: bool = False,
    api_calls: int = 0,
) -> bool:
    """Queues a claimed batch again, to go on at `not_before`; False when the claim was lost already.

    `afresh`: the next claim retries everything that is open then, also what failed since; without `counts` for a
    batch that has not begun only, or it might never end. `counts`: this try is one of the five; errors that have
    had five fail with `detail` as the reason.
    """
    batch = ResyncBatch.objects.get(pk=claim.batch_id)
    with transaction.atomic():
        lock_stream(connection_id=batch.connection_id)
        held = ResyncBatch.objects.filter(
            pk=claim.batch_id, lease_token=claim.lease_token, state=ResyncBatch.State.RUNNING
        ).update(api_calls=F("api_calls") + api_calls)
        if held:
            _requeue(
                claim.batch_id,
                not_before=not_before,
                hold_reason=hold_reason,
                detail=detail,
                afresh=afresh,
                counts=counts,
            )
    return bool(held)


def take_back_expired(*, now: datetime | None = None) -> list[int]:
    """Queues every batch whose worker let its lease run out; returns their ids."""
    moment = now or clock.now()
    taken = []
    for batch_id, connection_id in ResyncBatch.objects.filter(
        state=ResyncBatch.State.RUNNING, lease_until__lte=moment
    ).values_list("pk", "connection_id"):
        with transaction.atomic():
            lock_stream(connection_id=connection_id)
            still_expired = ResyncBatch.objects.filter(
                pk=batch_id, state=ResyncBatch.State.RUNNING, lease_until__lte=moment
            ).exists()
            if still_expired:
                _requeue(
                    batch_id,
                    not_before=moment,
                    hold_reason="",
                    detail=_("the worker stopped without a word each time"),
                    afresh=False,
                    counts=True,
                )
                taken.append(batch_id)
    return taken


def give_up_cancelled() -> list[int]:
    """Ends every batch that waits, for calls or for a CRM, and whose job was cancelled; returns their ids.

    Its errors are free again, for people to resync them by hand, and no call is spent on them a day later. A batch that
    works, or is about to, is brought to its end.
    """
    given_up = []
    waiting = ResyncBatch.objects.filter(
        state=ResyncBatch.State.QUEUED, job__state=BulkJob.State.CANCELLED
    ).exclude(hold_reason="")
    for batch_id, connection_id in waiting.values_list("pk", "connection_id"):
        with transaction.atomic():
            lock_stream(connection_id=connection_id)
            if not waiting.filter(pk=batch_id).exists():
                continue
            ResyncItem.objects.filter(batch_id=batch_id, state=ResyncItem.State.QUEUED).update(
                state=ResyncItem.State.FAILED,
                finished_at=clock.now(),
                reason=_("Given up: the work that this was part of was cancelled."),
            )
            finish_if_done(batch_id=batch_id)
            given_up.append(batch_id)
    return given_up


def finish_if_done(*, batch_id: int) -> bool:
    """Finishes the batch when no item is live. Call it in the transaction that settled the items."""
    states = list(ResyncItem.objects.filter(batch_id=batch_id).values_list("state", flat=True))
    live = any(state in ResyncItem.LIVE for state in states)
    failed = states.count(ResyncItem.State.FAILED)
    batch = ResyncBatch.objects.filter(pk=batch_id)
    batch.update(
        failed=failed,
        done=states.count(ResyncItem.State.RESOLVED) + states.count(ResyncItem.State.SKIPPED),
    )
    if not live:
        ended = batch.exclude(state=ResyncBatch.State.FINISHED).update(
            state=ResyncBatch.State.FINISHED,
            finished_at=clock.now(),
            lease_token="",
            lease_until=None,
            hold_reason="",
        )
        if ended:
            tell_job(batch_id=batch_id)
    return not live


def _running(batch_id: int) -> models.QuerySet[ResyncItem, ResyncItem]:
    return ResyncItem.objects.filter(batch_id=batch_id, state=ResyncItem.State.RUNNING)


def _requeue(
    batch_id: int,
    *,
    not_before: datetime,
    hold_reason: str,
    detail: str,
    afresh: bool,
    counts: bool,
) -> None:
    if counts:
        _running(batch_id).filter(attempt__gte=MAX_ATTEMPTS).update(
            state=ResyncItem.State.FAILED,
            finished_at=clock.now(),
            reason=_("Given up after %(number)d tries: %(detail)s")
            % {"number": MAX_ATTEMPTS, "detail": detail},
        )
    else:
        _running(batch_id).filter(attempt__gt=0).update(attempt=F("attempt") - 1)
    waiting = _running(batch_id)
    if afresh:
        waiting.update(claim_write_no=0)
    waiting.update(state=ResyncItem.State.QUEUED)
    ResyncBatch.objects.filter(pk=batch_id).update(
        state=ResyncBatch.State.QUEUED,
        lease_token="",
        lease_until=None,
        not_before=not_before,
        hold_reason=hold_reason,
    )
    finish_if_done(batch_id=batch_id)

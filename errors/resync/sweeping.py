"""The schedule's part of Resync: whatever a lost message or a dead worker left behind goes on."""

from __future__ import annotations

from common import clock
from common.nudges import nudge
from errors.models import ResyncBatch
from errors.resync.claiming import give_up_cancelled, take_back_expired
from errors.resync.create import RUN_TASK
from integrations.models import Connection

_AT_ONCE = 500


def sweep() -> int:
    """Takes expired leases back, gives up what waits for a job that was cancelled, and nudges a worker for every batch that is due; returns how many."""
    now = clock.now()
    take_back_expired(now=now)
    give_up_cancelled()
    due = ResyncBatch.objects.filter(
        state=ResyncBatch.State.QUEUED,
        not_before__lte=now,
        connection__state=Connection.State.ACTIVE,
    ).order_by("not_before")
    nudged = 0
    for batch_id in due.values_list("pk", flat=True)[:_AT_ONCE]:
        if not nudge(RUN_TASK, batch_id):
            break  # no broker: the next sweep tries again
        nudged += 1
    return nudged

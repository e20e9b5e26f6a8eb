"""The schedule's part of jobs: whatever a lost message or a dead worker left behind goes on."""

from __future__ import annotations

from common import clock, leases
from common.nudges import nudge
from errors.jobs.create import RUN_TASK
from errors.models import BulkJob
from integrations.models import Connection

_AT_ONCE = 500


def sweep_jobs() -> int:
    """Nudges a worker for every live job that is due and that nobody holds; returns how many."""
    due = (
        BulkJob.objects.filter(
            state__in=BulkJob.LIVE,
            not_before__lte=clock.now(),
            connection__state=Connection.State.ACTIVE,
        )
        .filter(leases.free("lease_until"))
        .order_by("not_before")
    )
    nudged = 0
    for job_id in due.values_list("pk", flat=True)[:_AT_ONCE]:
        if not nudge(RUN_TASK, job_id):
            break  # no broker: the next sweep tries again
        nudged += 1
    return nudged

"""The schedule's part of jobs: whatever a lost message or a dead worker left behind goes on."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from common import clock, leases
from common.nudges import nudge
from errors.jobs.create import RUN_TASK
from errors.models import BulkJob, ResyncBatch
from integrations.models import AllotmentChange, Connection

_AT_ONCE = 500
_BY_ALLOTMENT = ("allotment_spent", "allotment_too_small", "pacing")
# Longer than the time between two sweeps, so that none misses a change.
_JUST_NOW = timedelta(minutes=1)


def sweep_jobs() -> int:
    """Nudges a worker for every live job that is due and that nobody holds; returns how many."""
    _let_go_when_allotted_more()
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


def _let_go_when_allotted_more() -> None:
    """What waits for free calls looks again at once when somebody has just raised the allotment."""
    raised = AllotmentChange.objects.filter(
        at__gte=clock.now() - _JUST_NOW, after__gt=F("before")
    ).values("connection_id")
    BulkJob.objects.filter(
        state__in=BulkJob.LIVE, connection_id__in=raised, hold_reason__in=_BY_ALLOTMENT
    ).update(not_before=clock.now())
    ResyncBatch.objects.filter(
        state=ResyncBatch.State.QUEUED, connection_id__in=raised, hold_reason__in=_BY_ALLOTMENT
    ).update(not_before=clock.now())

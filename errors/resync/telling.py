"""A batch that is one of a job's tells it how it ended."""

from __future__ import annotations

from django.db.models import F

from common import clock
from common.nudges import nudge_on_commit
from errors.jobs.create import RUN_TASK
from errors.models import BulkJob, ResyncBatch

BATCH_UNDER_WAY = "batch_under_way"


def tell_job(*, batch_id: int) -> None:
    """Adds the results of a batch that has just finished to its job and wakes the job; nothing for one without.

    Call it once, in the transaction that finishes the batch: so the job's numbers are right whatever became
    of it meanwhile. One query for a batch without a job, three more for one with.
    """
    batch = ResyncBatch.objects.get(pk=batch_id)
    if batch.job_id is None:
        return
    job = BulkJob.objects.filter(pk=batch.job_id)
    job.update(
        done=F("done") + batch.done,
        failed=F("failed") + batch.failed,
        api_calls=F("api_calls") + batch.api_calls,
    )
    if job.filter(state__in=BulkJob.LIVE, hold_reason=BATCH_UNDER_WAY).update(
        not_before=clock.now()
    ):
        nudge_on_commit(RUN_TASK, batch.job_id)

"""What a person may do to a job: pause, resume, cancel. A worker notices between two steps."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from common.nudges import nudge_on_commit
from errors.jobs.create import RUN_TASK
from errors.jobs.refusals import JobRefused
from errors.models import BulkJob

__all__ = ["JobRefused", "cancel_job", "pause_job", "resume_job"]


def pause_job(*, job: BulkJob) -> None:
    """Stops a live job after its current step. Raises JobRefused (409) when it is not live."""
    _move(job, BulkJob.LIVE, state=BulkJob.State.PAUSED, hold_reason="")


def resume_job(*, job: BulkJob) -> None:
    """Takes up a job that was paused, or that stopped by itself. Raises JobRefused (409) for another."""
    with transaction.atomic():
        _move(
            job,
            (BulkJob.State.PAUSED, BulkJob.State.FAILED),
            state=BulkJob.State.QUEUED,
            not_before=clock.now(),
            hold_reason="",
            attempts=0,
            detail="",
            finished_at=None,
        )
        nudge_on_commit(RUN_TASK, job.pk)


def cancel_job(*, job: BulkJob) -> None:
    """Ends a job for good; what it has done stays done. Raises JobRefused (409) when it has ended already."""
    _move(
        job,
        (*BulkJob.LIVE, BulkJob.State.PAUSED, BulkJob.State.FAILED),
        state=BulkJob.State.CANCELLED,
        finished_at=clock.now(),
        hold_reason="",
    )


def _move(job: BulkJob, before: tuple[BulkJob.State, ...], **changes: Any) -> None:
    """The lease stays with the worker that has it: the step at hand is stored, and it is the last one."""
    if not BulkJob.objects.filter(pk=job.pk, state__in=before).update(**changes):
        job.refresh_from_db(fields=["state"])
        raise JobRefused(
            "wrong_state",
            _("That is not possible now: this work is “%(state)s”.")
            % {"state": job.get_state_display()},
            status_code=409,
        )
    job.refresh_from_db()

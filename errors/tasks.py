"""Tasks of this app: thin, and safe to run twice, because the tables are the queue."""

from __future__ import annotations

from celery import shared_task

from errors.jobs.create import RUN_TASK as RUN_JOB_TASK
from errors.jobs.running import run_job as run_job_turn
from errors.jobs.sweeping import sweep_jobs as sweep_due_jobs
from errors.resync.create import RUN_TASK
from errors.resync.sweeping import sweep
from errors.resync.worker import run_batch


@shared_task(name=RUN_TASK)
def run_resync(batch_id: int) -> None:
    run_batch(batch_id=batch_id)


@shared_task(name="errors.sweep_resync")
def sweep_resync() -> None:
    sweep()


@shared_task(name=RUN_JOB_TASK)
def run_job(job_id: int) -> None:
    run_job_turn(job_id=job_id)


@shared_task(name="errors.sweep_jobs")
def sweep_jobs() -> None:
    sweep_due_jobs()

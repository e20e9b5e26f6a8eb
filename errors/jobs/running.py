"""Running a job: one turn of one worker, and what follows when it cannot go on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from common import clock, leases
from common.nudges import nudge
from errors.jobs.create import RUN_TASK
from errors.jobs.turn import LEASE_SECONDS, CannotGoOn, OutOfTime, Stopped, Turn, TurnLost, Wait
from errors.models import BulkJob
from errors.resync import crm
from errors.resync.claim import LeaseLost
from integrations.clients.results import ConnectionFault, CrmFault
from integrations.metering import AllotmentSpent
from integrations.models import Connection

log = logging.getLogger(__name__)

# Turns in a row without a step; then a person must look.
MOST_ATTEMPTS = 8
_LONGEST_PAUSE = timedelta(minutes=15)
_DETAIL_LIMIT = 2000

_RUNS = {
    BulkJob.Kind.RESYNC: "errors.jobs.resync_all.run",
    BulkJob.Kind.IMPORT: "errors.jobs.importing.run",
    BulkJob.Kind.UPDATE: "errors.jobs.updating.run",
    BulkJob.Kind.LIST: "errors.jobs.lists.run",
}


def run_job(*, job_id: int) -> bool:
    """Claims a job and gives it a turn; False when there was nothing to claim. Harmless to call twice or too early."""
    job = BulkJob.objects.select_related("connection").filter(pk=job_id).first()
    if job is None or job.state not in BulkJob.LIVE:
        return False
    if job.connection.state != Connection.State.ACTIVE:
        BulkJob.objects.filter(pk=job_id, state__in=BulkJob.LIVE).update(
            hold_reason=f"connection_{job.connection.state}"
        )
        return False
    lease = _claim(job_id)
    if lease is None:
        return False
    job = BulkJob.objects.select_related("connection", "requested_by").get(pk=job_id)
    turn = Turn(job, lease)
    try:
        _run_of(job.kind)(turn)
    except (TurnLost, LeaseLost):
        # Another worker has it, and its results count.
        log.warning("Job %s: lost the lease.", job_id)
    except Stopped:
        turn.end()
    except OutOfTime:
        turn.end(not_before=clock.now())
        nudge(RUN_TASK, job_id)
    except Wait as wait:
        turn.end(not_before=wait.until, hold_reason=wait.reason)
    except CannotGoOn as end:
        turn.end_if_running(**_stopped(end.detail))
    except AllotmentSpent as spent:
        resumes = spent.resumes_at or clock.now() + timedelta(hours=1)
        turn.end(not_before=resumes, hold_reason="allotment_spent")
    except ConnectionFault as fault:
        until = crm.stand_still(turn.connection, fault)
        turn.end(
            not_before=until or clock.now(),
            hold_reason="limit_reached" if until else "connection_suspended",
        )
    except CrmFault as fault:
        _try_later(turn, "crm_unavailable", f"{fault.code}: {fault.message}", fault.retry_after)
    except Exception as error:
        _try_later(turn, "unexpected_error", type(error).__name__, None)
        raise
    else:
        turn.end_if_running(state=BulkJob.State.FINISHED, finished_at=clock.now(), hold_reason="")
    return True


def _claim(job_id: int) -> leases.Lease | None:
    """Only columns of the row itself stand in the condition: what another table says could not be asked again
    by PostgreSQL when two workers meet on the row."""
    now = clock.now()
    return leases.take(
        BulkJob.objects.filter(pk=job_id, state__in=BulkJob.LIVE, not_before__lte=now),
        seconds=LEASE_SECONDS,
        token_field="lease_token",  # noqa: S106 - a column
        state=BulkJob.State.RUNNING,
        started_at=Coalesce("started_at", now),
        hold_reason="",
    )


def _run_of(kind: str) -> Callable[[Turn], None]:
    found: Callable[[Turn], None] = import_string(_RUNS[BulkJob.Kind(kind)])
    return found


def _try_later(turn: Turn, reason: str, detail: str, retry_after: float | None) -> None:
    """30 s, 1, 2, … up to 15 minutes; later when the API says so. After eight turns for nothing it stops."""
    attempts = turn.job.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        turn.end_if_running(**_stopped(detail), attempts=attempts)
        return
    pause = min(timedelta(seconds=15 * 2**attempts), _LONGEST_PAUSE)
    turn.end(
        not_before=clock.now() + max(pause, timedelta(seconds=retry_after or 0)),
        hold_reason=reason,
        detail=detail[:_DETAIL_LIMIT],
        attempts=attempts,
    )


def _stopped(detail: str) -> dict[str, Any]:
    return {
        "state": BulkJob.State.FAILED,
        "finished_at": clock.now(),
        "hold_reason": "",
        "detail": detail[:_DETAIL_LIMIT],
    }

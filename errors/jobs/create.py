"""Storing a job. Safe to repeat: the same key gives the same job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from common.nudges import nudge_on_commit
from errors.jobs.refusals import JobRefused
from errors.models import BulkJob
from errors.storable import storable_key

RUN_TASK = "errors.run_job"


@dataclass(frozen=True, slots=True)
class JobCreated:
    job: BulkJob
    created: bool  # False: this key was seen before, and the job is the one it made then


def create_job(
    *,
    connection_id: int,
    kind: BulkJob.Kind,
    request: dict[str, Any],
    user: User | None,
    idempotency_key: str,
    total: int | None = None,
    found: tuple[str, ...] = (),
) -> JobCreated:
    """Stores a job and nudges a worker. `request` is as the kind's module documents, and checked by it before.

    `found` names entries of the request that nobody asked for but that were found at the start, e.g. the highest id:
    the same key sent again a second later finds others, and still means the same job.

    Raises JobRefused (409): key_reused when the key made another job before; same_work when a live job does just this,
    as from a second tab with the same preview. Three queries.
    """
    key = storable_key(idempotency_key)
    now = clock.now()
    live = BulkJob.objects.filter(
        connection_id=connection_id, kind=kind, state__in=(*BulkJob.LIVE, BulkJob.State.PAUSED)
    ).exclude(idempotency_key=key)
    if any(_asked(one.request, found) == _asked(request, found) for one in live.order_by("pk")):
        raise JobRefused(
            "same_work",
            _("The same work is under way or paused already: see Bulk jobs, in the history."),
            status_code=409,
        )
    try:
        with transaction.atomic():
            job = BulkJob.objects.create(
                connection_id=connection_id,
                kind=kind,
                request=request,
                requested_by=user,
                idempotency_key=key,
                total=total,
                created_at=now,
                not_before=now,
            )
            nudge_on_commit(RUN_TASK, job.pk)
    except IntegrityError:
        earlier = earlier_job(connection_id=connection_id, idempotency_key=idempotency_key)
        if earlier is None:
            raise
        if earlier.kind != kind or _asked(earlier.request, found) != _asked(request, found):
            raise JobRefused(
                "key_reused",
                _("This Idempotency-Key was used for other work. Send a new key with new work."),
                status_code=409,
            ) from None
        return JobCreated(job=earlier, created=False)
    return JobCreated(job=job, created=True)


def earlier_job(*, connection_id: int, idempotency_key: str) -> BulkJob | None:
    """The job that this key has made before. One query.

    For kinds that refuse what has nothing left to do: whoever sends a request once more, since its answer was lost,
    means the job that has done it meanwhile. `create_job` answers that job then.
    """
    return BulkJob.objects.filter(
        connection_id=connection_id, idempotency_key=storable_key(idempotency_key)
    ).first()


def _asked(request: dict[str, Any], found: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key not in found}

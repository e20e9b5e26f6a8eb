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
) -> JobCreated:
    """Stores a job and nudges a worker. `request` is as the kind's module documents, and checked by it before.

    Raises JobRefused (key_reused, 409) when the key made another job before. Two queries.
    """
    key = storable_key(idempotency_key)
    now = clock.now()
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
        earlier = BulkJob.objects.get(connection_id=connection_id, idempotency_key=key)
        if (earlier.kind, earlier.request) != (kind, request):
            raise JobRefused(
                "key_reused",
                _("This Idempotency-Key was used for other work. Send a new key with new work."),
                status_code=409,
            ) from None
        return JobCreated(job=earlier, created=False)
    return JobCreated(job=job, created=True)

"""Jobs for tests of their pages and of their API."""

from __future__ import annotations

import uuid
from typing import Any

from errors.models import BulkJob
from integrations.models import Connection


def make_job(connection: Connection, **values: Any) -> BulkJob:
    return BulkJob.objects.create(
        **{
            "connection": connection,
            "kind": "resync",
            "idempotency_key": str(uuid.uuid4()),
            "request": {"filters": {"type": "picklists"}, "last_id": 1},
            "total": 250,
            **values,
        }
    )


def page_of(job: BulkJob, more: str = "") -> str:
    return f"/connections/{job.connection_id}/jobs/{job.public_id}/{more}"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())

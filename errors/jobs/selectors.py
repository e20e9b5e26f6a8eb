"""Reads of jobs for pages and the API."""

from __future__ import annotations

from uuid import UUID

from common.pages import Key, Page, keyset_page
from errors.models import BulkJob

_NEWEST_FIRST = (Key("id", int, descending=True),)


def jobs_page(*, connection_id: int, cursor: str | None = None, limit: int = 50) -> Page[BulkJob]:
    """Jobs, newest first, with who asked for them. One query. Raises BadCursor."""
    return keyset_page(
        BulkJob.objects.filter(connection_id=connection_id).select_related("requested_by"),
        keys=_NEWEST_FIRST,
        listing="jobs",
        cursor=cursor,
        limit=limit,
    )


def get_job(*, connection_id: int, public_id: UUID) -> BulkJob:
    """One job with who asked for it; raises BulkJob.DoesNotExist. One query."""
    return BulkJob.objects.select_related("requested_by").get(
        connection_id=connection_id, public_id=public_id
    )

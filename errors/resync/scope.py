"""What a batch retries: every open record of its errors, or one record alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from errors.identity import identify
from errors.models import AffectedRecord, ResyncBatch, SyncError

_OPEN = AffectedRecord.State.OPEN


class Scope:
    """The rows of a batch. Making one costs three queries for a batch of one record, else none."""

    def __init__(self, batch: ResyncBatch) -> None:
        self.record_keys: tuple[str, ...] = ()
        if batch.record_key:
            record = identify(connection_id=batch.connection_id, record_key=batch.record_key)
            self.record_keys = record.keys if record else (batch.record_key,)

    def open_rows(self, error_ids: Iterable[int]) -> QuerySet[AffectedRecord, AffectedRecord]:
        rows = AffectedRecord.objects.filter(error_id__in=list(error_ids), state=_OPEN)
        return rows.filter(record_key__in=self.record_keys) if self.record_keys else rows

    def still_failing(self, error_ids: Iterable[int]) -> set[int]:
        """Which of the errors still stop a record of the batch. One query."""
        if self.record_keys:
            return set(self.open_rows(error_ids).values_list("error_id", flat=True))
        errors = SyncError.objects.filter(pk__in=list(error_ids), open_records__gt=0)
        return set(errors.values_list("pk", flat=True))

    def reasons(self, error_ids: Iterable[int]) -> dict[int, str]:
        """The newest message of each error, of one record's batch that record's own. One query."""
        if self.record_keys:
            rows = self.open_rows(error_ids).order_by("last_seen_at")
            return dict(rows.values_list("error_id", "message"))
        return {
            pk: str((details or {}).get("message") or "")
            for pk, details in SyncError.objects.filter(pk__in=list(error_ids)).values_list(
                "pk", "details"
            )
        }

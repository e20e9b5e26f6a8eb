"""What a batch retries: every open record of its errors, or one record alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from errors.identity import identify
from errors.models import AffectedRecord, ResyncBatch, ResyncItem, SyncError

_OPEN = AffectedRecord.State.OPEN


class Scope:
    """The rows of a batch. Making one costs four queries for a batch of one record, else none."""

    def __init__(self, batch: ResyncBatch) -> None:
        self.batch = batch
        self.record_keys: tuple[str, ...] = ()
        self.known: frozenset[int] = frozenset()
        if batch.record_key:
            record = identify(connection_id=batch.connection_id, record_key=batch.record_key)
            self.record_keys = record.keys if record else (batch.record_key,)
            self.known = frozenset(
                ResyncItem.objects.filter(batch=batch).values_list("error_id", flat=True)
            )

    def open_rows(self, error_ids: Iterable[int]) -> QuerySet[AffectedRecord, AffectedRecord]:
        rows = AffectedRecord.objects.filter(error_id__in=list(error_ids), state=_OPEN)
        return rows.filter(record_key__in=self.record_keys) if self.record_keys else rows

    def still_failing(self, items: Mapping[int, ResyncItem]) -> dict[int, str]:
        """Which of the items' errors still stop a record of the batch, each with its newest message. One query.

        A batch of one record tells of the record: an error that it has instead, which the batch does not know, is its
        failure too.
        """
        if not self.record_keys:
            errors = SyncError.objects.filter(pk__in=list(items), open_records__gt=0)
            return {
                pk: str((details or {}).get("message") or "")
                for pk, details in errors.values_list("pk", "details")
            }
        own: dict[int, str] = {}
        instead: dict[str, str] = {}
        rows = AffectedRecord.objects.filter(
            connection_id=self.batch.connection_id, record_key__in=self.record_keys, state=_OPEN
        )
        for error_id, direction, message in rows.order_by("last_seen_at", "id").values_list(
            "error_id", "direction", "message"
        ):
            if error_id in self.known:
                own[error_id] = message
            else:
                instead[direction] = message
        told = {
            error_id: instead.get(item.error.direction) for error_id, item in items.items()
        } | own
        return {
            error_id: message
            for error_id, message in told.items()
            if message is not None and error_id in items
        }

"""Setting errors aside, and taking them up again. Ignored errors keep their records but leave the cards."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from errors.ledger import Ledger, chunks
from errors.models import AffectedRecord, ErrorEvent, SyncError


def ignore_errors(*, connection_id: int, error_ids: Iterable[int]) -> list[int]:
    """Sets open errors of the connection aside; returns the ids of those that were open.

    Their failures go on being recorded, so that taking one up again shows what is true then.
    """
    with transaction.atomic():
        ledger = Ledger(connection_id=connection_id)
        errors = _of(connection_id, error_ids, SyncError.Status.OPEN)
        for error in errors:
            error.status = SyncError.Status.IGNORED
            ledger.count_error(error.type, -1)
            ledger.event(error, ErrorEvent.Kind.IGNORED)
        _count_records(ledger, errors, -1)
        _store(errors)
        ledger.close()
    return [error.pk for error in errors]


def take_up_errors(*, connection_id: int, error_ids: Iterable[int]) -> list[int]:
    """Ends the ignoring: an error with records that still fail is open again, another one is resolved."""
    with transaction.atomic():
        ledger = Ledger(connection_id=connection_id)
        errors = _of(connection_id, error_ids, SyncError.Status.IGNORED)
        failing = [error for error in errors if error.open_records]
        for error in errors:
            if error.open_records:
                error.status = SyncError.Status.OPEN
                error.opened_at = ledger.now
                error.resolved_at = None
                ledger.count_error(error.type, +1)
                ledger.event(error, ErrorEvent.Kind.REOPENED)
            else:
                error.status = SyncError.Status.RESOLVED
                error.resolved_at = ledger.now
                ledger.event(error, ErrorEvent.Kind.RESOLVED)
        _count_records(ledger, failing, +1)
        _store(errors)
        ledger.close()
    return [error.pk for error in errors]


def _of(connection_id: int, error_ids: Iterable[int], status: str) -> list[SyncError]:
    wanted = sorted(set(error_ids))
    return [
        error
        for part in chunks(wanted)
        for error in SyncError.objects.filter(
            connection_id=connection_id, pk__in=part, status=status
        ).order_by("pk")
    ]


def _count_records(ledger: Ledger, errors: list[SyncError], change: int) -> None:
    types = {error.pk: error.type for error in errors}
    for part in chunks(sorted(types)):
        for error_id, record_key in (
            AffectedRecord.objects.filter(error_id__in=part, state=AffectedRecord.State.OPEN)
            .values_list("error_id", "record_key")
            .iterator()
        ):
            ledger.count_record(types[error_id], record_key, change)


def _store(errors: list[SyncError]) -> None:
    SyncError.objects.bulk_update(errors, ["status", "opened_at", "resolved_at"], batch_size=100)

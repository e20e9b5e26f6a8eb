"""The numbers on the cards: kept in the transaction that changes the errors, and recounted to prove it.

All writing here happens behind the connection's stream row, so reading a number and writing the new one is
race-free, and the same code is exact on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from errors.days import day_differences, repair_days
from errors.models import AffectedRecord, ErrorCounter, RecordPresence, SyncError
from errors.types import ErrorType
from errors.view_counts import repair_views, wrong_views

_KEY_CHUNK = 800


def make_counters(*, connection_id: int) -> None:
    """The eight rows of a connection; harmless when they are there."""
    ErrorCounter.objects.bulk_create(
        [ErrorCounter(connection_id=connection_id, type=kind) for kind in ErrorType],
        ignore_conflicts=True,
    )


def apply_presence(*, connection_id: int, changes: Mapping[tuple[str, str], int]) -> Counter[str]:
    """Adds `changes` of (type, record key) to the records' open errors.

    Returns by how much the number of distinct affected records of each type changed.
    """
    wanted = {key: change for key, change in changes.items() if change}
    distinct: Counter[str] = Counter()
    if not wanted:
        return distinct
    record_keys = sorted({record_key for _, record_key in wanted})
    known: dict[tuple[str, str], RecordPresence] = {}
    for start in range(0, len(record_keys), _KEY_CHUNK):
        for row in RecordPresence.objects.filter(
            connection_id=connection_id,
            type__in=sorted({error_type for error_type, _ in wanted}),
            record_key__in=record_keys[start : start + _KEY_CHUNK],
        ):
            known[(row.type, row.record_key)] = row
    kept: list[RecordPresence] = []
    gone: list[int] = []
    for (error_type, record_key), change in sorted(wanted.items()):
        row_before = known.get((error_type, record_key))
        before = row_before.open_errors if row_before else 0
        after = max(0, before + change)
        distinct[error_type] += (after > 0) - (before > 0)
        if after:
            kept.append(
                RecordPresence(
                    connection_id=connection_id,
                    type=error_type,
                    record_key=record_key,
                    open_errors=after,
                )
            )
        elif row_before:
            gone.append(row_before.pk)
    RecordPresence.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["connection", "type", "record_key"],
        update_fields=["open_errors"],
    )
    for start in range(0, len(gone), _KEY_CHUNK):
        RecordPresence.objects.filter(pk__in=gone[start : start + _KEY_CHUNK]).delete()
    return distinct


def change_counters(
    *, connection_id: int, errors: Mapping[str, int], records: Mapping[str, int]
) -> None:
    """Adds to the cards' numbers; at most two queries, none when nothing changes."""
    types = sorted(
        {kind for kind, change in errors.items() if change}
        | {kind for kind, change in records.items() if change}
    )
    if not types:
        return
    known = {
        row.type: row
        for row in ErrorCounter.objects.filter(connection_id=connection_id, type__in=types)
    }
    rows = []
    for kind in types:
        row = known.get(kind) or ErrorCounter(connection_id=connection_id, type=kind)
        rows.append(
            ErrorCounter(
                connection_id=connection_id,
                type=kind,
                open_errors=max(0, row.open_errors + errors.get(kind, 0)),
                open_records=max(0, row.open_records + records.get(kind, 0)),
            )
        )
    _store_counters(rows)


def _store_counters(rows: list[ErrorCounter]) -> None:
    ErrorCounter.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "type"],
        update_fields=["open_errors", "open_records"],
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """A stored number that is not what counting gives."""

    what: str
    stored: int
    counted: int


def find_drift(*, connection_id: int) -> list[Drift]:
    """Every stored count of a connection that is wrong; empty when all is well.

    Reads every open row and every event of the connection: seconds for a million of them. Exact only while nobody writes,
    so call it behind the stream row.
    """
    drifts: list[Drift] = []
    counted_errors, counted_records, presence, records_of = _count(connection_id=connection_id)
    stored = {row.type: row for row in ErrorCounter.objects.filter(connection_id=connection_id)}
    for kind in ErrorType:
        row = stored.get(kind)
        drifts += _differs(
            f"{kind} errors", row.open_errors if row else 0, counted_errors.get(kind, 0)
        )
        drifts += _differs(
            f"{kind} records", row.open_records if row else 0, counted_records.get(kind, 0)
        )
    stored_presence = {
        (kind, key): number
        for kind, key, number in RecordPresence.objects.filter(connection_id=connection_id)
        .values_list("type", "record_key", "open_errors")
        .iterator()
    }
    for pair in sorted(presence.keys() | stored_presence.keys()):
        drifts += _differs(
            f"{pair[0]} errors of {pair[1]}", stored_presence.get(pair, 0), presence.get(pair, 0)
        )
    for pk, open_records in (
        SyncError.objects.filter(connection_id=connection_id)
        .values_list("pk", "open_records")
        .iterator()
    ):
        drifts += _differs(f"records of error {pk}", open_records, records_of.get(pk, 0))
    for view in wrong_views(connection_id=connection_id):
        drifts += _differs(f"records of view {view.pk}", *view.total)
        drifts += _differs(f"failing records of view {view.pk}", *view.open_records)
    return drifts + [Drift(*one) for one in day_differences(connection_id=connection_id)]


def repair(*, connection_id: int) -> None:
    """Stores the counted numbers. Call it behind the stream row."""
    counted_errors, counted_records, presence, records_of = _count(connection_id=connection_id)
    _store_counters(
        [
            ErrorCounter(
                connection_id=connection_id,
                type=kind,
                open_errors=counted_errors.get(kind, 0),
                open_records=counted_records.get(kind, 0),
            )
            for kind in ErrorType
        ]
    )
    RecordPresence.objects.filter(connection_id=connection_id).delete()
    RecordPresence.objects.bulk_create(
        [
            RecordPresence(
                connection_id=connection_id, type=kind, record_key=key, open_errors=number
            )
            for (kind, key), number in sorted(presence.items())
        ]
    )
    wrong: defaultdict[int, list[int]] = defaultdict(list)
    for pk, open_records in SyncError.objects.filter(connection_id=connection_id).values_list(
        "pk", "open_records"
    ):
        if open_records != records_of.get(pk, 0):
            wrong[records_of.get(pk, 0)].append(pk)
    for number, pks in wrong.items():
        for start in range(0, len(pks), _KEY_CHUNK):
            SyncError.objects.filter(pk__in=pks[start : start + _KEY_CHUNK]).update(
                open_records=number
            )
    repair_days(connection_id=connection_id)
    repair_views(connection_id=connection_id)


def _differs(what: str, stored: int, counted: int) -> list[Drift]:
    return [] if stored == counted else [Drift(what, stored, counted)]


def _count(
    *, connection_id: int
) -> tuple[dict[str, int], Counter[str], dict[tuple[str, str], int], dict[int, int]]:
    """Errors and distinct records per type, open errors per (type, record), open rows per error: counted."""
    errors = dict(
        SyncError.objects.filter(connection_id=connection_id, status=SyncError.Status.OPEN)
        .order_by()
        .values_list("type")
        .annotate(Count("pk"))
    )
    rows = AffectedRecord.objects.filter(
        error__connection_id=connection_id, state=AffectedRecord.State.OPEN
    ).order_by()
    presence = {
        (kind, key): number
        for kind, key, number in rows.filter(error__status=SyncError.Status.OPEN)
        .values_list("error__type", "record_key")
        .annotate(Count("pk"))
        .iterator()
    }
    records = Counter(kind for kind, _ in presence)
    records_of = dict(rows.values_list("error_id").annotate(Count("pk")))
    return errors, records, presence, records_of

"""One writing transaction on a connection's errors: the lock, the numbers it hands out, and the counts.

Lock order, for every writer: the stream row first, then anything else. Two writers that touched counter rows
in different orders would deadlock; behind the stream row they queue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from common import clock
from errors.counters import apply_presence, change_counters
from errors.days import DayCount, add_to_day, day_of
from errors.models import ErrorEvent, ErrorStream, SyncError
from errors.signals import events_recorded

# SQLite takes 999 variables in one query as Django builds it; the rest of the query needs some.
IN_CHUNK = 900


def chunks(values: Sequence[Any], size: int = IN_CHUNK) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def lock_stream(*, connection_id: int) -> ErrorStream:
    """The connection's stream row, locked until the transaction ends. Needs an open transaction.

    One query; two more the first time ever. SQLite has one writer at a time anyway: there the IMMEDIATE
    transaction is the lock.
    """
    streams = ErrorStream.objects.select_for_update()
    stream = streams.filter(connection_id=connection_id).first()
    if stream is None:
        ErrorStream.objects.bulk_create(
            [ErrorStream(connection_id=connection_id)], ignore_conflicts=True
        )
        stream = streams.get(connection_id=connection_id)
    return stream


class Ledger:
    """Collects what one transaction changes and writes it with `close()`, in a fixed number of queries."""

    def __init__(self, *, connection_id: int) -> None:
        self.connection_id = connection_id
        self.stream = lock_stream(connection_id=connection_id)
        self.stream.write_no += 1
        self.write_no = self.stream.write_no
        # Read under the lock, so times of one connection's writes stand in the order of their numbers.
        self.now: datetime = clock.now()
        self.from_seq = self.stream.last_seq
        self._events: list[ErrorEvent] = []
        self._days: dict[str, DayCount] = {}
        self._errors: Counter[str] = Counter()
        self._presence: Counter[tuple[str, str]] = Counter()

    def event(self, error: SyncError, kind: ErrorEvent.Kind) -> None:
        """Notes an event under the next number, and in the day's numbers.

        `error` must be saved by the time of `close()`; its `opened_at` says how long a resolved one was open.
        """
        self.stream.last_seq += 1
        self._events.append(
            ErrorEvent(
                connection_id=self.connection_id,
                seq=self.stream.last_seq,
                error=error,
                kind=kind,
                type=error.type,
                at=self.now,
            )
        )
        day = self._days.setdefault(error.type, DayCount())
        day.add(kind, self.now - error.opened_at)

    def count_error(self, error_type: str, change: int) -> None:
        """Notes that the card of `error_type` shows `change` errors more."""
        self._errors[error_type] += change

    def count_record(self, error_type: str, record_key: str, change: int) -> None:
        """Notes that a record has `change` open errors of `error_type` more."""
        self._presence[(error_type, record_key)] += change

    @property
    def to_seq(self) -> int:
        return self.stream.last_seq

    def close(self) -> None:
        """Writes counts, events and the stream's numbers; tells `events_recorded` once it is committed."""
        records = apply_presence(connection_id=self.connection_id, changes=self._presence)
        change_counters(connection_id=self.connection_id, errors=self._errors, records=records)
        for event in self._events:
            event.error_id = event.error.pk  # new errors got their ids after the event was noted
        ErrorEvent.objects.bulk_create(self._events)
        add_to_day(connection_id=self.connection_id, day=day_of(self.now), changes=self._days)
        self.stream.save(update_fields=["write_no", "last_seq"])
        if self._events:
            transaction.on_commit(
                partial(
                    events_recorded.send_robust,
                    sender=ErrorEvent,
                    connection_id=self.connection_id,
                    from_seq=self.from_seq,
                    to_seq=self.to_seq,
                )
            )

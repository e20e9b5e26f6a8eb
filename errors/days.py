"""What happened to the errors of each type on each day (UTC), kept with the events so that nobody counts those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta

from errors.models import ErrorDay, ErrorEvent, ErrorStream

Kind = ErrorEvent.Kind
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


@dataclass(slots=True)
class DayCount:
    """One row's numbers. `within_day` includes those within an hour, `within_week` both."""

    opened: int = 0
    reopened: int = 0
    resolved: int = 0
    ignored: int = 0
    seconds_open: int = 0
    within_hour: int = 0
    within_day: int = 0
    within_week: int = 0

    def add(self, kind: str, open_for: timedelta) -> None:
        """Counts one event; `open_for`, of a resolved error, is the time since it opened or came back."""
        setattr(self, kind, getattr(self, kind) + 1)
        if kind != Kind.RESOLVED:
            return
        open_for = max(open_for, timedelta())
        self.seconds_open += int(open_for.total_seconds())
        self.within_hour += open_for <= HOUR
        self.within_day += open_for <= DAY
        self.within_week += open_for <= WEEK


_NUMBERS = [field.name for field in fields(DayCount)]


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def add_to_day(*, connection_id: int, day: date, changes: dict[str, DayCount]) -> None:
    """Adds `changes`, by type, to the day's rows. Two queries, none without changes. Behind the stream row."""
    if not changes:
        return
    known = {
        row.type: row
        for row in ErrorDay.objects.filter(
            connection_id=connection_id, day=day, type__in=sorted(changes)
        )
    }
    rows = []
    for kind, change in sorted(changes.items()):
        row = known.get(kind) or ErrorDay(connection_id=connection_id, day=day, type=kind)
        for name in _NUMBERS:
            setattr(row, name, getattr(row, name) + getattr(change, name))
        row.pk = None  # the unique key decides which row it is
        rows.append(row)
    _store(rows)


def _store(rows: list[ErrorDay]) -> None:
    ErrorDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "day", "type"],
        update_fields=_NUMBERS,
    )


# (error id, kind, type, at)
Event = tuple[int, str, str, datetime]


def count_days(events: Iterable[Event]) -> dict[tuple[date, str], DayCount]:
    """The days that `events` of one connection, in the order of their numbers, amount to. Pure.

    A resolved error whose opening is not among the events counts as resolved at once. Holds one moment an
    error. The migration that filled the table uses it.
    """
    days: dict[tuple[date, str], DayCount] = {}
    opened_at: dict[int, datetime] = {}
    for error_id, kind, error_type, at in events:
        if kind in (Kind.OPENED, Kind.REOPENED):
            opened_at[error_id] = at
        open_for = at - opened_at.get(error_id, at)
        days.setdefault((day_of(at), error_type), DayCount()).add(kind, open_for)
    return days


class _Complete:
    """Reads a connection's events and notes for which days they are all there: their numbers have no gaps."""

    def __init__(self, connection_id: int) -> None:
        self.connection_id = connection_id
        self.gaps: list[tuple[date, date]] = []
        self.unknown: set[tuple[date, str]] = (
            set()
        )  # resolved what was opened before the events begin

    def events(self) -> Iterator[Event]:
        last_seq, last_day = 0, date.min
        opened: set[int] = set()
        rows = ErrorEvent.objects.filter(connection_id=self.connection_id).order_by("seq")
        for seq, error_id, kind, error_type, at in rows.values_list(
            "seq", "error_id", "kind", "type", "at"
        ).iterator():
            day = day_of(at)
            if seq != last_seq + 1:
                self.gaps.append((last_day, day))
            last_seq, last_day = seq, day
            if kind in (Kind.OPENED, Kind.REOPENED):
                opened.add(error_id)
            elif kind == Kind.RESOLVED and error_id not in opened:
                self.unknown.add((day, error_type))
            yield error_id, kind, error_type, at
        stream = ErrorStream.objects.filter(connection_id=self.connection_id).first()
        if stream is not None and stream.last_seq != last_seq:
            self.gaps.append((last_day, date.max))

    def is_known(self, day: date, error_type: str) -> bool:
        inside = any(first <= day <= last for first, last in self.gaps)
        return not inside and (day, error_type) not in self.unknown


def day_differences(*, connection_id: int) -> list[tuple[str, int, int]]:
    """(what, stored, counted) of every stored number that the events contradict, for the days whose events
    are all there. Reads every event of the connection; exact only behind the stream row."""
    complete = _Complete(connection_id)
    counted = count_days(complete.events())
    stored = {
        (row.day, row.type): row for row in ErrorDay.objects.filter(connection_id=connection_id)
    }
    found = []
    for day, kind in sorted(counted.keys() | stored.keys()):
        if not complete.is_known(day, kind):
            continue
        right = asdict(counted.get((day, kind), DayCount()))
        row = stored.get((day, kind))
        found += [
            (f"{kind} {name} on {day}", getattr(row, name, 0), right[name])
            for name in _NUMBERS
            if getattr(row, name, 0) != right[name]
        ]
    return found


def repair_days(*, connection_id: int) -> None:
    """Stores what the events say for the days whose events are all there. Behind the stream row."""
    complete = _Complete(connection_id)
    counted = count_days(complete.events())
    gone = [
        pk
        for pk, day, kind in ErrorDay.objects.filter(connection_id=connection_id).values_list(
            "pk", "day", "type"
        )
        if (day, kind) not in counted and complete.is_known(day, kind)
    ]
    for start in range(0, len(gone), 800):
        ErrorDay.objects.filter(pk__in=gone[start : start + 800]).delete()
    _store(
        [
            ErrorDay(connection_id=connection_id, day=day, type=kind, **asdict(count))
            for (day, kind), count in sorted(counted.items())
            if complete.is_known(day, kind)
        ]
    )

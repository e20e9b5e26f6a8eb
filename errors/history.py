"""What happened to a connection's errors over a period: read from the days that are kept, nothing is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from django.db.models import Count

from common import clock
from errors.days import DayCount
from errors.models import ErrorDay, ResyncItem
from errors.types import ErrorType

PERIODS = (7, 30, 90)
LONGEST = 366  # days that the API gives at once
_KINDS = ("opened", "reopened", "resolved", "ignored")


@dataclass(slots=True)
class Numbers:
    """Errors that opened, came back, were resolved and were ignored."""

    opened: int = 0
    reopened: int = 0
    resolved: int = 0
    ignored: int = 0

    def add(self, row: ErrorDay) -> None:
        for kind in _KINDS:
            setattr(self, kind, getattr(self, kind) + getattr(row, kind))

    def __bool__(self) -> bool:
        return any(getattr(self, kind) for kind in _KINDS)


@dataclass(frozen=True, slots=True)
class HistoryDay:
    day: date  # UTC
    numbers: Numbers
    types: dict[ErrorType, Numbers]  # those with anything to tell, in the order of the cards


@dataclass(frozen=True, slots=True)
class TimeToResolve:
    """How long the errors that were resolved in the period had been open since they opened or came back."""

    resolved: int
    average_seconds: int | None  # None: none was resolved
    # `within_day` includes those within an hour, `within_week` both.
    within_hour: int
    within_day: int
    within_week: int

    @property
    def shares(self) -> list[tuple[str, int, int]]:
        """(until when: hour, day, week or longer; errors; per cent), each error in one of them."""
        parts = [
            ("hour", self.within_hour),
            ("day", self.within_day - self.within_hour),
            ("week", self.within_week - self.within_day),
            ("longer", self.resolved - self.within_week),
        ]
        return [
            (name, number, round(100 * number / self.resolved) if self.resolved else 0)
            for name, number in parts
        ]


@dataclass(frozen=True, slots=True)
class History:
    days: list[HistoryDay]  # every day of the period, the oldest first
    total: Numbers
    types: dict[ErrorType, Numbers]  # all eight, or the one that was asked for
    time: TimeToResolve


@dataclass(slots=True)
class _Sums:
    numbers: Numbers = field(default_factory=Numbers)
    types: dict[ErrorType, Numbers] = field(default_factory=dict)


def history(*, connection_id: int, days: int, error_type: str = "") -> History:
    """The last `days` days in UTC, today among them, of all types or of one. One query of at most 8 rows a day."""
    today = clock.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    rows = ErrorDay.objects.filter(connection_id=connection_id, day__gte=first, day__lte=today)
    if error_type:
        rows = rows.filter(type=error_type)
    by_day = {first + timedelta(days=number): _Sums() for number in range(days)}
    kinds = [ErrorType(error_type)] if error_type else list(ErrorType)
    total = Numbers()
    types = {kind: Numbers() for kind in kinds}
    time = DayCount()
    for row in rows:
        kind = ErrorType(row.type)
        sums = by_day[row.day]
        for numbers in (sums.numbers, sums.types.setdefault(kind, Numbers()), total, types[kind]):
            numbers.add(row)
        time.seconds_open += row.seconds_open
        time.within_hour += row.within_hour
        time.within_day += row.within_day
        time.within_week += row.within_week
    return History(
        days=[
            HistoryDay(
                day, sums.numbers, {kind: sums.types[kind] for kind in kinds if kind in sums.types}
            )
            for day, sums in by_day.items()
        ],
        total=total,
        types=types,
        time=TimeToResolve(
            resolved=total.resolved,
            average_seconds=time.seconds_open // total.resolved if total.resolved else None,
            within_hour=time.within_hour,
            within_day=time.within_day,
            within_week=time.within_week,
        ),
    )


def types_of_batches(*, batch_ids: list[int]) -> dict[int, list[tuple[ErrorType, int]]]:
    """Which errors the batches of a page hold: types with numbers, in the order of the cards.

    One query. It groups the items of these batches alone, along their index: at most 100 a batch.
    """
    found: dict[int, dict[str, int]] = {pk: {} for pk in batch_ids}
    rows = ResyncItem.objects.filter(batch_id__in=batch_ids).order_by()
    for batch_id, kind, number in rows.values_list("batch_id", "error__type").annotate(Count("id")):
        found[batch_id][kind] = number
    return {
        pk: [(kind, numbers[kind]) for kind in ErrorType if kind in numbers]
        for pk, numbers in found.items()
    }

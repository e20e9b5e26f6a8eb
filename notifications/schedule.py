"""When the next digest is due. Pure: no clock, no database."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, time, timedelta, tzinfo

from notifications.models import Frequency


def zone_of(name: str) -> tzinfo:
    """The time zone called `name`; UTC when there is none (any more)."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def next_due(
    *, frequency: str, hour: int, weekday: int, time_zone: str, after: datetime
) -> datetime | None:
    """The first moment later than `after`, in UTC, at which a daily or weekly digest is due; None for instant.

    `hour` is 0 to 23 of the reader's own day, `weekday` 0 for Monday. Each local day has exactly one such
    moment: an hour that the clocks skip falls on the same moment as the end of the gap, and of an hour
    that they repeat it is the first.
    """
    if frequency == Frequency.INSTANT:
        return None
    zone = zone_of(time_zone)
    # One day back, since the offset may put `after` a day ahead; eight days on reach every weekday.
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _ in range(16):
        if frequency == Frequency.DAILY or day.weekday() == weekday:
            due = datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)
            if due > after:
                return due
        day += timedelta(days=1)
    raise AssertionError("every weekday comes within 16 days")

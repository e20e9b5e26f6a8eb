"""Times as HubSpot writes them, and a clock that never gives the same millisecond to two writes."""

from __future__ import annotations

import re
import sqlite3
import time
from datetime import UTC, date, datetime

DAY_MS = 86_400_000


def now_ms() -> int:
    return int(time.time() * 1000)


def tick(connection: sqlite3.Connection) -> int:
    """The time of one write, later than that of every write before it (call inside `store.write()`)."""
    row = connection.execute("SELECT value FROM hs_meta WHERE key = 'last_tick'").fetchone()
    at = max(now_ms(), int(row[0]) + 1 if row else 0)
    connection.execute("INSERT OR REPLACE INTO hs_meta VALUES ('last_tick', ?)", (str(at),))
    return at


def iso(ms: int) -> str:
    """Milliseconds as `2026-11-24T10:00:00.123Z`; text of this form sorts by time."""
    whole, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def parse_moment(text: str) -> int | None:
    """Milliseconds for a number of milliseconds, an ISO 8601 time or a date; None for anything else."""
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def day_of(ms: int) -> str:
    return iso(ms)[:10]


def is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False

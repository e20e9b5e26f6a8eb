"""The log of API calls that reached a simulator, and the rolling count of the metered ones."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulators.store import connect

DAY = 86_400.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, system TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    status INTEGER NOT NULL, records INTEGER NOT NULL, metered INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS call_system_at ON call (system, at);
"""
# What people look at in a browser is neither logged nor slowed down nor broken by a fault.
HUBSPOT_PAGES = re.compile(
    r"^/hubspot/(contacts/\d+(/|$)|oauth/authorize|login|logout|settings|setup|static|simulator|$)"
)


def system_of(path: str) -> str | None:
    """The system an API path belongs to ("salesforce" or "hubspot"); None for pages and control."""
    if path.startswith(("/salesforce/services/", "/services/")):
        return "salesforce"
    if path.startswith("/hubspot/") and not HUBSPOT_PAGES.match(path):
        return "hubspot"
    return None


def parse_since(text: str | None, *, default: float) -> float:
    """Seconds since the epoch for an ISO 8601 time or a number of seconds.

    Raises ValueError for anything else.
    """
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        # A "+" of an offset arrives as a space when the caller did not escape it.
        moment = datetime.fromisoformat(re.sub(r" (\d\d:\d\d)$", r"+\1", text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class CallLog:
    """Calls in a SQLite file of their own: logging one never waits for a long write of the state."""

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.Lock()
        self._connection = connect(path)
        self._connection.executescript(SCHEMA)
        self._recent: dict[str, deque[tuple[float, int]]] = {}
        self._sums: dict[str, int] = {}
        rows = self._connection.execute(
            "SELECT system, at, metered FROM call WHERE at > ? AND metered > 0 ORDER BY at",
            (time.time() - DAY,),
        )
        for row in rows:
            self._remember(row["system"], row["at"], row["metered"])

    def _remember(self, system: str, at: float, metered: int) -> None:
        if metered:
            self._recent.setdefault(system, deque()).append((at, metered))
            self._sums[system] = self._sums.get(system, 0) + metered

    def _expire(self, system: str) -> None:
        recent, edge = self._recent.get(system), time.time() - DAY
        while recent and recent[0][0] <= edge:
            self._sums[system] -= recent.popleft()[1]

    def take(self, system: str, metered: int, limit: int | None = None) -> int | None:
        """Count a call on its arrival; answers the id of its row, or None when `limit` is reached.

        Counted before it is served, so that parallel calls cannot pass the limit together.
        """
        at = time.time()
        with self._lock:
            self._expire(system)
            if limit is not None and self._sums.get(system, 0) >= limit:
                return None
            self._remember(system, at, metered)
            cursor = self._connection.execute(
                "INSERT INTO call (at, system, method, path, status, records, metered) VALUES (?, ?, '', '', 0, 0, ?)",
                (at, system, metered),
            )
            return cursor.lastrowid

    def finish(
        self, row: int, method: str, path: str, status: int, records: int, more: int = 0
    ) -> None:
        """Fill in what is known when the answer is ready. `more`: metered calls found while serving
        (the further sub-requests of a batch)."""
        with self._lock:
            cursor = self._connection.execute(
                "UPDATE call SET method = ?, path = ?, status = ?, records = ?, metered = metered + ?"
                " WHERE id = ? RETURNING system, at",
                (method, path, status, records, more, row),
            )
            found = cursor.fetchone()
            if found is not None and more:
                # Entered at the present: the deque must stay in order of time.
                self._remember(found["system"], time.time(), more)

    def used(self, system: str) -> int:
        """Metered calls of the last 24 hours."""
        with self._lock:
            self._expire(system)
            return self._sums.get(system, 0)

    def count(self, system: str | None, since: float) -> int:
        """Metered calls since a moment (seconds since the epoch)."""
        with self._lock:
            row = self._connection.execute(
                "SELECT COALESCE(SUM(metered), 0) FROM call WHERE at > ? AND (? IS NULL OR system = ?)",
                (since, system, system),
            ).fetchone()
        return int(row[0])

    def listing(self, system: str | None, since: float, limit: int) -> list[dict[str, Any]]:
        """The latest `limit` calls since a moment, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM (SELECT * FROM call WHERE at > ? AND (? IS NULL OR system = ?)"
                " ORDER BY id DESC LIMIT ?) ORDER BY id",
                (since, system, system, limit),
            ).fetchall()
        return [
            {
                "time": iso(row["at"]),
                "system": row["system"],
                "method": row["method"],
                "path": row["path"],
                "status": row["status"],
                "records": row["records"],
                "metered": row["metered"],
            }
            for row in rows
        ]

    def reset(self) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM call")
            self._recent.clear()
            self._sums.clear()

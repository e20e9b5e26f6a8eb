"""One SQLite file that holds the state of both simulators, so that it outlives a restart."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Reset = Callable[[sqlite3.Connection], None]


def connect(path: str | Path) -> sqlite3.Connection:
    """Open a connection in autocommit mode with rows addressable by column name.

    `synchronous=OFF` gives up what a power cut would cost; a killed process loses nothing.
    """
    connection = sqlite3.connect(
        str(path), timeout=60, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA cache_size=-32000")
    return connection


class Store:
    """SQLite for one process with many threads: readers never wait, writers take turns.

    `read()` is the calling thread's own connection; inside `write()` it is the writing one, so a
    selector sees what its own transaction has written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        # What a part lets others in the process use, by the part's name (the seed finds the org here).
        self.shared: dict[str, Any] = {}
        self._local = threading.local()
        self._lock = threading.RLock()
        self._parts: list[tuple[str, str, Reset]] = []
        self.read().execute(
            "CREATE TABLE IF NOT EXISTS store_part (name TEXT PRIMARY KEY) WITHOUT ROWID"
        )

    def read(self) -> sqlite3.Connection:
        """The calling thread's connection. Don't write through it outside `write()`."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self.path)
        return connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold the process-wide write lock and a transaction; roll back when the body raises.

        A `write()` inside another on the same thread joins the outer transaction.
        """
        connection = self.read()
        with self._lock:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def register(self, schema_sql: str, reset: Reset) -> None:
        """Create a part's tables, and fill them with `reset` when this file has not seen it yet.

        `schema_sql` must be safe to run again (IF NOT EXISTS). `reset(connection)` runs inside a
        transaction; it empties the part's tables and puts its default rows back.
        """
        name = f"{reset.__module__}.{reset.__qualname__}"
        self._parts.append((name, schema_sql, reset))
        connection = self.read()
        connection.executescript(schema_sql)
        seen = connection.execute("SELECT 1 FROM store_part WHERE name = ?", (name,)).fetchone()
        if seen is None:
            with self.write() as writing:
                reset(writing)
                writing.execute("INSERT OR IGNORE INTO store_part VALUES (?)", (name,))

    def reset(self) -> None:
        """Put every part back to its defaults, in one transaction."""
        with self.write() as connection:
            for _, _, reset in self._parts:
                reset(connection)

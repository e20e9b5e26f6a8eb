"""Messages in a SQLite file; a message is kept once `add` returns."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, received_at REAL NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
  message_id TEXT NOT NULL, subject TEXT NOT NULL, raw BLOB NOT NULL
)
"""
_COLUMNS = "id, received_at, sender, recipient, message_id, subject"


@dataclass(frozen=True)
class Stored:
    """A message as the list shows it; `received_at` in seconds since 1970."""

    id: int
    received_at: float
    sender: str
    recipient: str
    message_id: str
    subject: str

    def facts(self) -> dict[str, Any]:
        return self.__dict__.copy()


class Store:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with closing(self._connect()) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_SCHEMA)

    def add(self, *, sender: str, recipient: str, raw: bytes) -> None:
        """Keep a message for one recipient."""
        parsed = parse(raw)
        row = (
            time.time(),
            sender,
            recipient,
            str(parsed.get("Message-ID", "")).strip(),
            str(parsed.get("Subject", "")).strip(),
            raw,
        )
        with closing(self._connect()) as connection, connection:
            connection.execute(
                "INSERT INTO messages (received_at, sender, recipient, message_id, subject, raw)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )

    def newest(self, *, recipient: str = "", limit: int = 200) -> list[Stored]:
        """Messages, newest first."""
        condition = "WHERE recipient = ?" if recipient else ""
        arguments = [recipient] if recipient else []
        with closing(self._connect()) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM messages {condition} ORDER BY id DESC LIMIT ?",
                [*arguments, limit],
            )
            return [Stored(*row) for row in rows]

    def get(self, number: int) -> tuple[Stored, EmailMessage] | None:
        """A message and its content; None when there is no such message."""
        with closing(self._connect()) as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS}, raw FROM messages WHERE id = ?", [number]
            ).fetchone()
        return (Stored(*row[:-1]), parse(row[-1])) if row else None

    def raw(self, number: int) -> bytes:
        """A message byte for byte as it came; empty when there is none."""
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT raw FROM messages WHERE id = ?", [number]).fetchone()
        return bytes(row[0]) if row else b""

    def empty(self) -> None:
        with closing(self._connect()) as connection, connection:
            connection.execute("DELETE FROM messages")

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=30)


def parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)

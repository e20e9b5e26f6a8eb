"""The value index of a property that became unique after records had values of it."""

from __future__ import annotations

import json
import sqlite3


def reindex(connection: sqlite3.Connection, type_id: str, name: str) -> None:
    """Enter the values of all live records into the index (reads every record of the type)."""
    connection.execute("DELETE FROM hs_value WHERE type_id = ? AND name = ?", (type_id, name))
    rows = connection.execute(
        "SELECT id, properties FROM hs_record WHERE type_id = ? AND archived = 0", (type_id,)
    ).fetchall()
    values = ((row["id"], json.loads(row["properties"]).get(name)) for row in rows)
    connection.executemany(
        "INSERT OR IGNORE INTO hs_value VALUES (?, ?, ?, ?)",
        [(type_id, name, str(value).lower(), record) for record, value in values if value],
    )

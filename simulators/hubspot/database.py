"""The tables of the account and what a fresh one holds."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from simulators.hubspot import defaults, property_defaults
from simulators.hubspot.times import iso, now_ms

SCHEMA = Path(__file__).with_name("schema.sql").read_text()
TABLES = (
    "hs_meta", "hs_app", "hs_token", "hs_owner", "hs_object_type", "hs_property", "hs_group", "hs_pipeline",
    "hs_record", "hs_value", "hs_history", "hs_association_type", "hs_association", "hs_list", "hs_membership",
)  # fmt: skip
FIRST_RECORD_ID = 20_000_001


def get_meta(connection: sqlite3.Connection, key: str, default: Any = None) -> Any:
    """A value of the account that is kept as JSON: `portal`, `limits`, `settings`, or a counter."""
    row = connection.execute("SELECT value FROM hs_meta WHERE key = ?", (key,)).fetchone()
    return default if row is None else json.loads(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: Any) -> None:
    connection.execute("INSERT OR REPLACE INTO hs_meta VALUES (?, ?)", (key, json.dumps(value)))


def take_ids(connection: sqlite3.Connection, counter: str, how_many: int, first: int) -> range:
    """The next ids of a counter; ids are never given twice, not even after a deletion."""
    start = int(get_meta(connection, counter, first))
    set_meta(connection, counter, start + how_many)
    return range(start, start + how_many)


def take_record_ids(connection: sqlite3.Connection, how_many: int) -> range:
    return take_ids(connection, "next_record", how_many, FIRST_RECORD_ID)


def reset(connection: sqlite3.Connection) -> None:
    """Empty the account and put its defaults back."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")
    set_meta(connection, "portal", defaults.PORTAL)
    set_meta(connection, "limits", defaults.LIMITS)
    set_meta(connection, "settings", defaults.SETTINGS)
    now = now_ms()
    _credentials(connection)
    connection.executemany(
        "INSERT INTO hs_owner (id, user_id, email, first_name, last_name, archived, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(*owner, now) for owner in defaults.OWNERS],
    )
    _types(connection, iso(now))
    connection.executemany(
        "INSERT INTO hs_association_type VALUES (?, ?, 'HUBSPOT_DEFINED', ?, ?, ?, ?, ?, NULL)",
        defaults.ASSOCIATION_TYPES,
    )
    connection.execute(
        "INSERT INTO hs_pipeline VALUES ('0-3', 'default', ?)",
        (json.dumps(defaults.deal_pipeline(iso(now))),),
    )


def _credentials(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO hs_app VALUES (?, ?, ?, ?, ?)",
        (defaults.OAUTH_CLIENT_ID, defaults.OAUTH_CLIENT_SECRET, defaults.OAUTH_APP_ID, "Sync Health",
         json.dumps(defaults.OAUTH_REDIRECTS)),
    )  # fmt: skip
    tokens = (
        (defaults.SERVICE_KEY, "service_key", "Service key", defaults.ALL_SCOPES, 3_200_001),
        (defaults.PRIVATE_APP_TOKEN, "private_app", "Private app", defaults.ALL_SCOPES, 3_200_002),
        (defaults.READ_ONLY_TOKEN, "private_app", "Read-only app", defaults.READ_SCOPES, 3_200_003),
    )
    for token, kind, name, scopes, app_id in tokens:
        connection.execute(
            "INSERT INTO hs_token (token, kind, name, scopes, app_id, user_email) VALUES (?, ?, ?, ?, ?, ?)",
            (token, kind, name, json.dumps(scopes), app_id, defaults.LOGIN_EMAIL),
        )


def _types(connection: sqlite3.Connection, created: str) -> None:
    tables = {
        "0-1": property_defaults.CONTACTS,
        "0-2": property_defaults.COMPANIES,
        "0-3": property_defaults.DEALS,
    }
    for type_id, name, plural, (
        singular_label,
        plural_label,
    ), in_messages, display, searchable in defaults.OBJECT_TYPES:
        body = {
            "labels": {"singular": singular_label, "plural": plural_label},
            "requiredProperties": [],
            "searchableProperties": searchable,
            "primaryDisplayProperty": display,
            "secondaryDisplayProperties": [],
            "fullyQualifiedName": name.upper(),
            "legacyName": in_messages,
            "createdAt": created,
            "updatedAt": created,
        }
        connection.execute(
            "INSERT INTO hs_object_type VALUES (?, ?, ?, ?, 0)",
            (type_id, name, plural, json.dumps(body)),
        )
        insert_properties(
            connection, type_id, property_defaults.definitions(tables[type_id], created)
        )


def insert_properties(
    connection: sqlite3.Connection, type_id: str, bodies: list[dict[str, Any]]
) -> None:
    """Add definitions, and the groups they name where those are missing."""
    connection.executemany(
        "INSERT OR REPLACE INTO hs_property (type_id, name, body) VALUES (?, ?, ?)",
        [(type_id, body["name"], json.dumps(body)) for body in bodies],
    )
    groups = dict.fromkeys(body["groupName"] for body in bodies)
    connection.executemany(
        "INSERT OR IGNORE INTO hs_group (type_id, name, label, display_order) VALUES (?, ?, ?, ?)",
        [(type_id, g, property_defaults.GROUPS.get(g, g), order) for order, g in enumerate(groups)],
    )

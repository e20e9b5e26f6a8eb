"""CRM records: creating, changing, archiving and finding them, with HubSpot's checks.

Every writer runs inside `store.write()`. One call of the API is one moment: all its records carry the same
modification time, later than that of every earlier write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulators.hubspot import associations, derived, properties
from simulators.hubspot.database import get_meta, take_record_ids
from simulators.hubspot.errors import HubSpotError, property_problems, validation
from simulators.hubspot.links import link_targets
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.times import iso, tick
from simulators.hubspot.validation import check_all

# Looked up by calls of a sync, besides every property with unique values.
INDEXED = frozenset(
    {"email", "domain", "salesforcecontactid", "salesforceleadid", "salesforceaccountid",
     "hs_salesforceopportunityid"}
)  # fmt: skip


@dataclass
class Record:
    """A stored record. `values` holds every property that has a value, system ones included."""

    id: int
    values: dict[str, str]
    created: int
    modified: int
    archived: bool = False
    archived_at: int | None = None


@dataclass(frozen=True)
class Writing:
    """One writing call: its connection, object type, moment, who writes, and what is checked.

    `rules`: required properties and the admin's validation rules hold (record pages, and the API from 2026-09).
    """

    connection: sqlite3.Connection
    object_type: ObjectType
    definitions: dict[str, properties.Definition]
    at: int
    source: str = "INTEGRATION"
    rules: bool = True


def begin(
    connection: sqlite3.Connection,
    object_type: ObjectType,
    *,
    source: str = "INTEGRATION",
    rules: bool = True,
) -> Writing:
    definitions = properties.load(connection, object_type.id)
    return Writing(connection, object_type, definitions, tick(connection), source, rules)


def _of(row: sqlite3.Row) -> Record:
    return Record(
        row["id"], json.loads(row["properties"]), row["created"], row["modified"], bool(row["archived"]),
        row["archived_at"],
    )  # fmt: skip


def find(
    connection: sqlite3.Connection,
    object_type: ObjectType,
    ids: Iterable[int],
    *,
    archived: bool | None = False,
) -> dict[int, Record]:
    """Records by id; `archived=None` takes both."""
    rows = connection.execute(
        "SELECT * FROM hs_record WHERE id IN (SELECT value FROM json_each(?)) AND type_id = ?"
        " AND (? IS NULL OR archived = ?)",
        (json.dumps(list(ids)), object_type.id, archived, archived),
    )
    return {row["id"]: _of(row) for row in rows}


def find_by_value(
    connection: sqlite3.Connection, object_type: ObjectType, name: str, values: Iterable[str]
) -> dict[str, int]:
    """Ids of live records by value of an indexed property (lower-cased, as uniqueness is)."""
    rows = connection.execute(
        "SELECT value, MIN(record_id) FROM hs_value WHERE type_id = ? AND name = ?"
        " AND value IN (SELECT value FROM json_each(?)) GROUP BY value",
        (object_type.id, name, json.dumps([each.lower() for each in values])),
    )
    return {row[0]: row[1] for row in rows}


def id_property(
    connection: sqlite3.Connection, object_type: ObjectType, name: str, *, upsert: bool = False
) -> str:
    """Check that records can be found by a property. Raises HubSpot's refusal of a non-unique one."""
    definition = properties.load(connection, object_type.id).get(name)
    if definition is None or not definition["hasUniqueValue"]:
        portal = get_meta(connection, "portal")["portalId"]
        verb = "update/upsert" if upsert else "read"
        raise validation(
            f"Unable to perform {verb} by non-unique {object_type.id} property {name} in portal ID {portal}",
            context={"idProperty": [name]},
        )
    return name


def parse_record_id(raw: Any) -> int | None:
    text = str(raw)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _unique_names(writing: Writing) -> set[str]:
    names = {name for name, d in writing.definitions.items() if d["hasUniqueValue"]}
    if (
        writing.object_type.id == "0-2"
        and get_meta(writing.connection, "settings")["unique_company_domain"]
    ):
        names.add("domain")
    return names


def _check_unique(writing: Writing, record_id: int, changed: dict[str, str]) -> None:
    object_type = writing.object_type
    for name in sorted(_unique_names(writing) & changed.keys()):
        value = changed[name]
        if not value:
            continue
        other = find_by_value(writing.connection, object_type, name, [value]).get(value.lower())
        if other is None or other == record_id:
            continue
        if (object_type.id, name) == ("0-1", "email"):
            raise HubSpotError(409, "CONFLICT", f"Contact already exists. Existing ID: {other}")
        portal = get_meta(writing.connection, "portal")["portalId"]
        text = (
            f"Cannot set PropertyValueCoordinates{{portalId={portal}, objectTypeId={object_type.java_id},"
            f" propertyName={name}, value={value}}} on {record_id}. {other} already has that value."
        )
        raise validation(
            text,
            errors=[
                {
                    "message": text,
                    "code": "UNIQUE_VALUE_CONFLICT",
                    "context": {"propertyName": [name]},
                }
            ],
        )


def _check_required(writing: Writing, values: dict[str, str], *, creating: bool) -> None:
    required = set(writing.object_type.body.get("requiredProperties", ()))
    if writing.rules:
        required |= {name for name, d in writing.definitions.items() if d.get("_required")}
    lacking = sorted(name for name in required if not values.get(name))
    if lacking:
        verb = "creating" if creating else "updating"
        raise validation(
            f"Error {verb} {writing.object_type.in_messages}. Some required properties were not set.",
            context={"properties": lacking},
        )


def _index(
    writing: Writing, record_id: int, changed: dict[str, str], before: dict[str, str]
) -> None:
    indexed = (INDEXED | _unique_names(writing)) & changed.keys()
    type_id = writing.object_type.id
    for name in indexed:
        if old := before.get(name):
            writing.connection.execute(
                "DELETE FROM hs_value WHERE type_id = ? AND name = ? AND value = ? AND record_id = ?",
                (type_id, name, old.lower(), record_id),
            )
        if new := changed[name]:
            writing.connection.execute(
                "INSERT OR IGNORE INTO hs_value VALUES (?, ?, ?, ?)",
                (type_id, name, new.lower(), record_id),
            )


def _note_history(writing: Writing, record_id: int, changed: dict[str, str]) -> None:
    # A record may be written twice in one call (create, then its associations): both under one moment.
    writing.connection.execute(
        "INSERT INTO hs_history VALUES (?, ?, ?, ?)"
        " ON CONFLICT (record_id, at) DO UPDATE SET changes = json_patch(changes, excluded.changes)",
        (record_id, writing.at, json.dumps(changed), writing.source),
    )


def checked(writing: Writing, values: Any) -> dict[str, str]:
    """The stored form of a call's values. Raises for anything that cannot be stored."""
    if not isinstance(values, dict):
        raise validation("Invalid input JSON: properties must be an object")
    good, problems = check_all(writing.definitions, values, rules=writing.rules)
    if problems:
        raise property_problems(problems)
    return good


def create(writing: Writing, values: Any, links: Any = None) -> Record:
    """Create one record, with `associations` as the API has them. Writes nothing when it raises."""
    connection, object_type = writing.connection, writing.object_type
    good = {name: value for name, value in checked(writing, values).items() if value != ""}
    derived.before_create(connection, object_type, good)
    derived.check_stage(connection, object_type, good, {})
    _check_required(writing, good, creating=True)
    record_id = take_record_ids(connection, 1)[0]
    _check_unique(writing, record_id, good)
    targets = link_targets(connection, object_type, links)
    at = iso(writing.at)
    good |= {
        object_type.created_name: at,
        object_type.modified_name: at,
        "hs_object_id": str(record_id),
    }
    good |= derived.computed(connection, object_type, good, at)
    connection.execute(
        "INSERT INTO hs_record (id, type_id, properties, created, modified) VALUES (?, ?, ?, ?, ?)",
        (record_id, object_type.id, json.dumps(good), writing.at, writing.at),
    )
    _index(writing, record_id, good, {})
    _note_history(writing, record_id, good)
    for to_type, to_id, kinds in targets:
        associations.associate(
            connection, object_type, record_id, to_type, to_id, kinds, at=writing.at
        )
    return (
        find(connection, object_type, [record_id])[record_id]
        if targets
        else Record(record_id, good, writing.at, writing.at)
    )


def update(writing: Writing, record: Record, values: Any) -> tuple[Record, dict[str, str]]:
    """Change one record; answers it and what the call set. Writes nothing when it raises.

    Values equal to the stored ones leave the record, and its modification time, as they were.
    """
    connection, object_type = writing.connection, writing.object_type
    if not values:
        raise validation("No properties found to update, please provide at least one.")
    good = checked(writing, values)
    changed = {name: value for name, value in good.items() if record.values.get(name, "") != value}
    if not changed:
        return record, good
    after = {**record.values, **changed}
    derived.check_stage(connection, object_type, changed, record.values)
    if any(value == "" for value in changed.values()):
        _check_required(writing, after, creating=False)
    _check_unique(writing, record.id, changed)
    at = iso(writing.at)
    changed |= derived.computed(connection, object_type, after, at, record.values)
    changed[object_type.modified_name] = at
    stored = {**record.values, **changed}
    connection.execute(
        "UPDATE hs_record SET properties = ?, modified = ? WHERE id = ?",
        (json.dumps(stored), writing.at, record.id),
    )
    _index(writing, record.id, changed, record.values)
    _note_history(writing, record.id, changed)
    return Record(record.id, stored, record.created, writing.at), good


def archive(writing: Writing, ids: Iterable[int]) -> None:
    """Archive records (HubSpot's recycling bin); ids that are not there are passed over."""
    connection = writing.connection
    alive = sorted(associations.live_ids(connection, writing.object_type, ids))
    wanted = json.dumps(alive)
    connection.execute(
        "UPDATE hs_record SET archived = 1, archived_at = ?, modified = ?"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (writing.at, writing.at, wanted),
    )
    for table, column in (("hs_value", "record_id"), ("hs_membership", "record_id")):
        connection.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (wanted,)
        )
    associations.forget_records(connection, alive, writing.at)

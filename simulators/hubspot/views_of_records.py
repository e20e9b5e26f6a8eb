"""Records as the API shows them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from simulators.hubspot import association_types, associations
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.records import Record
from simulators.hubspot.times import iso

COUNTED = {
    "num_associated_contacts": "0-1",
    "num_associated_deals": "0-3",
    "hs_num_child_companies": "",
}


def shown(
    connection: sqlite3.Connection,
    object_type: ObjectType,
    records: list[Record],
    *,
    names: Iterable[str] | None = None,
    history: Iterable[str] = (),
    known: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """Records with the named properties (the type's default ones when None); unknown names are left out,
    known ones without a value are null."""
    system = [object_type.created_name, object_type.modified_name, "hs_object_id"]
    history = list(history)
    asked = list(names) if names else [] if history else list(object_type.default_properties)
    defined = set(known)
    wanted = sorted({*system, *(n for n in asked if n in defined)})
    counts = {n: _counts(connection, records, n) for n in wanted if n in COUNTED}
    pasts = _histories(connection, records, history, defined) if history else {}
    found = []
    for record in records:
        values: dict[str, str | None] = {name: record.values.get(name) or None for name in wanted}
        for name, numbers in counts.items():
            values[name] = str(numbers.get(record.id, 0))
        each = _frame(record, values)
        if history:
            each["propertiesWithHistory"] = pasts.get(record.id, {})
        found.append(each)
    return found


def written(
    object_type: ObjectType, record: Record, names: Iterable[str] | None = None
) -> dict[str, Any]:
    """A record as a write answers it: every value after a create, the written ones after an update."""
    system = {object_type.created_name, object_type.modified_name, "hs_object_id"}
    chosen = record.values.keys() if names is None else system | set(names)
    values = {name: record.values.get(name, "") for name in sorted(chosen)}
    return _frame(record, {n: v for n, v in values.items() if v != "" or names is not None})


def _frame(record: Record, values: Any) -> dict[str, Any]:
    frame: dict[str, Any] = {
        "id": str(record.id),
        "properties": values,
        "createdAt": iso(record.created),
        "updatedAt": iso(record.modified),
        "archived": record.archived,
    }
    if record.archived_at is not None:
        frame["archivedAt"] = iso(record.archived_at)
    return frame


def _counts(connection: sqlite3.Connection, records: list[Record], name: str) -> dict[int, int]:
    to_type = COUNTED[name]
    only = "to_type = ?" if to_type else "to_type = '0-2' AND type_id = 13 AND ? = ''"
    rows = connection.execute(
        f"SELECT from_id, COUNT(DISTINCT to_id) FROM hs_association WHERE {only}"
        " AND from_id IN (SELECT value FROM json_each(?)) GROUP BY from_id",
        (to_type, json.dumps([record.id for record in records])),
    )
    return {row[0]: row[1] for row in rows}


def _histories(
    connection: sqlite3.Connection, records: list[Record], names: list[str], known: set[str]
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    rows = connection.execute(
        "SELECT * FROM hs_history WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY record_id, at DESC",
        (json.dumps([record.id for record in records]),),
    )
    found: dict[int, dict[str, list[dict[str, Any]]]] = {
        record.id: {name: [] for name in names if name in known} for record in records
    }
    for row in rows:
        changes = json.loads(row["changes"])
        for name, versions in found[row["record_id"]].items():
            if name in changes:
                versions.append(
                    {
                        "value": changes[name],
                        "timestamp": iso(row["at"]),
                        "sourceType": row["source"],
                    }
                )
    return found


def add_associations(
    connection: sqlite3.Connection,
    object_type: ObjectType,
    shown_records: list[dict[str, Any]],
    to_names: list[str],
) -> None:
    """Put `associations` into shown records: `{plural: {"results": [{"id", "type"}]}}`. Raises for a bad type."""
    ids = [int(each["id"]) for each in shown_records]
    for name in to_names:
        to_type = get_type(connection, name)
        kinds = {
            (kind.category, kind.type_id): (
                kind.label and kind.category == "USER_DEFINED" and kind.label
            )
            or kind.name
            for kind in association_types.between(connection, object_type.id, to_type.id)
        }
        linked = associations.of_records(connection, ids, to_type.id)
        for each in shown_records:
            results = [
                {"id": str(to_id), "type": kinds.get(spec, "")}
                for to_id, specs in linked.get(int(each["id"]), {}).items()
                for spec in specs
            ]
            if results:
                each.setdefault("associations", {})[to_type.plural] = {"results": results}

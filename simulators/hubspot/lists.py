"""Lists of records: manual ones, snapshots, and dynamic ones whose filters are applied when they are read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from simulators.hubspot import properties
from simulators.hubspot.database import take_ids
from simulators.hubspot.errors import HubSpotError, not_found, validation
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.search import Search
from simulators.hubspot.times import iso, tick

PROCESSING_TYPES = ("MANUAL", "SNAPSHOT", "DYNAMIC")
# Operators of list filters as those of search.
_OPERATORS = {
    "IS_EQUAL_TO": "IN", "IS_ANY_OF": "IN", "IS_NOT_EQUAL_TO": "NOT_IN", "IS_NONE_OF": "NOT_IN",
    "CONTAINS": "CONTAINS_TOKEN", "DOES_NOT_CONTAIN": "NOT_CONTAINS_TOKEN", "IS_KNOWN": "HAS_PROPERTY",
    "IS_UNKNOWN": "NOT_HAS_PROPERTY", "IS_GREATER_THAN": "GT", "IS_GREATER_THAN_OR_EQUAL_TO": "GTE",
    "IS_LESS_THAN": "LT", "IS_LESS_THAN_OR_EQUAL_TO": "LTE", "IS_AFTER": "GT", "IS_BEFORE": "LT",
}  # fmt: skip


def get(connection: sqlite3.Connection, list_id: str, *, deleted: bool = False) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM hs_list WHERE id = ? AND (deleted IS NOT NULL) = ?",
        (int(list_id) if list_id.isdigit() and len(list_id) < 18 else 0, deleted),
    ).fetchone()
    if row is None:
        raise not_found(f"List does not exist with ID {list_id}.")
    return row


def shown(
    connection: sqlite3.Connection, row: sqlite3.Row, *, filters: bool = False
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "listId": str(row["id"]),
        "listVersion": row["version"],
        "name": row["name"],
        "objectTypeId": row["type_id"],
        "processingType": row["processing_type"],
        "processingStatus": "COMPLETE",
        "createdAt": iso(row["created"]),
        "updatedAt": iso(row["updated"]),
        "filtersUpdatedAt": iso(row["created"]),
        "createdById": "9000001",
        "updatedById": "9000001",
        "size": size(connection, row),
    }
    if filters and row["filter_branch"]:
        body["filterBranch"] = json.loads(row["filter_branch"])
    if row["deleted"] is not None:
        body["deletedAt"] = iso(row["deleted"])
    return body


def _check_name(connection: sqlite3.Connection, name: Any, keep: int = 0) -> str:
    if not isinstance(name, str) or not name.strip():
        raise validation("Invalid input JSON: Some required fields were not set: [name]")
    taken = connection.execute(
        "SELECT id FROM hs_list WHERE lower(name) = lower(?) AND deleted IS NULL AND id <> ?",
        (name, keep),
    ).fetchone()
    if taken is not None:
        raise HubSpotError(
            400, "VALIDATION_ERROR", f"List name must be unique: a list named '{name}' exists already.",
            sub_category="ILS.DUPLICATE_LIST_NAMES",
            context={"listName": [name]},
        )  # fmt: skip
    return name


def create(connection: sqlite3.Connection, body: dict[str, Any]) -> sqlite3.Row:
    """Create a list from the API's JSON. Raises 400 for a name in use or filters that are not understood."""
    name = _check_name(connection, body.get("name"))
    processing = body.get("processingType")
    if processing not in PROCESSING_TYPES:
        raise validation(
            f"Invalid processingType: {processing}. It must be one of {', '.join(PROCESSING_TYPES)}."
        )
    kind = get_type(connection, str(body.get("objectTypeId")))
    branch = body.get("filterBranch")
    if branch is None and processing == "DYNAMIC":
        raise validation("A DYNAMIC list needs a filterBranch.")
    found = matching(connection, kind, branch) if branch is not None else []
    list_id = take_ids(connection, "next_list", 1, 1)[0]
    at = tick(connection)
    connection.execute(
        "INSERT INTO hs_list (id, name, type_id, processing_type, filter_branch, created, updated)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            list_id,
            name,
            kind.id,
            processing,
            None if branch is None else json.dumps(branch),
            at,
            at,
        ),
    )
    if processing == "SNAPSHOT":
        _insert(connection, list_id, found, at)
    return get(connection, str(list_id))


def rename(connection: sqlite3.Connection, row: sqlite3.Row, name: Any) -> sqlite3.Row:
    _check_name(connection, name, row["id"])
    connection.execute(
        "UPDATE hs_list SET name = ?, updated = ?, version = version + 1 WHERE id = ?",
        (name, tick(connection), row["id"]),
    )
    return get(connection, str(row["id"]))


def _conditions(branch: Any) -> list[list[dict[str, Any]]]:
    """A filter branch as search filters: OR of AND of property filters. Raises 400 for anything else."""
    if not isinstance(branch, dict):
        raise validation("Invalid input JSON: filterBranch must be an object")
    inner = branch.get("filterBranches") or []
    own = branch.get("filters") or []
    if branch.get("filterBranchType") == "OR" and not own:
        return [group for each in inner for group in _conditions(each)]
    if branch.get("filterBranchType") != "AND" or inner:
        raise validation("The filterBranch must be an OR branch of AND branches.")
    filters = []
    for each in own:
        operation = each.get("operation") or {}
        operator = _OPERATORS.get(str(operation.get("operator")))
        if each.get("filterType") != "PROPERTY" or operator is None:
            raise validation(
                f"Filter is not supported: {each.get('filterType')} {operation.get('operator')}"
            )
        values = operation.get("values") or ([operation["value"]] if "value" in operation else [])
        filters.append(
            {"propertyName": each.get("property"), "operator": operator, "values": values,
             "value": values[0] if values else None}
        )  # fmt: skip
    return [filters]


def matching(connection: sqlite3.Connection, kind: ObjectType, branch: Any) -> list[int]:
    """Ids of the records a filter branch matches, at most the 10,000 a search can give."""
    search = {"filterGroups": [{"filters": group} for group in _conditions(branch)], "limit": 200}
    definitions = properties.load(connection, kind.id)
    ids: list[int] = []
    after: int | None = 0
    while after is not None and after < 10_000:
        _, page, after = Search(connection, kind, definitions).run({**search, "after": after})
        ids += page
    return ids


def member_ids(connection: sqlite3.Connection, row: sqlite3.Row) -> list[tuple[int, int]]:
    """Record id and time of joining, in order of id."""
    if row["processing_type"] == "DYNAMIC":
        kind = get_type(connection, row["type_id"])
        return [
            (i, row["updated"])
            for i in sorted(matching(connection, kind, json.loads(row["filter_branch"])))
        ]
    found = connection.execute(
        "SELECT record_id, added FROM hs_membership WHERE list_id = ? ORDER BY record_id",
        (row["id"],),
    )
    return [(each[0], each[1]) for each in found]


def size(connection: sqlite3.Connection, row: sqlite3.Row) -> int:
    if row["processing_type"] == "DYNAMIC":
        return len(member_ids(connection, row))
    return int(
        connection.execute(
            "SELECT COUNT(*) FROM hs_membership WHERE list_id = ?", (row["id"],)
        ).fetchone()[0]
    )


def _insert(connection: sqlite3.Connection, list_id: int, ids: Iterable[int], at: int) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO hs_membership VALUES (?, ?, ?)",
        [(list_id, each, at) for each in ids],
    )


def change_members(
    connection: sqlite3.Connection, row: sqlite3.Row, add: Iterable[Any], remove: Iterable[Any]
) -> dict[str, list[str]]:
    """Add and remove records; ids that don't exist are told as missing, members already there are ignored."""
    if row["processing_type"] == "DYNAMIC":
        raise validation(
            "Memberships of a DYNAMIC list cannot be changed by hand.",
            context={"listId": [str(row["id"])]},
        )
    wanted, unwanted = ([str(each) for each in ids] for ids in (add, remove))
    numbers = json.dumps(
        [int(each) for each in {*wanted, *unwanted} if each.isdigit() and len(each) < 18]
    )
    alive = {
        str(each[0])
        for each in connection.execute(
            "SELECT id FROM hs_record WHERE id IN (SELECT value FROM json_each(?)) AND type_id = ? AND archived = 0",
            (numbers, row["type_id"]),
        )
    }
    before = {str(record) for record, _ in member_ids(connection, row)}
    added = [each for each in dict.fromkeys(wanted) if each in alive and each not in before]
    removed = [each for each in dict.fromkeys(unwanted) if each in before]
    at = tick(connection)
    _insert(connection, row["id"], map(int, added), at)
    connection.executemany(
        "DELETE FROM hs_membership WHERE list_id = ? AND record_id = ?",
        [(row["id"], int(r)) for r in removed],
    )
    connection.execute("UPDATE hs_list SET updated = ? WHERE id = ?", (at, row["id"]))
    lost = [each for each in dict.fromkeys([*wanted, *unwanted]) if each not in alive]
    return {"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": lost}

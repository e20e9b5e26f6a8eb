"""Single records: list, read, create, update, archive."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import g, request

from simulators.hubspot import properties, records
from simulators.hubspot.errors import not_found, validation
from simulators.hubspot.http import Api, applies_rules, body, flag, names, need, whole
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.records import Record
from simulators.hubspot.views_of_records import add_associations, shown, written


def find_one(
    connection: sqlite3.Connection, object_type: ObjectType, raw_id: str, id_property: str | None,
    *, archived: bool = False,
) -> Record:  # fmt: skip
    """The record of a path. Raises 404 `resource not found`, or 400 for a property that is not unique."""
    if id_property and id_property != "hs_object_id":
        records.id_property(connection, object_type, id_property)
        record_id = records.find_by_value(connection, object_type, id_property, [raw_id]).get(
            raw_id.lower()
        )
    else:
        record_id = records.parse_record_id(raw_id)
    found = records.find(connection, object_type, [record_id or 0], archived=archived)
    if record_id is None or record_id not in found:
        raise not_found()
    return found[record_id]


def install(api: Api) -> None:
    store = api.store

    @api.route("objects", "/<object_type>", "GET")
    def list_records(object_type: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        need(kind, "read")
        history = names("propertiesWithHistory")
        limit = whole("limit", 10, most=50 if history else 100)
        after = request.args.get("after") or "0"
        if not after.isdigit():
            raise validation(f"Invalid value for after: {after}")
        rows = connection.execute(
            "SELECT id FROM hs_record WHERE type_id = ? AND archived = ? AND id >= ? ORDER BY id LIMIT ?",
            (kind.id, flag("archived"), int(after), limit + 1),
        ).fetchall()
        page = [row["id"] for row in rows[:limit]]
        found = records.find(connection, kind, page, archived=None)
        result: dict[str, Any] = {
            "results": _shown(connection, kind, [found[i] for i in page if i in found])
        }
        g.records = len(page)
        if len(rows) > limit:
            more = str(rows[limit]["id"])
            result["paging"] = {
                "next": {"after": more, "link": f"{request.base_url}?limit={limit}&after={more}"}
            }
        return result

    def _shown(
        connection: sqlite3.Connection, kind: ObjectType, found: list[Record]
    ) -> list[dict[str, Any]]:
        result = shown(
            connection, kind, found,
            names=names("properties") or None,
            history=names("propertiesWithHistory"),
            known=properties.load(connection, kind.id),
        )  # fmt: skip
        add_associations(connection, kind, result, names("associations"))
        return result

    @api.route("objects", "/<object_type>/<record_id>", "GET")
    def read_record(object_type: str, record_id: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        need(kind, "read")
        g.records = 1
        record = find_one(
            connection, kind, record_id, request.args.get("idProperty"), archived=flag("archived")
        )
        return _shown(connection, kind, [record])[0]

    @api.route("objects", "/<object_type>", "POST")
    def create_record(object_type: str) -> Any:
        given = body()
        kind = get_type(store.read(), object_type)
        need(kind, "write")
        g.records = 1
        with store.write() as connection:
            writing = records.begin(connection, kind, rules=applies_rules())
            record = records.create(writing, given.get("properties", {}), given.get("associations"))
        return written(kind, record), 201

    @api.route("objects", "/<object_type>/<record_id>", "PATCH")
    def update_record(object_type: str, record_id: str) -> Any:
        given = body()
        kind = get_type(store.read(), object_type)
        need(kind, "write")
        g.records = 1
        with store.write() as connection:
            record = find_one(connection, kind, record_id, request.args.get("idProperty"))
            writing = records.begin(connection, kind, rules=applies_rules())
            changed, good = records.update(writing, record, given.get("properties"))
        return written(kind, changed, good)

    @api.route("objects", "/<object_type>/<record_id>", "DELETE")
    def archive_record(object_type: str, record_id: str) -> Any:
        kind = get_type(store.read(), object_type)
        need(kind, "write")
        g.records = 1
        with store.write() as connection:
            number = records.parse_record_id(record_id)
            records.archive(records.begin(connection, kind), [number] if number is not None else [])
        return None

"""Lists over HTTP."""

from __future__ import annotations

from typing import Any

from flask import g, request

from simulators.hubspot import lists
from simulators.hubspot.errors import not_found, validation
from simulators.hubspot.http import Api, any_body, body, caller, flag, names, whole
from simulators.hubspot.object_types import get_type
from simulators.hubspot.times import iso, tick


def _need(right: str) -> None:
    caller().need(f"crm.lists.{right}")


def _ids(raw: Any) -> list[str]:
    if not isinstance(raw, list):
        raise validation("Invalid input JSON: a list of record ids was expected")
    g.records = len(raw)
    return [str(each) for each in raw]


def install(api: Api) -> None:
    store = api.store

    @api.route("lists", "/", "POST")
    def create_list() -> Any:
        _need("write")
        given = body()
        with store.write() as connection:
            return {"list": lists.shown(connection, lists.create(connection, given), filters=True)}

    @api.route("lists", "/", "GET")
    def several() -> Any:
        _need("read")
        connection = store.read()
        rows = [lists.get(connection, each) for each in names("listIds")]
        return {
            "lists": [lists.shown(connection, row, filters=flag("includeFilters")) for row in rows]
        }

    @api.route("lists", "/search", "POST")
    def search() -> Any:
        _need("read")
        given, connection = body(), store.read()
        offset, count = int(given.get("offset") or 0), min(int(given.get("count") or 20), 500)
        wanted_ids = [str(each) for each in given.get("listIds") or ()]
        rows = [
            row
            for row in connection.execute(
                "SELECT * FROM hs_list WHERE deleted IS NULL ORDER BY id DESC"
            )
            if str(given.get("query") or "").lower() in row["name"].lower()
            and (
                not given.get("processingTypes")
                or row["processing_type"] in given["processingTypes"]
            )
            and (not given.get("objectTypeId") or row["type_id"] == given["objectTypeId"])
            and (not wanted_ids or str(row["id"]) in wanted_ids)
        ]
        page = rows[offset : offset + count]
        results = []
        for row in page:
            each = lists.shown(connection, row)
            results.append({**each, "additionalProperties": {"hs_list_size": str(each["size"])}})
        return {
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(rows),
            "total": len(rows),
            "lists": results,
        }

    @api.route("lists", "/object-type-id/<object_type>/name/<name>", "GET")
    def by_name(object_type: str, name: str) -> Any:
        _need("read")
        connection = store.read()
        row = connection.execute(
            "SELECT * FROM hs_list WHERE lower(name) = lower(?) AND type_id = ? AND deleted IS NULL",
            (name, get_type(connection, object_type).id),
        ).fetchone()
        if row is None:
            raise not_found(f"List does not exist with name {name}.")
        return {"list": lists.shown(connection, row, filters=flag("includeFilters"))}

    @api.route("lists", "/<list_id>", "GET")
    def read_list(list_id: str) -> Any:
        _need("read")
        connection = store.read()
        row = lists.get(connection, list_id)
        return {"list": lists.shown(connection, row, filters=flag("includeFilters"))}

    @api.route("lists", "/<list_id>", "DELETE")
    def delete_list(list_id: str) -> Any:
        _need("write")
        with store.write() as connection:
            row = lists.get(connection, list_id)
            connection.execute(
                "UPDATE hs_list SET deleted = ? WHERE id = ?", (tick(connection), row["id"])
            )
        return None

    @api.route("lists", "/<list_id>/restore", "PUT")
    def restore(list_id: str) -> Any:
        _need("write")
        with store.write() as connection:
            row = lists.get(connection, list_id, deleted=True)
            connection.execute("UPDATE hs_list SET deleted = NULL WHERE id = ?", (row["id"],))
        return None

    @api.route("lists", "/<list_id>/update-list-name", "PUT")
    def rename(list_id: str) -> Any:
        _need("write")
        with store.write() as connection:
            row = lists.rename(
                connection, lists.get(connection, list_id), request.args.get("listName")
            )
            return {"updatedList": lists.shown(connection, row, filters=flag("includeFilters"))}

    def change(list_id: str, add: list[str], remove: list[str]) -> Any:
        _need("write")
        with store.write() as connection:
            return lists.change_members(connection, lists.get(connection, list_id), add, remove)

    @api.route("lists", "/<list_id>/memberships/add", "PUT")
    def add(list_id: str) -> Any:
        return change(list_id, _ids(any_body()), [])

    @api.route("lists", "/<list_id>/memberships/remove", "PUT")
    def remove(list_id: str) -> Any:
        return change(list_id, [], _ids(any_body()))

    @api.route("lists", "/<list_id>/memberships/add-and-remove", "PUT")
    def add_and_remove(list_id: str) -> Any:
        given = body()
        return change(
            list_id,
            _ids(given.get("recordIdsToAdd") or []),
            _ids(given.get("recordIdsToRemove") or []),
        )

    @api.route("lists", "/<list_id>/memberships/add-from/<source_id>", "PUT")
    def add_from(list_id: str, source_id: str) -> Any:
        connection = store.read()
        members = lists.member_ids(connection, lists.get(connection, source_id))
        change(list_id, [str(record) for record, _ in members], [])
        return None

    @api.route("lists", "/<list_id>/memberships", "DELETE")
    def remove_all(list_id: str) -> Any:
        connection = store.read()
        members = lists.member_ids(connection, lists.get(connection, list_id))
        change(list_id, [], [str(record) for record, _ in members])
        return None

    @api.route("lists", "/<list_id>/memberships", "GET")
    def members(list_id: str) -> Any:
        _need("read")
        connection = store.read()
        found = lists.member_ids(connection, lists.get(connection, list_id))
        limit, after = whole("limit", 100, most=250), request.args.get("after") or "0"
        if not after.isdigit():
            raise validation(f"Invalid value for after: {after}")
        later = [each for each in found if each[0] >= int(after)]
        answer: dict[str, Any] = {
            "results": [
                {"recordId": str(record), "membershipTimestamp": iso(at)}
                for record, at in later[:limit]
            ],
            "total": len(found),
        }
        if len(later) > limit:
            answer["paging"] = {"next": {"after": str(later[limit][0])}}
        return answer

    @api.route("lists", "/records/<object_type>/<record_id>/memberships", "GET")
    def lists_of_record(object_type: str, record_id: str) -> Any:
        _need("read")
        rows = (
            store.read()
            .execute(
                "SELECT l.*, m.added FROM hs_membership m JOIN hs_list l ON l.id = m.list_id"
                " WHERE m.record_id = ? AND l.deleted IS NULL ORDER BY l.id",
                (int(record_id) if record_id.isdigit() else 0,),
            )
            .fetchall()
        )
        results = [
            {
                "listId": str(row["id"]),
                "listVersion": row["version"],
                "firstAddedTimestamp": iso(row["added"]),
                "lastAddedTimestamp": iso(row["added"]),
                "isPublicList": True,
            }
            for row in rows
        ]
        return {"results": results, "total": len(results)}

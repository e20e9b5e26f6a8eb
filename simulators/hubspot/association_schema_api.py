"""Association labels, and the limits an admin sets on associations."""

from __future__ import annotations

import sqlite3
from typing import Any

from simulators.hubspot import association_types
from simulators.hubspot.batch_api import completed
from simulators.hubspot.database import take_ids
from simulators.hubspot.errors import validation
from simulators.hubspot.http import Api, body, caller, inputs
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.schemas import FIRST_ASSOCIATION_TYPE
from simulators.hubspot.times import now_ms

_PAIR = "/<from_name>/<to_name>"
_LIMITS = "/definitions/configurations"


def _limit(kind: association_types.AssociationType) -> dict[str, Any]:
    return {**kind.labelled, "userEnforcedMaxToObjectIds": kind.max_to}


def install(api: Api) -> None:
    store = api.store

    def types(from_name: str, to_name: str, right: str) -> tuple[ObjectType, ObjectType]:
        connection = store.read()
        pair = get_type(connection, from_name), get_type(connection, to_name)
        for kind in pair:
            caller().need(kind.scope(right, "schemas"), kind.scope(right))
        return pair

    @api.route("associations", _PAIR + "/labels", "GET")
    def list_labels(from_name: str, to_name: str) -> Any:
        from_type, to_type = types(from_name, to_name, "read")
        found = association_types.between(store.read(), from_type.id, to_type.id)
        return {"results": [kind.labelled for kind in found]}

    @api.route("associations", _PAIR + "/labels", "POST")
    def create_label(from_name: str, to_name: str) -> Any:
        from_type, to_type = types(from_name, to_name, "write")
        given = body()
        label, name = given.get("label"), given.get("name")
        if not isinstance(label, str) or not isinstance(name, str) or not label or not name:
            raise validation("Invalid input JSON: Some required fields were not set: [label, name]")
        with store.write() as connection:
            taken = {
                each.name
                for each in association_types.between(connection, from_type.id, to_type.id)
            }
            if name in taken:
                raise validation(f"An association label named {name} already exists.")
            there, back = take_ids(connection, "next_association_type", 2, FIRST_ASSOCIATION_TYPE)
            same = from_type.id == to_type.id and not given.get("inverseLabel")
            rows = [(from_type.id, to_type.id, there, name, label, there if same else back)]
            if not same:
                rows.append(
                    (
                        to_type.id,
                        from_type.id,
                        back,
                        f"{name}_inverse",
                        given.get("inverseLabel") or label,
                        there,
                    )
                )
            connection.executemany(
                "INSERT INTO hs_association_type VALUES (?, ?, 'USER_DEFINED', ?, ?, ?, ?, 0, NULL)",
                rows,
            )
        return {
            "results": [
                {"category": "USER_DEFINED", "typeId": row[2], "label": row[4]} for row in rows
            ]
        }

    @api.route("associations", _PAIR + "/labels", "PUT")
    def rename_label(from_name: str, to_name: str) -> Any:
        from_type, to_type = types(from_name, to_name, "write")
        given = body()
        with store.write() as connection:
            kind = user_defined(connection, from_type, to_type, given.get("associationTypeId"))
            set_label(connection, kind, given.get("label"))
            if given.get("inverseLabel"):
                set_label(
                    connection, association_types.inverse(connection, kind), given["inverseLabel"]
                )
        return None

    def set_label(
        connection: sqlite3.Connection, kind: association_types.AssociationType, label: Any
    ) -> None:
        connection.execute(
            "UPDATE hs_association_type SET label = ? WHERE from_type = ? AND to_type = ? AND category = ?"
            " AND type_id = ?",
            (str(label), kind.from_type, kind.to_type, kind.category, kind.type_id),
        )

    def user_defined(
        connection: sqlite3.Connection, from_type: ObjectType, to_type: ObjectType, type_id: Any
    ) -> Any:
        spec = {"associationCategory": "USER_DEFINED", "associationTypeId": type_id}
        return association_types.find(connection, from_type, to_type, spec)

    @api.route("associations", _PAIR + "/labels/<int:type_id>", "DELETE")
    def delete_label(from_name: str, to_name: str, type_id: int) -> Any:
        from_type, to_type = types(from_name, to_name, "write")
        with store.write() as connection:
            kind = user_defined(connection, from_type, to_type, type_id)
            for each in (kind, association_types.inverse(connection, kind)):
                connection.execute(
                    "DELETE FROM hs_association_type WHERE category = 'USER_DEFINED' AND type_id = ?",
                    (each.type_id,),
                )
                connection.execute(
                    "DELETE FROM hs_association WHERE category = 'USER_DEFINED' AND type_id = ?",
                    (each.type_id,),
                )
        return None

    @api.route("associations", _LIMITS + "/all", "GET")
    def all_limits() -> Any:
        connection = store.read()
        rows = connection.execute(
            "SELECT DISTINCT from_type, to_type FROM hs_association_type ORDER BY 1, 2"
        )
        found = [k for row in rows.fetchall() for k in association_types.between(connection, *row)]
        return {"results": [_limit(kind) for kind in found if kind.max_to is not None]}

    @api.route("associations", _LIMITS + _PAIR, "GET")
    def limits(from_name: str, to_name: str) -> Any:
        from_type, to_type = types(from_name, to_name, "read")
        found = association_types.between(store.read(), from_type.id, to_type.id)
        return {"results": [_limit(kind) for kind in found if kind.max_to is not None]}

    def change(from_name: str, to_name: str, status: int, purge: bool) -> Any:
        started, given = now_ms(), inputs(100)
        from_type, to_type = types(from_name, to_name, "write")
        results = []
        with store.write() as connection:
            for each in given:
                spec = {
                    "associationCategory": each.get("category"),
                    "associationTypeId": each.get("typeId"),
                }
                kind = association_types.find(connection, from_type, to_type, spec)
                most = None if purge else each.get("maxToObjectIds")
                if not purge and (type(most) is not int or most < 1):
                    raise validation(
                        f"Invalid maxToObjectIds: {most}. It must be a number above 0."
                    )
                association_types.set_limit(
                    connection, from_type.id, to_type.id, kind.category, kind.type_id, most
                )
                results.append({**kind.labelled, "userEnforcedMaxToObjectIds": most})
        return None if purge else completed(results, [], started, status)

    @api.route("associations", _LIMITS + _PAIR + "/batch/create", "POST")
    def create_limits(from_name: str, to_name: str) -> Any:
        return change(from_name, to_name, 200, purge=False)

    @api.route("associations", _LIMITS + _PAIR + "/batch/update", "POST")
    def update_limits(from_name: str, to_name: str) -> Any:
        return change(from_name, to_name, 200, purge=False)

    @api.route("associations", _LIMITS + _PAIR + "/batch/purge", "POST")
    def purge_limits(from_name: str, to_name: str) -> Any:
        return change(from_name, to_name, 204, purge=True)

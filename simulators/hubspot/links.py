"""The `associations` of a create call: which records a new one is linked to."""

from __future__ import annotations

import sqlite3
from typing import Any

from simulators.hubspot import association_types, associations
from simulators.hubspot.errors import validation
from simulators.hubspot.object_types import ObjectType, get_type

Target = tuple[ObjectType, int, list[association_types.AssociationType]]


def link_targets(
    connection: sqlite3.Connection, object_type: ObjectType, links: Any
) -> list[Target]:
    """`[{"to": {"id"}, "types": [spec]}]` as records to link. Their type follows from the spec's type id."""
    targets: list[Target] = []
    for link in links or ():
        if (
            not isinstance(link, dict)
            or not isinstance(link.get("to"), dict)
            or not link.get("types")
        ):
            raise validation(
                "Invalid input JSON: an association needs `to` with an `id`, and `types`"
            )
        to_id = associations.parse_id(link["to"].get("id"))
        row = connection.execute(
            "SELECT type_id FROM hs_record WHERE id = ? AND archived = 0", (to_id,)
        ).fetchone()
        if row is None:
            raise validation(
                f"One or more associations are invalid: {object_type.in_messages} cannot be associated with {to_id},"
                " which does not exist.",
                context={"ids": [str(to_id)]},
            )
        to_type = get_type(connection, row["type_id"])
        kinds = [
            association_types.find(connection, object_type, to_type, spec) for spec in link["types"]
        ]
        targets.append((to_type, to_id, kinds))
    return targets

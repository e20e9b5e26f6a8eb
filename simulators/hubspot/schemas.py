"""Custom object types: creating and showing their schemas."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from simulators.hubspot import properties, property_defaults
from simulators.hubspot.database import get_meta, insert_properties, take_ids
from simulators.hubspot.errors import HubSpotError, validation
from simulators.hubspot.object_types import ObjectType, find_type, get_type
from simulators.hubspot.times import iso, tick

FIRST_TYPE, FIRST_ASSOCIATION_TYPE = 140_000_001, 21


def shown(connection: sqlite3.Connection, kind: ObjectType) -> dict[str, Any]:
    """A schema with its properties and associations."""
    definitions = properties.load(connection, kind.id).values()
    rows = connection.execute(
        "SELECT * FROM hs_association_type WHERE from_type = ? OR to_type = ? ORDER BY type_id",
        (kind.id, kind.id),
    )
    keys = ("labels", "requiredProperties", "searchableProperties", "primaryDisplayProperty",
            "secondaryDisplayProperties", "fullyQualifiedName", "createdAt", "updatedAt")  # fmt: skip
    return {
        **{key: kind.body[key] for key in keys},
        "description": kind.body.get("description", ""),
        "archived": kind.archived,
        "id": kind.id.partition("-")[2] if kind.is_custom else kind.id,
        "objectTypeId": kind.id,
        "name": kind.name,
        "properties": [properties.public(each) for each in definitions],
        "associations": [
            {
                "id": str(row["type_id"]),
                "fromObjectTypeId": row["from_type"],
                "toObjectTypeId": row["to_type"],
                "name": row["name"],
            }
            for row in rows
        ],
    }


def create(connection: sqlite3.Connection, body: dict[str, Any]) -> ObjectType:
    """Create an object type from the API's JSON. Raises 400, or 409 for a name in use."""
    name, labels, given = body.get("name"), body.get("labels"), body.get("properties")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", name):
        raise validation("Invalid input JSON: Some required fields were not set: [name]")
    if not isinstance(labels, dict) or not labels.get("singular") or not labels.get("plural"):
        raise validation("Invalid input JSON: Some required fields were not set: [labels]")
    if not isinstance(given, list) or not given:
        raise validation("Invalid input JSON: Some required fields were not set: [properties]")
    if find_type(connection, name) is not None:
        raise HubSpotError(
            409, "OBJECT_ALREADY_EXISTS", f"An object type named {name} already exists."
        )
    type_id = f"2-{take_ids(connection, 'next_type', 1, FIRST_TYPE)[0]}"
    at = iso(tick(connection))
    property_names = [each.get("name") for each in given]
    primary = body.get("primaryDisplayProperty") or property_names[0]
    for named in (
        primary,
        *(body.get("requiredProperties") or ()),
        *(body.get("searchableProperties") or ()),
    ):
        if named not in property_names:
            raise validation(f"The property {named} is not among the properties of the schema.")
    portal = get_meta(connection, "portal")["portalId"]
    stored = {
        "labels": labels,
        "requiredProperties": body.get("requiredProperties") or [],
        "searchableProperties": body.get("searchableProperties") or [primary],
        "primaryDisplayProperty": primary,
        "secondaryDisplayProperties": body.get("secondaryDisplayProperties") or [],
        "fullyQualifiedName": f"p{portal}_{name}",
        "description": body.get("description") or "",
        "createdAt": at,
        "updatedAt": at,
    }
    connection.execute(
        "INSERT INTO hs_object_type VALUES (?, ?, ?, ?, 0)",
        (type_id, name, name, json.dumps(stored)),
    )
    group = f"{name.lower()}_information"
    table = property_defaults.CUSTOM.format(group=group)
    insert_properties(connection, type_id, property_defaults.definitions(table, at))
    for each in given:
        properties.create(connection, type_id, {"groupName": group, **each})
    made = get_type(connection, type_id)
    for other in body.get("associatedObjects") or ():
        add_association(
            connection, made, get_type(connection, str(other)), f"{name}_to_{other}".lower()
        )
    return made


def add_association(
    connection: sqlite3.Connection, from_type: ObjectType, to_type: ObjectType, name: str
) -> int:
    """Let two types be associated (unlabelled); answers the type id from `from_type`."""
    there, back = take_ids(connection, "next_association_type", 2, FIRST_ASSOCIATION_TYPE)
    rows = [(from_type.id, to_type.id, there, name, back)]
    if from_type.id != to_type.id:
        rows.append((to_type.id, from_type.id, back, f"{name}_inverse", there))
    connection.executemany(
        "INSERT INTO hs_association_type VALUES (?, ?, 'USER_DEFINED', ?, ?, NULL, ?, 1, NULL)",
        rows,
    )
    return there

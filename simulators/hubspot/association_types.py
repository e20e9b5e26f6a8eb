"""Kinds of association between two object types, their labels, and how many a record may have."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from simulators.hubspot.errors import HubSpotError, validation
from simulators.hubspot.object_types import ObjectType

CATEGORIES = ("HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED", "WORK")


@dataclass(frozen=True)
class AssociationType:
    from_type: str
    to_type: str
    category: str
    type_id: int
    name: str
    label: str | None
    inverse_id: int
    is_default: bool
    max_to: int | None

    @property
    def spec(self) -> dict[str, Any]:
        return {"associationCategory": self.category, "associationTypeId": self.type_id}

    @property
    def labelled(self) -> dict[str, Any]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


def between(connection: sqlite3.Connection, from_type: str, to_type: str) -> list[AssociationType]:
    rows = connection.execute(
        "SELECT * FROM hs_association_type WHERE from_type = ? AND to_type = ? ORDER BY category, type_id",
        (from_type, to_type),
    )
    return [AssociationType(**{**dict(row), "is_default": bool(row["is_default"])}) for row in rows]


def invalid_type(category_and_id: str, from_type: ObjectType, to_type: ObjectType) -> HubSpotError:
    return validation(
        f"{category_and_id} is not a valid association type between {from_type.in_messages}"
        f" and {to_type.in_messages}",
        sub_category="crm.associations.INVALID_ASSOCIATION_TYPE",
        context={
            "type": [category_and_id],
            "fromObjectType": [from_type.in_messages],
            "toObjectType": [to_type.in_messages],
        },
    )


def find(
    connection: sqlite3.Connection, from_type: ObjectType, to_type: ObjectType, spec: Any
) -> AssociationType:
    """The type a spec `{associationCategory, associationTypeId}` names. Raises INVALID_ASSOCIATION_TYPE."""
    if not isinstance(spec, dict):
        raise validation("Invalid input JSON: an association type must be an object")
    category, type_id = spec.get("associationCategory"), spec.get("associationTypeId")
    for each in between(connection, from_type.id, to_type.id):
        if each.type_id == type_id and each.category == category:
            return each
    place = CATEGORIES.index(category) if category in CATEGORIES else category
    raise invalid_type(f"{place}-{type_id}", from_type, to_type)


def default(
    connection: sqlite3.Connection, from_type: ObjectType, to_type: ObjectType
) -> AssociationType:
    for each in between(connection, from_type.id, to_type.id):
        if each.is_default:
            return each
    raise invalid_type("default", from_type, to_type)


def inverse(connection: sqlite3.Connection, kind: AssociationType) -> AssociationType:
    for each in between(connection, kind.to_type, kind.from_type):
        if each.type_id == kind.inverse_id and each.category == kind.category:
            return each
    return kind


def set_limit(
    connection: sqlite3.Connection,
    from_type: str,
    to_type: str,
    category: str,
    type_id: int,
    most: int | None,
) -> bool:
    """How many `to` records a `from` record may have of one kind; None for no limit. False when unknown."""
    cursor = connection.execute(
        "UPDATE hs_association_type SET max_to = ?"
        " WHERE from_type = ? AND to_type = ? AND category = ? AND type_id = ?",
        (most, from_type, to_type, category, type_id),
    )
    return cursor.rowcount > 0

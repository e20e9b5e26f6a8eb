"""Object types: contacts, companies, deals, and custom ones made by schemas."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from simulators.hubspot.database import get_meta
from simulators.hubspot.errors import HubSpotError, validation


@dataclass(frozen=True)
class ObjectType:
    """One object type. `id` is like `0-1`; `in_messages` is how error texts name it (`CONTACT`)."""

    id: str
    name: str
    plural: str
    body: dict[str, Any]
    archived: bool = False

    @property
    def is_custom(self) -> bool:
        return self.id.startswith("2-")

    @property
    def in_messages(self) -> str:
        return str(self.body.get("legacyName") or self.id)

    @property
    def modified_name(self) -> str:
        return "lastmodifieddate" if self.id == "0-1" else "hs_lastmodifieddate"

    @property
    def created_name(self) -> str:
        return "hs_createdate" if self.is_custom else "createdate"

    @property
    def java_id(self) -> str:
        """The type as it stands in the texts of HubSpot's unique value conflicts."""
        if self.is_custom:
            return f"ObjectTypeId{{metaTypeId=2, innerId={self.id[2:]}}}"
        return f"ObjectTypeId{{legacyObjectType={self.in_messages}}}"

    @property
    def default_properties(self) -> tuple[str, ...]:
        """What a read returns when it names no properties."""
        return {
            "0-1": ("email", "firstname", "lastname"),
            "0-2": ("domain", "name"),
            "0-3": ("amount", "closedate", "dealname", "dealstage", "pipeline"),
        }.get(self.id, ())

    def scope(self, right: str, area: str = "objects") -> str:
        return f"crm.{area}.{'custom' if self.is_custom else self.plural}.{right}"


def _of(row: sqlite3.Row) -> ObjectType:
    return ObjectType(
        row["id"], row["name"], row["plural"], json.loads(row["body"]), bool(row["archived"])
    )


def all_types(connection: sqlite3.Connection, *, archived: bool = False) -> list[ObjectType]:
    rows = connection.execute(
        "SELECT * FROM hs_object_type WHERE archived = ? ORDER BY id", (archived,)
    )
    return [_of(row) for row in rows]


def find_type(
    connection: sqlite3.Connection, text: str, *, archived: bool = False
) -> ObjectType | None:
    """The type by id (`0-1`), name (`contact`, `contacts`, any case) or full name (`p123_machine`)."""
    wanted = text.lower()
    portal = get_meta(connection, "portal")["portalId"]
    for each in all_types(connection, archived=archived):
        names = {each.id, each.name.lower(), each.plural.lower()}
        if each.is_custom:
            names.add(f"p{portal}_{each.name}".lower())
            names.add(f"p_{each.name}".lower())
        if wanted in names:
            return each
    return None


def get_type(connection: sqlite3.Connection, text: str) -> ObjectType:
    """Like `find_type`; raises the error HubSpot gives for a type it does not know."""
    found = find_type(connection, text)
    if found is None:
        raise validation(
            f"Unable to infer object type from: {text}",
            context={"objectType": [text]},
        )
    return found


def get_type_or_404(connection: sqlite3.Connection, text: str) -> ObjectType:
    found = find_type(connection, text)
    if found is None:
        raise HubSpotError(
            404, "OBJECT_NOT_FOUND", f"Unable to find object type definition for {text}"
        )
    return found

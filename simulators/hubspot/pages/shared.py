"""What the pages share: the navigation, names of records, and how a refusal is shown."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import render_template
from werkzeug.exceptions import NotFound

from simulators.hubspot.database import get_meta
from simulators.hubspot.errors import HubSpotError
from simulators.hubspot.object_types import ObjectType, all_types, find_type
from simulators.hubspot.records import Record


def page(
    connection: sqlite3.Connection, template: str, status: int = 200, **values: Any
) -> tuple[str, int]:
    portal = get_meta(connection, "portal")["portalId"]
    return render_template(
        f"hubspot/{template}", portal=portal, types=all_types(connection), **values
    ), status


def object_type(connection: sqlite3.Connection, portal: int, text: str) -> ObjectType:
    """The type of an address; 404 for another account or an unknown type."""
    found = find_type(connection, text)
    if found is None or portal != get_meta(connection, "portal")["portalId"]:
        raise NotFound
    return found


def name_of(kind: ObjectType, record: Record) -> str:
    """How people call a record."""
    if kind.id == "0-1":
        full = " ".join(
            filter(None, (record.values.get("firstname"), record.values.get("lastname")))
        )
        return full or record.values.get("email") or f"Contact {record.id}"
    return record.values.get(kind.body["primaryDisplayProperty"]) or f"{kind.name} {record.id}"


def by_field(refused: HubSpotError) -> tuple[dict[str, str], str | None]:
    """A refusal as messages by property, and one for the page when it belongs to no property."""
    fields = {each["name"]: each["message"] for each in refused.problems}
    if not fields:
        named = [
            (e.get("context", {}).get("propertyName", []), e["message"]) for e in refused.errors
        ]
        fields = {name: message for names, message in named for name in names}
    fields |= dict.fromkeys(refused.context.get("properties", ()), "This property is required.")
    if refused.status == 409:
        fields["email"] = refused.message
    return fields, None if fields else refused.message

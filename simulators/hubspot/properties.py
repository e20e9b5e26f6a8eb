"""Property definitions: reading them with live options, creating, changing, archiving."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from simulators.hubspot.errors import HubSpotError, not_found, validation
from simulators.hubspot.times import iso, tick

Definition = dict[str, Any]
FIELD_TYPES = {
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"},
    "bool": {"booleancheckbox", "calculation_equation"},
}


def load(connection: sqlite3.Connection, type_id: str) -> dict[str, Definition]:
    """The live definitions of a type by name; private keys start with `_` (rules, source of options)."""
    rows = connection.execute(
        "SELECT name, body FROM hs_property WHERE type_id = ? AND archived = 0", (type_id,)
    )
    found: dict[str, Definition] = {row["name"]: json.loads(row["body"]) for row in rows}
    for definition in found.values():
        if "_options_from" in definition:
            definition["options"] = _live_options(connection, type_id, definition["_options_from"])
    return found


def _live_options(
    connection: sqlite3.Connection, type_id: str, source: str
) -> list[dict[str, Any]]:
    if source == "@owner":
        rows = connection.execute("SELECT * FROM hs_owner ORDER BY id")
        pairs = [
            (str(r["id"]), f"{r['first_name']} {r['last_name']}", bool(r["archived"])) for r in rows
        ]
    else:
        pairs = []
        for row in connection.execute("SELECT body FROM hs_pipeline WHERE type_id = ?", (type_id,)):
            pipeline = json.loads(row["body"])
            if source == "@pipeline":
                pairs.append((pipeline["id"], pipeline["label"], False))
            else:
                pairs += [(stage["id"], stage["label"], False) for stage in pipeline["stages"]]
    return [
        {"label": label, "value": value, "description": "", "displayOrder": order, "hidden": hidden}
        for order, (value, label, hidden) in enumerate(pairs)
    ]


def public(definition: Definition) -> dict[str, Any]:
    """A definition as the API gives it."""
    return {key: value for key, value in definition.items() if not key.startswith("_")}


def get(connection: sqlite3.Connection, type_id: str, name: str) -> Definition:
    """Raises 404 `Property "x" does not exist` (HubSpot's wording)."""
    found = load(connection, type_id).get(name)
    if found is None:
        raise not_found(f'Property "{name}" does not exist')
    return found


def archived(connection: sqlite3.Connection, type_id: str) -> list[Definition]:
    rows = connection.execute(
        "SELECT body FROM hs_property WHERE type_id = ? AND archived = 1", (type_id,)
    )
    return [{**json.loads(row["body"]), "archived": True} for row in rows]


def save(connection: sqlite3.Connection, type_id: str, definition: Definition) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO hs_property (type_id, name, body) VALUES (?, ?, ?)",
        (type_id, definition["name"], json.dumps(definition)),
    )


def _options(raw: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list):
        raise validation(f"Invalid options for property {name}")
    options = []
    for order, each in enumerate(raw):
        if (
            not isinstance(each, dict)
            or not str(each.get("label") or "").strip()
            or each.get("value") is None
        ):
            raise validation(
                "Options must have a label and a value.", context={"propertyName": [name]}
            )
        options.append(
            {
                "label": str(each["label"]),
                "value": str(each["value"]),
                "description": str(each.get("description") or ""),
                "displayOrder": each.get("displayOrder", order),
                "hidden": bool(each.get("hidden", False)),
            }
        )
    for field in ("value", "label"):
        seen = [each[field] for each in options]
        if twice := sorted({each for each in seen if seen.count(each) > 1}):
            raise validation(
                f"Property option {field}s must be unique. Duplicates: {twice}",
                errors=[{"message": f"Duplicate option {field}", "code": "DUPLICATE_OPTION",
                         "context": {"propertyName": [name]}}],
            )  # fmt: skip
    return options


def create(connection: sqlite3.Connection, type_id: str, body: dict[str, Any]) -> Definition:
    """Create from the API's JSON. Raises 400 for a body that makes no sense, 409 for a name in use."""
    for needed in ("name", "label", "type", "fieldType", "groupName"):
        if not isinstance(body.get(needed), str) or not body[needed].strip():
            raise validation(f"Invalid input JSON: Some required fields were not set: [{needed}]")
    name, kind, field_type = body["name"].strip(), body["type"], body["fieldType"]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
        raise validation(
            f'Property name "{name}" is invalid: it must start with a letter and hold only lowercase letters,'
            " numbers and underscores."
        )
    if field_type not in FIELD_TYPES.get(kind, ()):
        raise validation(f"Invalid combination of type {kind} and fieldType {field_type}")
    known = connection.execute(
        "SELECT archived FROM hs_property WHERE type_id = ? AND name = ?", (type_id, name)
    ).fetchone()
    if known is not None and not known["archived"]:
        raise HubSpotError(
            409, "OBJECT_ALREADY_EXISTS",
            f"A property named '{name}' already exists.",
            sub_category="Properties.PROPERTY_EXISTS",
            context={"propertyName": [name]},
        )  # fmt: skip
    group = connection.execute(
        "SELECT 1 FROM hs_group WHERE type_id = ? AND name = ? AND archived = 0",
        (type_id, body["groupName"]),
    ).fetchone()
    if group is None:
        raise validation(f"Property group {body['groupName']} does not exist")
    options = _options(body.get("options") or [], name)
    if kind == "bool" and not options:
        options = _options(
            [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}], name
        )
    if kind == "enumeration" and not options and not body.get("externalOptions"):
        raise validation(
            "Enumeration properties must have at least one option.",
            context={"propertyName": [name]},
        )
    at = iso(tick(connection))
    formula = body.get("calculationFormula")
    definition: Definition = {
        "updatedAt": at,
        "createdAt": at,
        "name": name,
        "label": body["label"],
        "type": kind,
        "fieldType": field_type,
        "description": str(body.get("description") or ""),
        "groupName": body["groupName"],
        "options": options,
        "displayOrder": body.get("displayOrder", -1),
        "calculated": bool(formula),
        "externalOptions": bool(body.get("externalOptions", False)),
        "archived": False,
        "hasUniqueValue": bool(body.get("hasUniqueValue", False)),
        "hidden": bool(body.get("hidden", False)),
        "hubspotDefined": False,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": False,
            "readOnlyOptions": False,
            "readOnlyValue": bool(formula),
        },
        "formField": bool(body.get("formField", False)),
        "dataSensitivity": body.get("dataSensitivity", "non_sensitive"),
    }
    if formula:
        definition["calculationFormula"] = formula
    save(connection, type_id, definition)
    return definition


def update(
    connection: sqlite3.Connection, type_id: str, name: str, body: dict[str, Any]
) -> Definition:
    """Change what the API lets one change (not name or uniqueness). Raises 404 or 400."""
    definition = get(connection, type_id, name)
    if "options" in body:
        if definition["modificationMetadata"]["readOnlyOptions"]:
            raise validation(
                f"The options of {name} cannot be changed.", context={"propertyName": [name]}
            )
        definition["options"] = _options(body["options"], name)
    kind = str(body.get("type", definition["type"]))
    field_type = body.get("fieldType", definition["fieldType"])
    if field_type not in FIELD_TYPES.get(kind, ()):
        raise validation(f"Invalid combination of type {kind} and fieldType {field_type}")
    for key in (
        "label",
        "description",
        "groupName",
        "type",
        "fieldType",
        "displayOrder",
        "hidden",
        "formField",
    ):
        if key in body:
            definition[key] = body[key]
    definition["updatedAt"] = iso(tick(connection))
    save(connection, type_id, definition)
    return definition


def archive(connection: sqlite3.Connection, type_id: str, name: str) -> None:
    """Archive a property; its values stay and come back when it is created again. Raises 404 or 400."""
    definition = get(connection, type_id, name)
    if not definition["modificationMetadata"]["archivable"]:
        raise validation(f"Property {name} is defined by HubSpot and cannot be archived.")
    definition["archivedAt"] = iso(tick(connection))
    connection.execute(
        "UPDATE hs_property SET archived = 1, body = ? WHERE type_id = ? AND name = ?",
        (json.dumps(definition), type_id, name),
    )

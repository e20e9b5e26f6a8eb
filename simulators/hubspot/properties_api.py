"""Properties, their groups and their validation rules."""

from __future__ import annotations

import re
from typing import Any

from flask import g

from simulators.hubspot import properties
from simulators.hubspot.errors import HubSpotError, not_found, validation
from simulators.hubspot.http import Api, body, caller, flag, inputs
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.times import iso, now_ms, tick
from simulators.hubspot.validation import BadValue, check_rule


def _need(kind: ObjectType, right: str) -> None:
    """Definitions may be read with either the schema's or the objects' scope."""
    scopes = [kind.scope(right, "schemas")]
    if right == "read":
        scopes.append(kind.scope("read"))
    caller().need(*scopes)


def install(api: Api) -> None:
    store = api.store

    @api.route("properties", "/<object_type>", "GET")
    def list_properties(object_type: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        _need(kind, "read")
        found = (
            properties.archived(connection, kind.id)
            if flag("archived")
            else list(properties.load(connection, kind.id).values())
        )
        g.records = len(found)
        return {
            "results": [
                properties.public(each) for each in sorted(found, key=lambda d: str(d["name"]))
            ]
        }

    @api.route("properties", "/<object_type>", "POST")
    def create_property(object_type: str) -> Any:
        given = body()
        kind = get_type(store.read(), object_type)
        _need(kind, "write")
        with store.write() as connection:
            return properties.public(properties.create(connection, kind.id, given)), 201

    @api.route("properties", "/<object_type>/<name>", "GET")
    def read_property(object_type: str, name: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        _need(kind, "read")
        return properties.public(properties.get(connection, kind.id, name))

    @api.route("properties", "/<object_type>/<name>", "PATCH")
    def update_property(object_type: str, name: str) -> Any:
        given = body()
        kind = get_type(store.read(), object_type)
        _need(kind, "write")
        with store.write() as connection:
            return properties.public(properties.update(connection, kind.id, name, given))

    @api.route("properties", "/<object_type>/<name>", "DELETE")
    def archive_property(object_type: str, name: str) -> Any:
        kind = get_type(store.read(), object_type)
        _need(kind, "write")
        with store.write() as connection:
            properties.archive(connection, kind.id, name)
        return None

    @api.route("properties", "/<object_type>/batch/<what>", "POST")
    def property_batch(object_type: str, what: str) -> Any:
        if what not in ("read", "create", "archive"):
            raise not_found()
        started, given = now_ms(), inputs(100)
        kind = get_type(store.read(), object_type)
        _need(kind, "read" if what == "read" else "write")
        results, errors = [], []
        with store.write() as connection:
            for each in given:
                name = str(each.get("name"))
                if what == "create":
                    results.append(properties.public(properties.create(connection, kind.id, each)))
                elif what == "archive":
                    properties.archive(connection, kind.id, name)
                else:
                    try:
                        results.append(properties.public(properties.get(connection, kind.id, name)))
                    except HubSpotError as refused:
                        errors.append(refused.entry())
        if what == "archive":
            return None
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results}
        if errors:
            answer |= {"numErrors": len(errors), "errors": errors}
        answer |= {"startedAt": iso(started), "completedAt": iso(now_ms())}
        return answer, 207 if errors else 201 if what == "create" else 200

    _install_groups(api)
    _install_rules(api)


def _group(row: Any) -> dict[str, Any]:
    return {
        "name": row["name"],
        "label": row["label"],
        "displayOrder": row["display_order"],
        "archived": bool(row["archived"]),
    }


def _install_groups(api: Api) -> None:
    store = api.store

    @api.route("properties", "/<object_type>/groups", "GET")
    def list_groups(object_type: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        _need(kind, "read")
        rows = connection.execute(
            "SELECT * FROM hs_group WHERE type_id = ? AND archived = 0 ORDER BY display_order, name",
            (kind.id,),
        )
        return {"results": [_group(row) for row in rows]}

    @api.route("properties", "/<object_type>/groups", "POST")
    def create_group(object_type: str) -> Any:
        given = body()
        kind = get_type(store.read(), object_type)
        _need(kind, "write")
        name, label = given.get("name"), given.get("label")
        if (
            not isinstance(name, str)
            or not isinstance(label, str)
            or not re.fullmatch(r"[a-z][a-z0-9_]*", name)
        ):
            raise validation("Invalid input JSON: Some required fields were not set: [name, label]")
        with store.write() as connection:
            known = connection.execute(
                "SELECT 1 FROM hs_group WHERE type_id = ? AND name = ? AND archived = 0",
                (kind.id, name),
            ).fetchone()
            if known:
                raise HubSpotError(
                    409, "OBJECT_ALREADY_EXISTS", f"A property group named '{name}' already exists."
                )
            connection.execute(
                "INSERT OR REPLACE INTO hs_group VALUES (?, ?, ?, ?, 0)",
                (kind.id, name, label, given.get("displayOrder", -1)),
            )
            return _group(_read_group(connection, kind, name)), 201

    def _read_group(connection: Any, kind: ObjectType, name: str) -> Any:
        row = connection.execute(
            "SELECT * FROM hs_group WHERE type_id = ? AND name = ? AND archived = 0",
            (kind.id, name),
        ).fetchone()
        if row is None:
            raise not_found(f"Property group {name} does not exist")
        return row

    @api.route("properties", "/<object_type>/groups/<name>", "GET", "PATCH", "DELETE")
    def one_group(object_type: str, name: str) -> Any:
        from flask import request

        kind = get_type(store.read(), object_type)
        _need(kind, "read" if request.method == "GET" else "write")
        with store.write() as connection:
            row = _read_group(connection, kind, name)
            if request.method == "DELETE":
                used = connection.execute(
                    "SELECT 1 FROM hs_property WHERE type_id = ? AND archived = 0"
                    " AND json_extract(body, '$.groupName') = ?",
                    (kind.id, name),
                ).fetchone()
                if used:
                    raise validation(f"Property group {name} still holds properties.")
                connection.execute(
                    "UPDATE hs_group SET archived = 1 WHERE type_id = ? AND name = ?",
                    (kind.id, name),
                )
                return None
            if request.method == "PATCH":
                given = body()
                connection.execute(
                    "UPDATE hs_group SET label = ?, display_order = ? WHERE type_id = ? AND name = ?",
                    (given.get("label", row["label"]), given.get("displayOrder", row["display_order"]),
                     kind.id, name),
                )  # fmt: skip
                row = _read_group(connection, kind, name)
        return _group(row)


def check_rule_arguments(rule_type: str, arguments: list[str]) -> None:
    """Raise 400 for arguments a rule cannot work with (a text for a length, a broken pattern)."""
    try:
        check_rule(rule_type, arguments, "1")
    except BadValue:
        pass
    except (ValueError, re.error):
        raise validation(f"Invalid arguments for the rule {rule_type}: {arguments}") from None


def _install_rules(api: Api) -> None:
    """Property validations: `GET …/{type}[/{property}[/rule-type/{rule}]]`, and PUT of one rule."""
    store = api.store

    @api.route("property-validations", "/<object_type>", "GET")
    def all_rules(object_type: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        _need(kind, "read")
        found = properties.load(connection, kind.id).values()
        return {
            "results": [
                {"propertyName": each["name"], "propertyValidationRules": each["_rules"]}
                for each in found
                if each.get("_rules")
            ]
        }

    @api.route("property-validations", "/<object_type>/<name>", "GET")
    def rules_of_property(object_type: str, name: str) -> Any:
        connection = store.read()
        kind = get_type(connection, object_type)
        _need(kind, "read")
        return {"results": properties.get(connection, kind.id, name).get("_rules", [])}

    @api.route("property-validations", "/<object_type>/<name>/rule-type/<rule_type>", "PUT")
    def put_rule(object_type: str, name: str, rule_type: str) -> Any:
        arguments = [str(each) for each in body().get("ruleArguments") or []]
        kind = get_type(store.read(), object_type)
        _need(kind, "write")
        check_rule_arguments(rule_type, arguments)
        with store.write() as connection:
            definition = properties.get(connection, kind.id, name)
            others = [
                rule for rule in definition.get("_rules", []) if rule["ruleType"] != rule_type
            ]
            definition["_rules"] = [
                *others,
                {
                    "ruleType": rule_type,
                    "ruleArguments": arguments,
                    "shouldApplyNormalization": False,
                },
            ]
            definition["updatedAt"] = iso(tick(connection))
            properties.save(connection, kind.id, definition)
        return None

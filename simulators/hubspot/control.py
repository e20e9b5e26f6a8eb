"""Control of the account, JSON, below `/control/hubspot/` (loopback only, as all of `/control/`).

GET, POST limits        {ten_secondly, ten_secondly_oauth, search_secondly, daily}; 0 switches one off
GET, POST settings      {unique_company_domain}
GET, POST portal        {portalId, uiDomain, timeZone, companyCurrency, …}
GET  credentials        the tokens, the OAuth app and the login, for tests and for the demo's set-up
POST tokens             {token, kind: service_key | private_app, name, scopes} -> a further token, or new scopes
POST expire-tokens      {token?}: OAuth access tokens expire now (all of them, or one)
POST properties/{type}/{name}   any of {options: [{label, value}], add_option, remove_option, required,
                        rules: [{ruleType, ruleArguments}], unique, read_only}
POST association-limit  {from, to, limit (null: none), typeId?, category?}; without typeId the unlabelled kind
POST owners/{id}        {archived}
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulators.hubspot import association_types, defaults, properties
from simulators.hubspot.database import get_meta, set_meta
from simulators.hubspot.errors import HubSpotError
from simulators.hubspot.limits import Limiter
from simulators.hubspot.object_types import get_type
from simulators.hubspot.properties_api import check_rule_arguments
from simulators.hubspot.reindex import reindex
from simulators.hubspot.times import iso, now_ms, tick
from simulators.store import Store

Answer = Response | tuple[Response, int]


def change_property(
    connection: Any, type_id: str, name: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """What an admin may change on the settings page. Raises HubSpotError for what makes no sense."""
    definition = properties.get(connection, type_id, name)
    options = [dict(each) for each in definition["options"]]
    if "options" in asked:
        options = [{"label": each.get("label", each["value"]), **each} for each in asked["options"]]
    if added := asked.get("add_option"):
        label, value = (
            (added, added)
            if isinstance(added, str)
            else (added.get("label", added["value"]), added["value"])
        )
        if value not in {each["value"] for each in options}:
            options.append({"label": label, "value": value, "displayOrder": len(options)})
    if removed := asked.get("remove_option"):
        options = [each for each in options if each["value"] != removed]
    if {"options", "add_option", "remove_option"} & asked.keys():
        # An admin edits options that the API may not: those of HubSpot's own enumerations.
        definition["modificationMetadata"]["readOnlyOptions"] = False
        properties.save(connection, type_id, definition)
        definition = properties.update(connection, type_id, name, {"options": options})
    if "required" in asked:
        definition["_required"] = bool(asked["required"])
    if "rules" in asked:
        for rule in asked["rules"]:
            check_rule_arguments(rule["ruleType"], [str(a) for a in rule.get("ruleArguments", [])])
        definition["_rules"] = [
            {
                "ruleType": rule["ruleType"],
                "ruleArguments": [str(a) for a in rule.get("ruleArguments", [])],
                "shouldApplyNormalization": False,
            }
            for rule in asked["rules"]
        ]
    if "unique" in asked:
        definition["hasUniqueValue"] = bool(asked["unique"])
    if "read_only" in asked:
        definition["modificationMetadata"]["readOnlyValue"] = bool(asked["read_only"])
    definition["updatedAt"] = iso(tick(connection))
    properties.save(connection, type_id, definition)
    if asked.get("unique"):
        reindex(connection, type_id, name)
    return definition


def create_blueprint(store: Store, limiter: Limiter) -> Blueprint:
    blueprint = Blueprint("hubspot_control", __name__)

    @blueprint.errorhandler(HubSpotError)
    def refused(error: HubSpotError) -> Answer:
        return jsonify({"error": error.message}), 400

    @blueprint.errorhandler(KeyError)
    def lacking(error: KeyError) -> Answer:
        return jsonify({"error": f"missing: {error.args[0]}"}), 400

    def asked() -> dict[str, Any]:
        given = request.get_json(silent=True)
        return given if isinstance(given, dict) else {}

    @blueprint.route("/<any(limits, settings, portal):key>", methods=["GET", "POST"])
    def account(key: str) -> Answer:
        with store.write() as connection:
            known = get_meta(connection, key)
            if unknown := sorted(set(asked()) - set(known)):
                return jsonify(
                    {"error": f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}"}
                ), 400
            if key == "limits" and not all(type(v) is int and v >= 0 for v in asked().values()):
                return jsonify({"error": "limits are whole numbers, 0 for none"}), 400
            if asked():
                known |= asked()
                set_meta(connection, key, known)
        if key == "limits" and asked():
            limiter.reset()
        return jsonify(known)

    @blueprint.get("/credentials")
    def credentials() -> Answer:
        return jsonify(
            {
                "portalId": get_meta(store.read(), "portal")["portalId"],
                "serviceKey": defaults.SERVICE_KEY,
                "privateAppToken": defaults.PRIVATE_APP_TOKEN,
                "readOnlyToken": defaults.READ_ONLY_TOKEN,
                "clientId": defaults.OAUTH_CLIENT_ID,
                "clientSecret": defaults.OAUTH_CLIENT_SECRET,
                "login": {"email": defaults.LOGIN_EMAIL, "password": defaults.LOGIN_PASSWORD},
            }
        )

    @blueprint.post("/tokens")
    def make_token() -> Answer:
        given = asked()
        with store.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO hs_token (token, kind, name, scopes, app_id, user_email)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (given["token"], given.get("kind", "private_app"), given.get("name", given["token"]),
                 json.dumps(given.get("scopes", defaults.ALL_SCOPES)), 3_299_999, defaults.LOGIN_EMAIL),
            )  # fmt: skip
        return jsonify({"token": given["token"]}), 201

    @blueprint.post("/expire-tokens")
    def expire() -> Answer:
        with store.write() as connection:
            token = asked().get("token")
            cursor = connection.execute(
                "UPDATE hs_token SET expires = ? WHERE kind = 'oauth' AND (? IS NULL OR token = ?)",
                (now_ms() - 7_000, token, token),
            )
        return jsonify({"expired": cursor.rowcount})

    @blueprint.post("/properties/<object_type>/<name>")
    def change(object_type: str, name: str) -> Answer:
        with store.write() as connection:
            kind = get_type(connection, object_type)
            return jsonify(change_property(connection, kind.id, name, asked()))

    @blueprint.post("/association-limit")
    def association_limit() -> Answer:
        given = asked()
        with store.write() as connection:
            from_type, to_type = (
                get_type(connection, given["from"]),
                get_type(connection, given["to"]),
            )
            kind = (
                association_types.find(
                    connection, from_type, to_type,
                    {
                        "associationCategory": given.get("category", "HUBSPOT_DEFINED"),
                        "associationTypeId": given["typeId"],
                    },
                )
                if "typeId" in given
                else association_types.default(connection, from_type, to_type)
            )  # fmt: skip
            association_types.set_limit(
                connection, from_type.id, to_type.id, kind.category, kind.type_id, given["limit"]
            )
        return jsonify({"typeId": kind.type_id, "limit": given["limit"]})

    @blueprint.post("/owners/<int:owner_id>")
    def change_owner(owner_id: int) -> Answer:
        with store.write() as connection:
            cursor = connection.execute(
                "UPDATE hs_owner SET archived = ? WHERE id = ?",
                (bool(asked().get("archived")), owner_id),
            )
        return jsonify({"changed": cursor.rowcount})

    return blueprint

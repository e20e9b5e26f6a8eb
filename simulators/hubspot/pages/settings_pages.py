"""Settings: properties with their options and rules, association limits, the account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request

from simulators.hubspot import association_types, properties
from simulators.hubspot.control import change_property
from simulators.hubspot.database import get_meta, set_meta
from simulators.hubspot.errors import HubSpotError
from simulators.hubspot.object_types import all_types
from simulators.hubspot.pages.shared import object_type, page
from simulators.store import Store

# Rules with one argument that the page offers; the API knows more kinds.
RULES = {
    "MIN_LENGTH": "At least so many characters",
    "MAX_LENGTH": "At most so many characters",
    "MIN_NUMBER": "A number not below",
    "MAX_NUMBER": "A number not above",
    "REGEX": "Matches the pattern",
}
SETTINGS = "/settings/<int:portal>"


def _asked() -> dict[str, Any]:
    """What the form of a property asks for, as `change_property` takes it."""
    if "remove_option" in request.form:
        return {"remove_option": request.form["remove_option"]}
    if "add_value" in request.form:
        value = request.form["add_value"].strip()
        if not value:
            raise HubSpotError(400, "", "An option needs a value.")
        return {
            "add_option": {
                "value": value,
                "label": request.form.get("add_label", "").strip() or value,
            }
        }
    rules = [
        {"ruleType": rule, "ruleArguments": [request.form[rule].strip()]}
        for rule in RULES
        if request.form.get(rule, "").strip()
    ]
    return {"required": "required" in request.form, "rules": rules}


def install(blueprint: Blueprint, store: Store) -> None:
    @blueprint.get(SETTINGS + "/properties/<type_id>")
    def properties_page(portal: int, type_id: str) -> Any:
        connection = store.read()
        kind = object_type(connection, portal, type_id)
        found = sorted(
            properties.load(connection, kind.id).values(), key=lambda d: str(d["label"]).lower()
        )
        return page(connection, "properties.html", kind=kind, properties=found, settings=True)

    @blueprint.route(SETTINGS + "/properties/<type_id>/<name>", methods=["GET", "POST"])
    def property_page(portal: int, type_id: str, name: str) -> Any:
        kind = object_type(store.read(), portal, type_id)
        problem, status = None, 200
        try:
            if request.method == "POST":
                with store.write() as connection:
                    if request.form.get("archive"):
                        properties.archive(connection, kind.id, name)
                        return redirect(f"/hubspot/settings/{portal}/properties/{kind.id}", 303)
                    change_property(connection, kind.id, name, _asked())
                return redirect(f"{request.path}?done=1", 303)
        except HubSpotError as refused:
            problem, status = refused.message, 400
        connection = store.read()
        definition = properties.load(connection, kind.id).get(name)
        if definition is None:
            return page(connection, "missing.html", 404, kind=None)
        rules = {
            each["ruleType"]: each["ruleArguments"][0]
            for each in definition.get("_rules", ())
            if each["ruleArguments"]
        }
        return page(
            connection, "property.html", status, kind=kind, property=definition, settings=True, problem=problem,
            rules=rules, rule_labels=RULES, done="Saved." if request.args.get("done") else None,
        )  # fmt: skip

    @blueprint.route(SETTINGS + "/associations", methods=["GET", "POST"])
    def limits_page(portal: int) -> Any:
        object_type(store.read(), portal, "0-1")
        problem, status = None, 200
        if request.method == "POST":
            raw = request.form.get("limit", "").strip()
            if raw and (not raw.isdigit() or not 0 < int(raw) < 1_000_000):
                problem, status = "A limit is a whole number above 0, or empty for none.", 400
            else:
                with store.write() as connection:
                    association_types.set_limit(
                        connection, request.form["from"], request.form["to"], request.form["category"],
                        int(request.form["type_id"]), int(raw) if raw else None,
                    )  # fmt: skip
                return redirect(f"{request.path}?done=1", 303)
        connection = store.read()
        kinds = all_types(connection)
        pairs = [
            (a, b, found)
            for a in kinds
            for b in kinds
            if (found := association_types.between(connection, a.id, b.id))
        ]
        return page(
            connection, "limits.html", status, pairs=pairs, settings=True, problem=problem,
            done="Saved." if request.args.get("done") else None,
        )  # fmt: skip

    @blueprint.route(SETTINGS + "/account", methods=["GET", "POST"])
    def account_page(portal: int) -> Any:
        object_type(store.read(), portal, "0-1")
        if request.method == "POST":
            with store.write() as connection:
                chosen = {"unique_company_domain": "unique_company_domain" in request.form}
                set_meta(connection, "settings", {**get_meta(connection, "settings"), **chosen})
            return redirect(f"{request.path}?done=1", 303)
        connection = store.read()
        return page(
            connection, "account.html", settings=True, account=get_meta(connection, "portal"),
            chosen=get_meta(connection, "settings"), limits=get_meta(connection, "limits"),
            done="Saved." if request.args.get("done") else None,
        )  # fmt: skip

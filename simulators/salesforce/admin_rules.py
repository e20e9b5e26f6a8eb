"""Changing the org's rules; see rules.py for what each kind holds."""

from __future__ import annotations

from typing import Any

from simulators.salesforce.admin import BadMetadata, field_named, object_named
from simulators.salesforce.formula import check
from simulators.salesforce.formula_parser import BadFormula
from simulators.salesforce.org import Org
from simulators.salesforce.schema import ObjectType

KINDS = ("validation", "duplicate", "automation")


def save_rule(
    *, org: Org, object: str, kind: str, name: str, rule_id: int | None = None, **given: Any
) -> int:
    """Write a rule (see rules.py for what each kind holds); answers its id."""
    one = object_named(org, object)
    if kind not in KINDS:
        raise BadMetadata(f"kind must be one of {', '.join(KINDS)}")
    if not name.strip():
        raise BadMetadata("a rule needs a name")
    data: dict[str, Any] = {
        "kind": kind,
        "name": name.strip(),
        "active": bool(given.pop("active", True)),
    }
    on = given.pop("on", ["create", "update"])
    data["on"] = [each for each in ("create", "update", "delete") if each in on]
    if kind == "duplicate":
        names = given.pop("fields", None) or []
        data["fields"] = [field_named(one, each).name for each in names]
        if not data["fields"]:
            raise BadMetadata("a duplicate rule needs fields to compare")
        data["action"] = given.pop("action", "block")
        if data["action"] not in ("block", "allow"):
            raise BadMetadata("action must be block or allow")
        data["alert"] = bool(given.pop("alert", True))
        match = given.pop("match_object", None)
        data["match_object"] = object_named(org, match).name if match else None
        data["message"] = given.pop("message", None) or "Use one of these records?"
    else:
        data["formula"] = given.pop("formula", "TRUE" if kind == "automation" else "")
        try:
            check(data["formula"], org, one)
        except BadFormula as error:
            raise BadMetadata(str(error)) from error
        data["message"] = (given.pop("message", "") or "").strip()
        if not data["message"]:
            raise BadMetadata("a rule needs a message")
        if kind == "validation":
            at = given.pop("field", None)
            data["field"] = field_named(one, at).name if at else None
        else:
            data["form"] = given.pop("form", "trigger")
            data["event"] = given.pop("event", "before")
            if data["form"] not in ("trigger", "flow", "error") or data["event"] not in (
                "before",
                "after",
            ):
                raise BadMetadata("form must be trigger, flow or error; event before or after")
            data["code"] = given.pop("code", "") or ""
            data["fields"] = list(given.pop("fields", None) or [])
    if given:
        raise BadMetadata(f"unknown for a {kind} rule: {', '.join(sorted(given))}")
    return org.save_rule(one.name, data, rule_id)


def rule_with(org: Org, rule_id: int) -> tuple[ObjectType, dict[str, Any]]:
    """A rule and its object, by id."""
    for one in org.objects():
        for rule in one.rules:
            if rule["id"] == rule_id:
                return one, rule
    raise BadMetadata(f"there is no rule {rule_id}")


def update_rule(*, org: Org, rule_id: int, **given: Any) -> None:
    """Change some attributes of a rule."""
    one, rule = rule_with(org, rule_id)
    kept = {key: value for key, value in rule.items() if key != "id"}
    save_rule(**{**kept, **given, "org": org, "object": one.name, "rule_id": rule_id})


def delete_rule(*, org: Org, rule_id: int) -> None:
    rule_with(org, rule_id)
    org.delete_rule(rule_id)

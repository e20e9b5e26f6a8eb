"""Set-up pages: objects, fields, rules, users and limits of the org, for people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request

from simulators.calls import CallLog
from simulators.salesforce import admin, admin_org, admin_rules
from simulators.salesforce.admin import BadMetadata
from simulators.salesforce.api import Api
from simulators.salesforce.errors import CallRefused
from simulators.salesforce.formula import FUNCTIONS
from simulators.salesforce.record_pages import object_or_404
from simulators.salesforce.schema import TYPES, Field, ObjectType
from simulators.salesforce.sessions import Sessions

HOME = "/lightning/setup/SetupOneHome/home"
MANAGER = "/lightning/setup/ObjectManager/<name>"
# The tabs of an object in Lightning; here they all stand on one page.
SECTIONS = "/<any(Details, FieldsAndRelationships, ValidationRules, ApexTriggers, RecordTypes):section>/view"
KINDS = (
    ("validation", "validation rule"),
    ("duplicate", "duplicate rule"),
    ("automation", "trigger or flow"),
)
FLAGS = (
    ("required", "Required"),
    ("unique", "Unique"),
    ("external_id", "External id"),
    ("case_sensitive", "Unique values tell case apart"),
    ("restricted", "Restricted picklist: only values listed here"),
    ("readable", "The integration user may read it"),
    ("editable", "The integration user may edit it"),
)
NEW_RULE = {"active": True, "on": ["create", "update"], "fields": [], "action": "block", "alert": True, "formula": "",
            "message": "", "form": "trigger", "event": "before", "code": "", "name": "", "field": None}  # fmt: skip


def listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def whole(name: str, text: str) -> int:
    if not text.strip().isdigit():
        raise BadMetadata(f"{name} must be a whole number")
    return int(text)


def field_form(field: Field | None) -> dict[str, Any]:
    """The attributes that the field form asks for; only what differs from `field`."""
    form = request.form
    given: dict[str, Any] = {"label": form.get("label", "").strip()}
    given["type"] = form.get("type", field.type if field else "")
    for name in ("length", "precision", "scale"):
        if form.get(name, "").strip():
            given[name] = whole(name, form[name])
    given.update({name: name in form for name, _ in FLAGS})
    given["reference_to"] = listed(form.get("reference_to", ""))
    lines = [line.strip() for line in form.get("options", "").splitlines() if line.strip()]
    given["options"] = [
        {"value": line.removeprefix("-").strip(), "active": not line.startswith("-")}
        for line in lines
    ]
    if not given["label"]:
        del given["label"]
    if field is None:
        for name in ("length", "precision", "scale"):
            if not given.get(name):
                given.pop(name, None)
        return given
    now = {
        **field.as_dict(),
        "required": not field.nillable,
        "reference_to": list(field.reference_to),
    }
    labels = {one.value: one for one in field.options}
    for option in given["options"]:
        if option["value"] in labels:
            option.update(
                label=labels[option["value"]].label, default=labels[option["value"]].default
            )
    if [(o["value"], o["active"]) for o in given["options"]] == [
        (o.value, o.active) for o in field.options
    ]:
        del given["options"]
    return {
        name: value for name, value in given.items() if name == "options" or value != now.get(name)
    }


def rule_form(kind: str) -> dict[str, Any]:
    """The attributes that the rule form asks for."""
    form = request.form
    given: dict[str, Any] = {
        "kind": kind,
        "name": form.get("name", ""),
        "active": "active" in form,
        "message": form.get("message", "").strip(),
    }
    if kind != "duplicate":
        given["formula"] = form.get("formula", "")
    if kind == "validation":
        given["field"] = form.get("field", "").strip() or None
        return given
    given["on"] = form.getlist("on")
    given["fields"] = listed(form.get("fields", ""))
    if kind == "duplicate":
        return {**given, "action": form.get("action", "block"), "alert": "alert" in form}
    return {
        **given,
        "form": form.get("form", ""),
        "event": form.get("event", ""),
        "code": form.get("code", "").strip(),
    }


def add_routes(pages: Blueprint, api: Api, sessions: Sessions) -> None:
    """Pages at addresses shaped like Setup's."""
    org = api.org

    def home_deed() -> str:
        form = request.form
        deed = form.get("do")
        if deed == "object":
            one = admin.create_object(org=org, name=form.get("name", "").strip())
            return f"{one.label} is made."
        if deed == "settings":
            numbers = {
                name: whole(name, form.get(name, ""))
                for name in ("daily_api_limit", "session_seconds")
            }
            admin_org.set_settings(org=org, **numbers, api_enabled="api_enabled" in form)
        elif deed == "expire":
            sessions.close_all()
            return "All sessions are ended."
        elif deed == "user":
            admin_org.set_user(
                org=org, username=form.get("username", ""), active=form.get("active") == "true"
            )
        return "Saved."

    @pages.get("/lightning/setup")
    @pages.get("/lightning/setup/")
    def setup() -> Any:
        return redirect("/salesforce" + HOME)

    @pages.route(HOME, methods=["GET", "POST"])
    def setup_home() -> Any:
        problems, done = [], None
        if request.method == "POST":
            try:
                done = home_deed()
            except BadMetadata as error:
                problems.append(str(error))
        known = admin_org.metadata(org)
        calls: CallLog | None = api.calls
        page = render_template(
            "salesforce/setup.html", org=org, setup=True, users=known["users"], locks=known["locks"],
            used=calls.used("salesforce") if calls else 0, problems=problems, done=done,
        )  # fmt: skip
        return Response(page, status=400 if problems else 200)

    @pages.route(MANAGER + "/view", methods=["GET", "POST"])
    @pages.route(MANAGER + SECTIONS, methods=["GET", "POST"])
    def object_page(name: str, section: str = "") -> Any:
        one = object_or_404(org, name)
        problems, done = [], "Saved." if request.args.get("saved") else None
        if request.method == "POST":
            try:
                if request.form.get("do") == "delete":
                    admin.delete_object(org=org, name=name)
                    return redirect("/salesforce" + HOME)
                admin.set_rights(
                    org=org, name=name, **{right: right in request.form for right in one.rights}
                )
                done = "Saved."
            except BadMetadata as error:
                problems.append(str(error))
        page = render_template(
            "salesforce/object.html", org=org, setup=True, object=object_or_404(org, name), kinds=KINDS,
            problems=problems, done=done,
        )  # fmt: skip
        return Response(page, status=400 if problems else 200)

    @pages.route(MANAGER + "/FieldsAndRelationships/new", methods=["GET", "POST"])
    @pages.route(MANAGER + "/FieldsAndRelationships/<field>/view", methods=["GET", "POST"])
    def field_page(name: str, field: str | None = None) -> Any:
        one = object_or_404(org, name)
        found = one.find(field) if field else None
        if field and found is None:
            abort(404)
        problems = []
        if request.method == "POST":
            try:
                _field_deed(one, found)
                return redirect(
                    f"/salesforce/lightning/setup/ObjectManager/{one.name}/view?saved=1"
                )
            except BadMetadata as error:
                problems.append(str(error))
            except CallRefused as error:
                problems.append(str(error))
        base = found or Field("", "string", "", length=255, custom=True)
        values = {
            **base.as_dict(),
            "required": found.required if found else False,
            "options": base.options,
        }
        if problems:
            values.update(
                {
                    k: v
                    for k, v in request.form.items()
                    if k in ("name", "label", "type", "length", "precision", "scale")
                }
            )
        page = render_template(
            "salesforce/field.html", org=org, setup=True, object=one, field=found, values=values,
            types=TYPES, flags=FLAGS, problems=problems,
        )  # fmt: skip
        return Response(page, status=400 if problems else 200)

    def _field_deed(one: ObjectType, found: Field | None) -> None:
        if found is None:
            given = field_form(None)
            kind = given.pop("type")
            admin.create_field(
                org=org,
                object=one.name,
                name=request.form.get("name", "").strip(),
                type=kind,
                **given,
            )
        elif request.form.get("do") == "delete":
            admin.delete_field(org=org, object=one.name, name=found.name)
        else:
            given = field_form(found)
            # A field that is filled in by the system counts as not nillable without being "required".
            if not given.get("required", True) and not found.required:
                del given["required"]
            admin.update_field(org=org, object=one.name, name=found.name, **given)

    @pages.route(MANAGER + "/rules/<rule>", methods=["GET", "POST"])
    def rule_page(name: str, rule: str) -> Any:
        one = object_or_404(org, name)
        found = next((each for each in one.rules if str(each["id"]) == rule), None)
        if found is None and rule != "new":
            abort(404)
        kind = found["kind"] if found else request.values.get("kind", "validation")
        if kind not in dict(KINDS):
            abort(404)
        values = {**NEW_RULE, **(found or {})}
        problems = []
        if request.method == "POST":
            try:
                if found and request.form.get("do") == "delete":
                    admin_rules.delete_rule(org=org, rule_id=found["id"])
                else:
                    given = rule_form(kind)
                    values.update(given)
                    extra: dict[str, Any] = (
                        {"match_object": found.get("match_object")}
                        if found and kind == "duplicate"
                        else {}
                    )
                    admin_rules.save_rule(
                        org=org,
                        object=one.name,
                        rule_id=found["id"] if found else None,
                        **given,
                        **extra,
                    )
                return redirect(
                    f"/salesforce/lightning/setup/ObjectManager/{one.name}/view?saved=1"
                )
            except BadMetadata as error:
                problems.append(str(error))
        page = render_template(
            "salesforce/rule.html", org=org, setup=True, object=one, kind=kind, label=dict(KINDS)[kind],
            values=values, functions=FUNCTIONS, problems=problems,
        )  # fmt: skip
        return Response(page, status=400 if problems else 200)

"""A record's page: its properties in a form, its associations, and a page to make a new one."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from flask import Blueprint, redirect, request

from simulators.hubspot import association_types, associations, properties, records
from simulators.hubspot.errors import HubSpotError
from simulators.hubspot.object_types import ObjectType, all_types, get_type
from simulators.hubspot.pages.shared import by_field, name_of, object_type, page
from simulators.hubspot.records import Record
from simulators.hubspot.search import Search
from simulators.hubspot.times import iso, tick
from simulators.hubspot.validation import BadValue, check
from simulators.store import Store

RECORD = "/contacts/<int:portal>/record/<type_id>/<record_id>"
UI = "CRM_UI"
FIRST_SHOWN = 25


def _groups(connection: sqlite3.Connection, kind: ObjectType) -> list[dict[str, Any]]:
    """The properties a person sees, in their groups; those that can be edited come first."""
    definitions = sorted(
        properties.load(connection, kind.id).values(), key=lambda d: int(d["displayOrder"])
    )
    shown = [each for each in definitions if not each["hidden"]]
    labels = dict(
        connection.execute(
            "SELECT name, label FROM hs_group WHERE type_id = ?", (kind.id,)
        ).fetchall()
    )
    found = []
    for group in dict.fromkeys(each["groupName"] for each in shown):
        mine = [each for each in shown if each["groupName"] == group]
        found.append(
            {
                "label": labels.get(group, group),
                "editable": [e for e in mine if not e["modificationMetadata"]["readOnlyValue"]],
                "fixed": [e for e in mine if e["modificationMetadata"]["readOnlyValue"]],
            }
        )
    return found


def _form_values(
    connection: sqlite3.Connection, kind: ObjectType, before: dict[str, str]
) -> dict[str, str]:
    """What the form changed: fields left as they were are not written (nor checked) again."""
    changed: dict[str, str] = {}
    for name, definition in properties.load(connection, kind.id).items():
        if name not in request.form or definition["modificationMetadata"]["readOnlyValue"]:
            continue
        # A browser sends line ends as CRLF and a checkbox group one entry a tick, after an empty one.
        given = ";".join(filter(None, request.form.getlist(name))).replace("\r\n", "\n")
        old = before.get(name, "")
        # A value that cannot be stored stays as typed; the write refuses it beside its field.
        with suppress(BadValue):
            given = check(definition, given)
        if given != old.replace("\r\n", "\n"):
            changed[name] = given
    return changed


def _linked(
    connection: sqlite3.Connection, kind: ObjectType, record: Record
) -> list[dict[str, Any]]:
    found = []
    for other in all_types(connection):
        kinds = association_types.between(connection, kind.id, other.id)
        if not kinds:
            continue
        links = associations.of_records(connection, [record.id], other.id).get(record.id, {})
        others = records.find(connection, other, list(links)[:FIRST_SHOWN])
        labels = {(k.category, k.type_id): k.label for k in kinds}
        found.append(
            {
                "type": other,
                "kinds": kinds,
                "total": len(links),
                "limit": next((k.max_to for k in kinds if k.is_default), None),
                "links": [
                    {
                        "id": to_id,
                        "name": name_of(other, others[to_id]),
                        "labels": [labels[spec] for spec in specs if labels.get(spec)],
                    }
                    for to_id, specs in links.items()
                    if to_id in others
                ],
            }
        )
    return found


def _find_other(connection: sqlite3.Connection, other: ObjectType, text: str) -> int:
    """The record a person means by an id, an e-mail address, a domain or a name. Raises HubSpotError."""
    number = records.parse_record_id(text)
    if number is not None and associations.live_ids(connection, other, [number]):
        return number
    for name in ("email", "domain"):
        found = records.find_by_value(connection, other, name, [text])
        if found:
            return found[text.lower()]
    if text:
        definitions = properties.load(connection, other.id)
        total, ids, _ = Search(connection, other, definitions).run({"query": text, "limit": 2})
        if total == 1:
            return ids[0]
        if total > 1:
            raise HubSpotError(400, "", f"{total} records match “{text}”. Give the record ID.")
    raise HubSpotError(400, "", f"No {other.name} matches “{text}”.")


def install(blueprint: Blueprint, store: Store) -> None:
    def find_record(connection: sqlite3.Connection, kind: ObjectType, raw: str) -> Record | None:
        number = records.parse_record_id(raw)
        return records.find(connection, kind, [number or 0], archived=None).get(number or 0)

    def show(
        kind: ObjectType, record: Record | None, *, values: dict[str, str] | None = None,
        fields: dict[str, str] | None = None, problem: str | None = None, status: int = 200,
        link_problem: dict[str, str] | None = None, done: str | None = None,
    ) -> Any:  # fmt: skip
        connection = store.read()
        return page(
            connection, "record.html", status, kind=kind, record=record,
            name=name_of(kind, record) if record else f"New {kind.name}",
            groups=_groups(connection, kind),
            values={**(record.values if record else {}), **(values or {})},
            linked=_linked(connection, kind, record) if record else [],
            fields=fields or {}, problem=problem, link_problem=link_problem or {}, done=done,
            changed=iso(record.modified) if record else "",
        )  # fmt: skip

    def missing(kind: ObjectType) -> Any:
        return page(store.read(), "missing.html", 404, kind=kind)

    @blueprint.route(RECORD, methods=["GET", "POST"])
    def record_page(portal: int, type_id: str, record_id: str) -> Any:
        kind = object_type(store.read(), portal, type_id)
        record = find_record(store.read(), kind, record_id)
        if record is None:
            return missing(kind)
        if request.method == "GET":
            done = {"saved": "Saved.", "created": "Created.", "linked": "Associations changed."}
            return show(kind, record, done=done.get(request.args.get("done", "")))
        changed = _form_values(store.read(), kind, record.values)
        try:
            with store.write() as connection:
                if changed:
                    records.update(records.begin(connection, kind, source=UI), record, changed)
        except HubSpotError as refused:
            fields, problem = by_field(refused)
            return show(kind, record, values=changed, fields=fields, problem=problem, status=400)
        return redirect(f"{request.path}?done=saved", 303)

    @blueprint.route("/contacts/<int:portal>/objects/<type_id>/new", methods=["GET", "POST"])
    def new_record(portal: int, type_id: str) -> Any:
        kind = object_type(store.read(), portal, type_id)
        if request.method == "GET":
            return show(kind, None)
        values = _form_values(store.read(), kind, {})
        try:
            with store.write() as connection:
                record = records.create(records.begin(connection, kind, source=UI), values)
        except HubSpotError as refused:
            fields, problem = by_field(refused)
            return show(kind, None, values=values, fields=fields, problem=problem, status=400)
        return redirect(
            f"/hubspot/contacts/{portal}/record/{kind.id}/{record.id}?done=created", 303
        )

    @blueprint.post(RECORD + "/archive")
    def archive_page(portal: int, type_id: str, record_id: str) -> Any:
        kind = object_type(store.read(), portal, type_id)
        with store.write() as connection:
            number = records.parse_record_id(record_id)
            records.archive(records.begin(connection, kind, source=UI), [number or 0])
        return redirect(f"/hubspot/contacts/{portal}/objects/{kind.id}", 303)

    @blueprint.post(RECORD + "/associations/<to_type>")
    def change_links(portal: int, type_id: str, record_id: str, to_type: str) -> Any:
        kind, other = (object_type(store.read(), portal, each) for each in (type_id, to_type))
        record = find_record(store.read(), kind, record_id)
        if record is None:
            return missing(kind)
        try:
            with store.write() as connection:
                at = tick(connection)
                if remove := request.form.get("remove"):
                    associations.dissociate(
                        connection, kind, record.id, other, associations.parse_id(remove), at=at
                    )
                else:
                    target = _find_other(
                        connection,
                        get_type(connection, other.id),
                        request.form.get("who", "").strip(),
                    )
                    category, _, number = request.form.get("kind", "").partition("-")
                    spec = {"associationCategory": category, "associationTypeId": int(number or 0)}
                    chosen = association_types.find(connection, kind, other, spec)
                    associations.associate(
                        connection, kind, record.id, other, target, [chosen], at=at
                    )
        except HubSpotError as refused:
            return show(kind, record, link_problem={other.id: refused.message}, status=400)
        return redirect(f"/hubspot/contacts/{portal}/record/{kind.id}/{record.id}?done=linked", 303)

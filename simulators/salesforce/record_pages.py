"""Record pages for people: lists, a record, edit, delete. They save as an administrator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request

from simulators.salesforce import admin_org, ids
from simulators.salesforce.admin import BadMetadata
from simulators.salesforce.dml import Writer
from simulators.salesforce.errors import CallRefused, Refused
from simulators.salesforce.org import Org
from simulators.salesforce.schema import Field, ObjectType
from simulators.salesforce.sessions import user_named

PAGE = 50
LIST_FIELDS = ("Name", "Subject", "Email", "Phone", "Company", "Status", "StageName", "Amount", "Industry", "Website",
               "Username", "LastModifiedDate")  # fmt: skip


def person(org: Org) -> str:
    """The administrator as whom the pages act."""
    from simulators.salesforce import defaults

    row = user_named(org, defaults.ADMIN_USER)
    assert row is not None
    return str(row["Id"])


def body_of_form(object_type: ObjectType, row: dict[str, Any]) -> dict[str, Any]:
    """What a submitted edit form changes: field name to JSON value."""
    changed: dict[str, Any] = {}
    for field in editable_fields(object_type, new=not row):
        given = request.form.getlist(field.name)
        if not given:
            continue
        value: Any = given[-1].replace("\r\n", "\n").strip()
        if field.type == "boolean":
            value = value == "true"
            if value == bool(row.get(field.name)):
                continue
        else:
            before = row.get(field.name)
            if value == ("" if before is None else str(before)):
                continue
            value = value or None
        changed[field.name] = value
    return changed


def editable_fields(object_type: ObjectType, *, new: bool) -> list[Field]:
    action = "create" if new else "update"
    return [
        one
        for one in object_type.stored
        if one.may(action, everything=True) and (one.name != "OwnerId" or not new)
    ]


def object_or_404(org: Org, name: str) -> ObjectType:
    found = org.object(name)
    if found is None:
        abort(404)
    return found


def row_or_404(org: Org, one: ObjectType, record_id: str) -> dict[str, Any]:
    found = (
        org.store.read()
        .execute(f'SELECT * FROM {one.table} WHERE "Id" = ?', (ids.normal(record_id),))
        .fetchone()
    )
    if found is None:
        abort(404)
    return dict(found)


def names_of(org: Org, one: ObjectType, row: dict[str, Any]) -> dict[str, str]:
    """Names of the records that a row points to, by id."""
    found = {}
    for field in one.stored:
        target = (
            org.object_of(row[field.name])
            if field.type == "reference" and row.get(field.name)
            else None
        )
        if target is None or "Name" not in target.fields:
            continue
        named = (
            org.store.read()
            .execute(f'SELECT "Name" FROM {target.table} WHERE "Id" = ?', (row[field.name],))
            .fetchone()
        )
        if named is not None:
            found[row[field.name]] = named["Name"] or row[field.name]
    return found


def add_routes(pages: Blueprint, org: Org) -> None:
    """Pages at addresses shaped like Lightning's."""
    address = "/lightning/r/<name>/<record_id>/"

    @pages.get("/")
    def home() -> Any:
        return redirect("/salesforce/lightning/o/Contact/list")

    @pages.get("/<record_id>")
    def short(record_id: str) -> Any:
        full = ids.normal(record_id)
        one = org.object_of(full) if full else None
        if one is None or full is None:
            abort(404)
        row_or_404(org, one, full)
        return redirect(f"/salesforce/lightning/r/{one.name}/{full}/view")

    @pages.get("/lightning/o/<name>/list")
    def listing(name: str) -> Any:
        one = object_or_404(org, name)
        columns = [one.fields[each] for each in LIST_FIELDS if each in one.fields]
        q, after = request.args.get("q", "").strip(), request.args.get("after", "")
        by = "SystemModstamp"
        tests, params = ["1 = 1"], []
        if "IsDeleted" in one.fields:
            tests.append('"IsDeleted" = 0')
        if q:
            searched = [each for each in ("Name", "Email", "Subject") if each in one.fields]
            tests.append("(" + " OR ".join(f'"{each}" LIKE ?' for each in searched) + ")")
            params += [f"%{q}%"] * len(searched)
        if after:
            stamp, _, last = after.partition("~")
            tests.append(f'("{by}", "Id") < (?, ?)')
            params += [stamp, last]
        rows = (
            org.store.read()
            .execute(
                f'SELECT * FROM {one.table} WHERE {" AND ".join(tests)} ORDER BY "{by}" DESC, "Id" DESC LIMIT {PAGE}',
                params,
            )
            .fetchall()
        )
        more = f"{rows[-1][by]}~{rows[-1]['Id']}" if len(rows) == PAGE else ""
        return render_template(
            "salesforce/list.html", org=org, object=one, columns=columns, rows=rows, q=q, more=more
        )

    @pages.get(address + "view")
    def view(
        name: str, record_id: str, problems: list[str] | None = None, done: str | None = None
    ) -> Any:
        one = object_or_404(org, name)
        row = row_or_404(org, one, record_id)
        lock = (
            org.store.read()
            .execute("SELECT * FROM sforg_lock WHERE record = ?", (row["Id"],))
            .fetchone()
        )
        done = done or ("Saved." if request.args.get("saved") else None)
        return render_template(
            "salesforce/record.html", org=org, object=one, row=row, names=names_of(org, one, row), lock=lock,
            problems=problems, done=done,
        )  # fmt: skip

    @pages.route("/lightning/o/<name>/new", methods=["GET", "POST"])
    @pages.route(address + "edit", methods=["GET", "POST"])
    def edit(name: str, record_id: str | None = None) -> Any:
        one = object_or_404(org, name)
        row = row_or_404(org, one, record_id) if record_id else {}
        shown, problems, by_field, alert = dict(row), [], {}, False
        if not row:
            shown = {f.name: f.default for f in one.defaults if f.type != "boolean"}
        if request.method == "POST":
            body = body_of_form(one, row)
            shown.update(body)
            try:
                with org.store.write() as db:
                    writer = Writer(
                        org,
                        db,
                        person(org),
                        allow_save="allow_save" in request.form,
                        everything=True,
                    )
                    result = (
                        writer.update(one, row["Id"], body) if row else writer.create(one, body)
                    )
                return redirect(f"/salesforce/lightning/r/{one.name}/{result.id}/view?saved=1")
            except Refused as error:
                for problem in error.problems:
                    problems.append(problem.message)
                    by_field.update(dict.fromkeys(problem.fields, problem.message))
                    alert = alert or problem.extra.get("duplicateResult", {}).get(
                        "allowSave", False
                    )
            except CallRefused as error:
                problems.append(error.body[0]["message"].split(" or request may be")[0])
        page = render_template(
            "salesforce/edit.html", org=org, object=one, record_id=record_id, values=shown, problems=problems,
            by_field=by_field, alert=alert, fields=editable_fields(one, new=not row),
        )  # fmt: skip
        return Response(page, status=400 if problems else 200)

    @pages.post(address + "<any(delete, undelete, lock, unlock, convert):deed>")
    def act(name: str, record_id: str, deed: str) -> Any:
        one = object_or_404(org, name)
        row = row_or_404(org, one, record_id)
        problems = []
        try:
            if deed == "lock":
                admin_org.lock(org=org, record=row["Id"])
            elif deed == "unlock":
                admin_org.unlock(org=org, record=row["Id"])
            elif deed == "convert":
                admin_org.convert_lead(org=org, record=row["Id"])
            else:
                with org.store.write() as db:
                    writer = Writer(org, db, person(org), everything=True)
                    if deed == "delete":
                        writer.delete(one, row["Id"])
                    else:
                        db.execute(
                            f'UPDATE {one.table} SET "IsDeleted" = 0, "SystemModstamp" = ?, "LastModifiedDate" = ?'
                            ' WHERE "Id" = ?',
                            (writer.stamp, writer.stamp, row["Id"]),
                        )
        except Refused as error:
            problems = [problem.message for problem in error.problems]
        except BadMetadata as error:
            problems = [str(error)]
        if problems:
            return Response(view(name, record_id, problems=problems), status=400)
        if deed == "delete":
            return redirect(f"/salesforce/lightning/o/{one.name}/list")
        return redirect(f"/salesforce/lightning/r/{one.name}/{row['Id']}/view?saved=1")

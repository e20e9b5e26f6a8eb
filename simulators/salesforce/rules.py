"""The org's own rules around a save, in Salesforce's order: flows and triggers before, validation rules, duplicate
rules, then triggers and flows after.

A rule is a dict with `id`, `kind`, `name`, `active` and:
- validation: `formula` (true means refused), `message`, `field` (None: at the top of the page)
- duplicate: `fields` (all must be equal), `on` ("create", "update"), `action` ("block", or "allow" with `alert`),
  `match_object` (None: the same object)
- automation: `form` ("trigger", "flow", "error"), `event` ("before", "after"), `on`, `formula`, and what it raises:
  `code` and `message` (form "error": as they are; in a trigger or flow: `code` is the inner code, may be empty), `fields`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.salesforce import formula
from simulators.salesforce.errors import Problem, Refused
from simulators.salesforce.formula_parser import BadFormula
from simulators.salesforce.schema import ObjectType

if TYPE_CHECKING:
    from simulators.salesforce.dml import Writer

Row = dict[str, Any]


def before(writer: Writer, object_type: ObjectType, new: Row, old: Row | None) -> None:
    """Run what comes before the row is written. Raises Refused."""
    if not object_type.rules:
        return
    _automation(writer, object_type, new, old, "before")
    record = formula.Record(writer.org, object_type, new, old, writer.user)
    problems = []
    for rule in object_type.rules_of("validation"):
        try:
            broken = formula.evaluate(formula.parse(rule["formula"]), record)
        except BadFormula as error:
            # The rule names a field that has gone: the org cannot save, and says which rule it was.
            message = f"The validation formula of {rule['name']} is not valid: {error}"
            raise Refused(Problem("FORMULA_EXPRESSION_INVALID", message)) from error
        if broken:
            fields = [rule["field"]] if rule.get("field") else []
            problems.append(Problem("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], fields))
    if problems:
        raise Refused(*problems)
    for rule in object_type.rules_of("duplicate"):
        _duplicate(writer, object_type, rule, new, old)


def after(writer: Writer, object_type: ObjectType, new: Row, old: Row | None) -> None:
    """Run what comes after it, inside the same transaction. Raises Refused."""
    if object_type.rules:
        _automation(writer, object_type, new, old, "after")


def delete(writer: Writer, object_type: ObjectType, old: Row) -> None:
    """Run what stands before a delete. Raises Refused."""
    for rule in object_type.rules_of("automation"):
        if "delete" in rule["on"]:
            record = formula.Record(writer.org, object_type, old, old, writer.user)
            if formula.evaluate(formula.parse(rule["formula"]), record):
                raise Refused(_raised(rule, "BeforeDelete", old))


def _automation(
    writer: Writer, object_type: ObjectType, new: Row, old: Row | None, event: str
) -> None:
    action = "create" if old is None else "update"
    for rule in object_type.rules_of("automation"):
        if rule["event"] != event or action not in rule["on"]:
            continue
        record = formula.Record(writer.org, object_type, new, old, writer.user)
        try:
            strikes = formula.evaluate(formula.parse(rule["formula"]), record)
        except BadFormula as error:
            strikes = True
            rule = {**rule, "code": "", "message": f"System.SObjectException: {error}"}
        if strikes:
            place = event.capitalize() + ("Insert" if action == "create" else "Update")
            raise Refused(_raised(rule, place, new))


def _raised(rule: Row, place: str, row: Row) -> Problem:
    fields = list(rule.get("fields") or [])
    code, message = rule.get("code") or "", rule["message"]
    if rule["form"] == "error":
        return Problem(code or "UNKNOWN_EXCEPTION", message, fields)
    if rule["form"] == "flow":
        inner = f"{code}: {message}" if code else message
        text = (
            f"We can't save this record because the “{rule['name']}” process failed. Give your Salesforce admin"
            f" these details. {inner}"
        )
        return Problem("CANNOT_EXECUTE_FLOW_TRIGGER", text)
    if code:
        deed = "Insert" if place.endswith("Insert") else "Update"
        which = f" with id {row['Id']}" if row.get("Id") else ""
        message = (
            f"System.DmlException: {deed} failed. First exception on row 0{which}; first error: {code}, {message}:"
            f" [{', '.join(fields)}]"
        )
    text = f"{rule['name']}: execution of {place}\n\ncaused by: {message}\n\nTrigger.{rule['name']}: line 12, column 1"
    return Problem("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)


def _duplicate(
    writer: Writer, object_type: ObjectType, rule: Row, new: Row, old: Row | None
) -> None:
    names = rule["fields"]
    if ("create" if old is None else "update") not in rule["on"]:
        return
    if any(new.get(name) in (None, "") for name in names):
        return
    if old is not None and all(new.get(name) == old.get(name) for name in names):
        return
    action = rule["action"]
    if action == "allow" and (not rule.get("alert", True) or writer.allow_save):
        return
    target = writer.org.object(rule.get("match_object") or object_type.name)
    if target is None or any(name not in target.fields for name in names):
        return
    tests = " AND ".join(f'"{name}" = ?' for name in names)
    rows = writer.db.execute(
        f'SELECT "Id" FROM {target.table} WHERE {tests} AND "IsDeleted" = 0 AND "Id" IS NOT ? ORDER BY "Id" LIMIT 5',
        [*(new[name] for name in names), old["Id"] if old else None],
    ).fetchall()
    if not rows:
        return
    message = rule.get("message") or "Use one of these records?"
    found = [row["Id"] for row in rows]
    extra = {"duplicateResult": _detail(rule, target, found, message)}
    raise Refused(Problem("DUPLICATES_DETECTED", message, [], extra))


def _detail(rule: Row, target: ObjectType, found: list[str], message: str) -> Row:
    developer_name = rule["name"].replace(" ", "_")
    return {
        "allowSave": rule["action"] == "allow",
        "duplicateRule": developer_name,
        "duplicateRuleEntityType": target.name,
        "errorMessage": message,
        "matchResults": [
            {
                "entityType": target.name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": [
                    {
                        "additionalInformation": [],
                        "fieldDiffs": [
                            {"difference": "SAME", "name": name} for name in rule["fields"]
                        ],
                        "matchConfidence": 100.0,
                        "record": {
                            "attributes": {
                                "type": target.name,
                                "url": f"/services/data/v68.0/sobjects/{target.name}/{record}",
                            },
                            "Id": record,
                        },
                    }
                    for record in found
                ],
                "rule": f"{developer_name}_Matching",
                "size": len(found),
                "success": True,
            }
        ],
    }

"""Changing the org's metadata, as an administrator does in Setup. Used by the set-up pages, by control, by the seed.

All functions take keyword arguments, raise BadMetadata with a sentence for people, and take effect at once.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from simulators.salesforce import ids, oauth
from simulators.salesforce.certificates import public_key
from simulators.salesforce.errors import Refused
from simulators.salesforce.formula import check
from simulators.salesforce.formula_parser import BadFormula
from simulators.salesforce.org import Org
from simulators.salesforce.schema import TYPES, Field, ObjectType, Option
from simulators.store import Store

FIELD_NAMES = {one.name for one in dataclass_fields(Field)}
KINDS = ("validation", "duplicate", "automation")
DEFAULT_LENGTH = {"string": 255, "email": 80, "phone": 40, "url": 255, "textarea": 255, "picklist": 255, "multipicklist": 4099, "reference": 18}
CUSTOM_OBJECT = """Id|id||DI|Record ID|
OwnerId|reference||DCU|Owner ID|>User:Owner
IsDeleted|boolean||D|Deleted|
Name|string|80|CUIA|Name|
CreatedDate|datetime||D|Created Date|
CreatedById|reference||D|Created By ID|>User:CreatedBy
LastModifiedDate|datetime||D|Last Modified Date|
LastModifiedById|reference||D|Last Modified By ID|>User:LastModifiedBy
SystemModstamp|datetime||D|System Modstamp|"""


class BadMetadata(ValueError):
    """The change does not make sense; the text says why."""


def org_of(store: Store) -> Org:
    """The org that lives in a store. Raises KeyError when the Salesforce simulator is not mounted on it."""
    found: Org = store.shared["salesforce"]
    return found


def object_named(org: Org, name: str) -> ObjectType:
    found = org.object(name)
    if found is None:
        raise BadMetadata(f"there is no object {name}")
    return found


def field_named(one: ObjectType, name: str) -> Field:
    found = one.find(name)
    if found is None:
        raise BadMetadata(f"there is no field {name} on {one.name}")
    return found


def options_of(values: Any, default: str | None = None) -> tuple[Option, ...]:
    """Options from a list of texts or of {value, label, active, default}."""
    found = []
    for one in values:
        if isinstance(one, str):
            found.append(Option(one, one, default=one == default))
        elif isinstance(one, dict) and isinstance(one.get("value"), str):
            found.append(
                Option(one["value"], one.get("label") or one["value"], bool(one.get("active", True)), bool(one.get("default", False)))
            )
        else:
            raise BadMetadata("options must be texts or objects with a value")
    if len({one.value for one in found}) < len(found):
        raise BadMetadata("an option is given twice")
    return tuple(found)


def create_object(*, org: Org, name: str, label: str = "", label_plural: str = "") -> ObjectType:
    """A custom object (API name ends in __c) with the standard system fields and a Name."""
    from simulators.salesforce.standard import parse_field

    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*__c", name):
        raise BadMetadata("the API name of a custom object ends in __c")
    if org.object(name) is not None:
        raise BadMetadata(f"there is an object {name} already")
    label = label or name.removesuffix("__c").replace("_", " ")
    taken = {one.key_prefix for one in org.objects()}
    prefix = next(p for p in (f"a{d}{e}" for d in "0123456789" for e in ids.BASE62) if p not in taken)
    one = ObjectType(name, label, label_plural or label + "s", prefix, custom=True)
    org.save_object(one)
    for line in CUSTOM_OBJECT.splitlines():
        org.save_field(name, parse_field(line, {}))
    return object_named(org, name)


def delete_object(*, org: Org, name: str) -> None:
    if not object_named(org, name).custom:
        raise BadMetadata("a standard object cannot be deleted")
    org.delete_object(name)


def set_rights(*, org: Org, name: str, **rights: bool) -> None:
    """The integration user's rights on an object: create, read, edit, delete."""
    one = object_named(org, name)
    for right, value in rights.items():
        if right not in one.rights or not isinstance(value, bool):
            raise BadMetadata("rights are create, read, edit and delete, each true or false")
    org.save_object(replace(one, rights={**one.rights, **rights}))


def create_field(*, org: Org, object: str, name: str, type: str, **given: Any) -> Field:
    """A custom field (API name ends in __c). `given`: attributes of schema.Field; `options` as texts or objects;
    `required` in place of `nillable`; `reference_to` for a lookup (its relationship name ends in __r)."""
    one = object_named(org, object)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*__c", name):
        raise BadMetadata("the API name of a custom field ends in __c")
    if one.find(name) is not None:
        raise BadMetadata(f"there is a field {name} on {one.name} already")
    if type not in TYPES:
        raise BadMetadata(f"type must be one of {', '.join(TYPES)}")
    values: dict[str, Any] = {"label": name.removesuffix("__c").replace("_", " "), "length": DEFAULT_LENGTH.get(type, 0)}
    if type in ("double", "currency", "percent"):
        values.update(precision=18, scale=2 if type == "currency" else 0)
    elif type == "int":
        values["digits"] = 9
    elif type == "boolean":
        values["default"] = "false"
    elif type == "reference":
        values["relationship"] = name.removesuffix("__c") + "__r"
    base = Field(name, type, **values, custom=True)
    found = _changed(org, one, base, given)
    org.save_field(one.name, found)
    return found


def update_field(*, org: Org, object: str, name: str, **given: Any) -> Field:
    """Change attributes of a field; see create_field. Values that are stored already stay as they are."""
    one = object_named(org, object)
    found = _changed(org, one, field_named(one, name), given)
    org.save_field(one.name, found)
    return found


def _changed(org: Org, one: ObjectType, field: Field, given: dict[str, Any]) -> Field:
    given = dict(given)
    if "required" in given:
        given["nillable"] = not given.pop("required")
    if unknown := sorted(set(given) - FIELD_NAMES):
        raise BadMetadata(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(FIELD_NAMES | {'required'}))}")
    if "name" in given and given["name"] != field.name:
        raise BadMetadata("a field cannot be renamed")
    if "options" in given:
        given["options"] = options_of(given["options"], given.get("default", field.default))
    if "reference_to" in given:
        targets = given["reference_to"]
        given["reference_to"] = tuple([targets] if isinstance(targets, str) else targets)
    for name in ("length", "precision", "scale", "digits"):
        value = given.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 131_072:
            raise BadMetadata(f"{name} must be a whole number from 0 to 131072")
    for name, example in ((n, getattr(field, n)) for n in given):
        if isinstance(example, bool) and not isinstance(given[name], bool):
            raise BadMetadata(f"{name} must be true or false")
    found = replace(field, **given)
    if found.type not in [*TYPES, "id"]:
        raise BadMetadata(f"type must be one of {', '.join(TYPES)}")
    if found.type == "reference" and field.type == "reference" and not found.reference_to:
        raise BadMetadata("a lookup needs reference_to, the object it points to")
    if (found.unique or found.external_id) and found.type not in ("string", "email", "double", "int", "phone", "url"):
        raise BadMetadata("only text, e-mail and number fields can be unique or external ids")
    if found.scale > found.precision:
        raise BadMetadata("scale must not exceed precision")
    if found.type == "picklist" and found.restricted and not found.options and "options" in given:
        raise BadMetadata("a restricted picklist needs an option")
    return found


def delete_field(*, org: Org, object: str, name: str) -> None:
    """Remove a custom field with its values."""
    one = object_named(org, object)
    field = field_named(one, name)
    if not field.custom:
        raise BadMetadata("a standard field cannot be deleted; its field-level security can be taken away")
    org.delete_field(one.name, field.name)


def save_rule(*, org: Org, object: str, kind: str, name: str, rule_id: int | None = None, **given: Any) -> int:
    """Write a rule (see rules.py for what each kind holds); answers its id."""
    one = object_named(org, object)
    if kind not in KINDS:
        raise BadMetadata(f"kind must be one of {', '.join(KINDS)}")
    if not name.strip():
        raise BadMetadata("a rule needs a name")
    data: dict[str, Any] = {"kind": kind, "name": name.strip(), "active": bool(given.pop("active", True))}
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
            if data["form"] not in ("trigger", "flow", "error") or data["event"] not in ("before", "after"):
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


def lock(*, org: Org, record: str, kind: str = "approval", times: int | None = None) -> None:
    """Lock a record: "approval" (ENTITY_IS_LOCKED until unlocked) or "row" (UNABLE_TO_LOCK_ROW, for so many tries)."""
    full = ids.normal(record)
    if full is None or kind not in ("approval", "row"):
        raise BadMetadata("a lock needs a record id and kind approval or row")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise BadMetadata("times must be a whole number above 0")
    with org.store.write() as db:
        db.execute("INSERT OR REPLACE INTO sforg_lock VALUES (?, ?, ?)", (full, kind, times))


def unlock(*, org: Org, record: str) -> None:
    with org.store.write() as db:
        db.execute("DELETE FROM sforg_lock WHERE record = ?", (ids.normal(record),))


def set_user(*, org: Org, username: str, active: bool | None = None, profile: str | None = None) -> None:
    """Activate or deactivate a user, or change what they may do ("Integration" or "Administrator")."""
    row = oauth.user_named(org, username)
    if row is None:
        raise BadMetadata(f"there is no user {username}")
    if profile is not None:
        if profile not in ("Integration", "Administrator"):
            raise BadMetadata("profile must be Integration or Administrator")
        org.set_profile(row["Id"], profile)
    if active is not None:
        with org.store.write() as db:
            db.execute('UPDATE "sf_User" SET "IsActive" = ?, "SystemModstamp" = ? WHERE "Id" = ?', (int(active), org.next_stamp(), row["Id"]))
    org.sessions_changed()


def set_app(*, org: Org, client_id: str, **given: Any) -> None:
    """Make or change a connected app: name, secret, run_as (user name), redirect_uris, certificates (PEM)."""
    apps = dict(org.setting("apps"))
    app = {"name": client_id, "secret": "", "run_as": "", "redirect_uris": [], "certificates": [], **apps.get(client_id, {})}
    if unknown := sorted(set(given) - set(app)):
        raise BadMetadata(f"unknown: {', '.join(unknown)}")
    for pem in given.get("certificates", []):
        add_check(pem)
    apps[client_id] = {**app, **given}
    org.set_setting("apps", apps)


def add_check(pem: Any) -> None:
    """Raise BadMetadata unless this is a PEM certificate or public key of RSA."""
    try:
        public_key(str(pem))
    except ValueError as error:
        raise BadMetadata(str(error)) from error


def add_certificate(*, org: Org, client_id: str, pem: str) -> None:
    """Register a certificate (or public key) that JWT assertions of a connected app may be signed by."""
    add_check(pem)
    known = org.setting("apps").get(client_id)
    if known is None:
        raise BadMetadata(f"there is no connected app {client_id}")
    if pem not in known["certificates"]:
        set_app(org=org, client_id=client_id, certificates=[*known["certificates"], pem])


SETTINGS = {"daily_api_limit": int, "licences": int, "api_enabled": bool, "session_seconds": int, "org_name": str, "org_id": str}


def set_settings(*, org: Org, **given: Any) -> None:
    """daily_api_limit, licences (100,000 + 1,000 for each become the limit), api_enabled, session_seconds, org_name."""
    for name, value in given.items():
        wanted = SETTINGS.get(name)
        if wanted is None:
            raise BadMetadata(f"unknown: {name}; known: {', '.join(SETTINGS)}")
        if not isinstance(value, wanted) or (wanted is int and (isinstance(value, bool) or not 0 <= value <= 10**9)):
            raise BadMetadata(f"{name} must be a {wanted.__name__}")
    if "licences" in given and "daily_api_limit" not in given:
        given["daily_api_limit"] = 100_000 + 1_000 * given["licences"]
    for name, value in given.items():
        org.set_setting(name, value)


def convert_lead(*, org: Org, record: str) -> dict[str, str]:
    """Convert a lead into account and contact; from then on the API refuses to change it."""
    from simulators.salesforce.dml import Writer

    full = ids.normal(record)
    with org.store.write() as db:
        admin = db.execute("SELECT id FROM sforg_user WHERE profile = 'Administrator' LIMIT 1").fetchone()["id"]
        writer = Writer(org, db, admin, everything=True)
        lead = writer.row(object_named(org, "Lead"), full or "")
        if lead is None or lead["IsConverted"] or lead["IsDeleted"]:
            raise BadMetadata("there is no open lead with this id")
        try:
            account = writer.create(object_named(org, "Account"), {"Name": lead["Company"]}).id
            person = {name: lead[name] for name in ("FirstName", "LastName", "Email", "Phone", "Title")}
            contact = writer.create(object_named(org, "Contact"), {**person, "AccountId": account}).id
        except Refused as error:
            raise BadMetadata(str(error)) from error
        db.execute(
            'UPDATE "sf_Lead" SET "IsConverted" = 1, "Status" = \'Closed - Converted\', "ConvertedDate" = ?,'
            ' "ConvertedAccountId" = ?, "ConvertedContactId" = ?, "SystemModstamp" = ? WHERE "Id" = ?',
            (writer.stamp[:10], account, contact, writer.stamp, full),
        )
    return {"account": str(account), "contact": str(contact)}


def metadata(org: Org) -> dict[str, Any]:
    """All of it, for GET /control/salesforce/metadata."""
    users = org.store.read().execute(
        'SELECT u."Id" AS id, u."Username" AS username, u."Name" AS name, u."IsActive" AS active, p.profile'
        ' FROM "sf_User" u LEFT JOIN sforg_user p ON p.id = u."Id"'
    )
    locks = org.store.read().execute("SELECT * FROM sforg_lock")
    return {
        "settings": {name: org.setting(name) for name in SETTINGS},
        "apps": org.setting("apps"),
        "users": [{**dict(row), "active": bool(row["active"])} for row in users],
        "locks": [dict(row) for row in locks],
        "objects": {
            one.name: {
                "label": one.label,
                "key_prefix": one.key_prefix,
                "custom": one.custom,
                "rights": one.rights,
                "fields": {name: json.loads(json.dumps(item.as_dict())) for name, item in one.fields.items()},
                "rules": one.rules,
            }
            for one in org.objects()
        },
    }

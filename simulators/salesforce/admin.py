"""Changing the org's metadata, as an administrator does in Setup. Used by the set-up pages, by control, by the seed.

All functions take keyword arguments, raise BadMetadata with a sentence for people, and take effect at once.
"""

from __future__ import annotations

import re
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from simulators.salesforce import ids
from simulators.salesforce.org import Org
from simulators.salesforce.schema import TYPES, Field, ObjectType, Option
from simulators.store import Store

FIELD_NAMES = {one.name for one in dataclass_fields(Field)}
DEFAULT_LENGTH = {
    "string": 255,
    "email": 80,
    "phone": 40,
    "url": 255,
    "textarea": 255,
    "picklist": 255,
    "multipicklist": 4099,
    "reference": 18,
}
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
                Option(
                    one["value"],
                    one.get("label") or one["value"],
                    bool(one.get("active", True)),
                    bool(one.get("default", False)),
                )
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
    prefix = next(
        p for p in (f"a{d}{e}" for d in "0123456789" for e in ids.BASE62) if p not in taken
    )
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
    values: dict[str, Any] = {
        "label": name.removesuffix("__c").replace("_", " "),
        "length": DEFAULT_LENGTH.get(type, 0),
    }
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
        raise BadMetadata(
            f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(FIELD_NAMES | {'required'}))}"
        )
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
    if (found.unique or found.external_id) and found.type not in (
        "string",
        "email",
        "double",
        "int",
        "phone",
        "url",
    ):
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
        raise BadMetadata(
            "a standard field cannot be deleted; its field-level security can be taken away"
        )
    org.delete_field(one.name, field.name)

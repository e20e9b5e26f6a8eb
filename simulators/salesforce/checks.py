"""What the org checks of every value before any rule of its own runs."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from simulators.salesforce import ids
from simulators.salesforce.errors import Problem, Refused
from simulators.salesforce.org import Org
from simulators.salesforce.schema import Field, ObjectType

EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\\\"]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


def plain(number: float) -> str:
    """A number as an error message shows it."""
    return str(int(number)) if float(number).is_integer() else repr(number)


def check_values(
    org: Org, db: sqlite3.Connection, object_type: ObjectType, values: dict[str, Any], *, new: bool
) -> None:
    """Check the values of one write, and bring them to their stored form in place.

    Raises Refused with the problem that Salesforce would name: all missing fields together, else the first.
    """
    missing = [
        one.name
        for one in object_type.required
        if (new or one.name in values) and values.get(one.name) is None
    ]
    if not new:
        missing += [
            name
            for name, value in values.items()
            if value is None
            and name not in missing
            and (one := object_type.fields[name]).defaulted
            and not one.nillable
            and one.type not in ("boolean", "reference")
        ]
    if missing:
        raise Refused(
            Problem(
                "REQUIRED_FIELD_MISSING",
                f"Required fields are missing: [{', '.join(missing)}]",
                missing,
            )
        )
    for name, value in values.items():
        if value is None:
            if name == "OwnerId":
                raise Refused(
                    Problem(
                        "INVALID_CROSS_REFERENCE_KEY",
                        "Owner ID: owner cannot be blank",
                        ["OwnerId"],
                    )
                )
            continue
        one = object_type.fields[name]
        if one.type == "reference":
            values[name] = _reference(org, db, object_type, one, value)
        elif one.type in ("double", "currency", "percent", "int"):
            values[name] = _number(one, value)
        elif isinstance(value, str):
            _text(one, value)


def _text(one: Field, value: str) -> None:
    if one.type == "email" and not EMAIL.fullmatch(value):
        raise Refused(
            Problem(
                "INVALID_EMAIL_ADDRESS", f"{one.label}: invalid email address: {value}", [one.name]
            )
        )
    if one.type == "picklist" and one.restricted:
        if value not in one.active_values():
            raise Refused(_bad_option(one, value))
        return
    if one.type == "multipicklist":
        wrong = [part for part in value.split(";") if part not in one.active_values()]
        if one.restricted and wrong:
            raise Refused(_bad_option(one, wrong[0]))
    if one.length and len(value) > one.length:
        raise Refused(
            Problem(
                "STRING_TOO_LONG",
                f"{one.label}: data value too large: {value} (max length={one.length})",
                [one.name],
            )
        )


def _bad_option(one: Field, value: str) -> Problem:
    return Problem(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{one.label}: bad value for restricted picklist field: {value}",
        [one.name],
    )


def _number(one: Field, value: float) -> float | int:
    digits = one.digits or 9 if one.type == "int" else one.precision - one.scale
    if digits and abs(value) >= 10**digits:
        raise Refused(
            Problem(
                "NUMBER_OUTSIDE_VALID_RANGE",
                f"{one.label}: value outside of valid range on numeric field: {plain(value)}",
                [one.name],
            )
        )
    # Half away from zero, as the org rounds, not half to even as Python does.
    if one.type == "int":
        return int(value)
    scaled = abs(value) * 10**one.scale
    whole = int(scaled + 0.5 + 1e-9)
    return (whole / 10**one.scale) * (1 if value >= 0 else -1) if abs(scaled) < 1e15 else value


def _reference(
    org: Org, db: sqlite3.Connection, object_type: ObjectType, one: Field, value: str
) -> str:
    wrong = Problem("MALFORMED_ID", f"{one.label}: id value of incorrect type: {value}", [one.name])
    full = ids.normal(value)
    if full is None:
        raise Refused(wrong)
    target = org.object_of(full)
    known = [name for name in one.reference_to if org.object(name) is not None]
    if target is None or target.name not in one.reference_to:
        if target is None and not known:
            # A pointer to an object this org does not have (RecordType's profile and the like).
            raise Refused(Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", wrong.message, [one.name]))
    deleted = '"IsDeleted"' if "IsDeleted" in target.fields else "0"
    row = db.execute(
        f"SELECT {deleted} AS deleted, {chr(34) + 'IsActive' + chr(34) if target.name == 'User' else 1} AS active"
        f' FROM {target.table} WHERE "Id" = ?',
        (full,),
    ).fetchone()
    if row is None:
        raise Refused(Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
    if row["deleted"]:
        raise Refused(Problem("ENTITY_IS_DELETED", "entity is deleted"), status=404)
    if one.name == "OwnerId" and not row["active"]:
        raise Refused(
            Problem(
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{full[:15]}] as owner of {object_type.label.lower()}",
            )
        )
    return full


def check_unique(
    db: sqlite3.Connection, object_type: ObjectType, values: dict[str, Any], record_id: str | None
) -> None:
    """Raise Refused when another live record holds a value of a unique field."""
    for one in object_type.unique:
        value = values.get(one.name)
        if value is None:
            continue
        row = db.execute(
            f'SELECT "Id" FROM {object_type.table} WHERE "{one.name}" = ? AND "Id" IS NOT ? AND "IsDeleted" = 0',
            (value, record_id),
        ).fetchone()
        if row is not None:
            raise Refused(
                Problem(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {one.name} duplicates value on record with id: {row['Id']}",
                )
            )

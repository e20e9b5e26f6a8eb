"""Between JSON and what is stored: types, and how the API shows a value."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from simulators.salesforce.errors import CallRefused
from simulators.salesforce.org import stamp
from simulators.salesforce.schema import NUMBERS, Field, ObjectType

DATE = re.compile(r"\d{4}-\d\d-\d\d")
DATETIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def token(value: Any) -> str:
    """The name that Salesforce's JSON parser has for a value."""
    if value is None:
        return "VALUE_NULL"
    if isinstance(value, bool):
        return "VALUE_TRUE" if value else "VALUE_FALSE"
    if isinstance(value, int):
        return "VALUE_NUMBER_INT"
    if isinstance(value, float):
        return "VALUE_NUMBER_FLOAT"
    if isinstance(value, str):
        return "VALUE_STRING"
    return "START_OBJECT" if isinstance(value, dict) else "START_ARRAY"


def mismatch(type_: str, value: Any) -> CallRefused:
    """A value of the wrong JSON type: the whole call is refused, not only its record."""
    shown = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    if isinstance(value, dict):
        shown = "{"
    elif isinstance(value, list):
        shown = "["
    return CallRefused(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {type_} from {token(value)} value {shown} or request may be"
        " missing a required field at [line:1, column:2]",
    )


def moment(text: str) -> str | None:
    """A datetime as it is stored; None when the text is none. Without an offset it is UTC."""
    found = DATETIME.fullmatch(text)
    if not found:
        return text + "T00:00:00.000+0000" if day(text) else None
    fraction = (found[3] or ".0")[:7]
    clock = found[2] if found[2].count(":") == 2 else found[2] + ":00"
    offset = (found[4] or "Z").replace("Z", "+00:00")
    if ":" not in offset:
        offset = offset[:3] + ":" + offset[3:]
    try:
        parsed = datetime.fromisoformat(f"{found[1]}T{clock}{fraction.ljust(7, '0')}{offset}")
    except ValueError:
        return None
    # Salesforce keeps whole seconds of what one writes.
    return stamp(int(parsed.astimezone(UTC).timestamp()))


def day(text: str) -> str | None:
    """A date as it is stored; None when the text is none."""
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def read(one: Field, value: Any) -> Any:
    """The stored form of a JSON value. Raises CallRefused when its JSON type does not fit the field."""
    kind = one.type
    if value is None or value == "":
        if value == "" and kind in (
            "boolean",
            "date",
            "datetime",
            "double",
            "currency",
            "percent",
            "int",
        ):
            raise mismatch(kind, value)
        return 0 if kind == "boolean" and value is None else None
    if kind == "boolean":
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return int(value.lower() == "true")
        raise mismatch(kind, value)
    if kind in ("double", "currency", "percent", "int"):
        if isinstance(value, str) and NUMBER.fullmatch(value):
            value = float(value) if re.search("[.eE]", value) else int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise mismatch(kind, value)
        if kind == "int":
            if isinstance(value, float) and not value.is_integer():
                raise mismatch(kind, value)
            return int(value)
        return float(value)
    if kind in ("date", "datetime"):
        stored = (day if kind == "date" else moment)(value) if isinstance(value, str) else None
        if stored is None:
            raise mismatch(kind, value)
        return stored
    if not isinstance(value, str):
        raise mismatch("string" if kind == "id" else kind, value)
    # Text is trimmed, and blank text is no value, as in the org.
    return value.strip() or None


def show(one: Field, stored: Any) -> Any:
    """The JSON form of a stored value."""
    if one.type == "boolean":
        return bool(stored)
    if stored is None:
        return None
    # A field whose type was changed in Setup may hold values of its former type.
    if one.type in NUMBERS:
        try:
            return int(stored) if one.type == "int" else float(stored)
        except ValueError:
            return None
    return stored if isinstance(stored, str) else f"{stored:g}"


def address(prefix: str, row: dict[str, Any]) -> dict[str, Any] | None:
    """The compound address of the parts `{prefix}Street` ... of a row; None when all are empty."""
    parts = {
        name: row.get(prefix + name[0].upper() + name[1:])
        for name in (
            "city",
            "country",
            "geocodeAccuracy",
            "latitude",
            "longitude",
            "postalCode",
            "state",
            "street",
        )
    }
    return parts if any(value is not None for value in parts.values()) else None


def record(
    object_type: ObjectType,
    row: dict[str, Any],
    base: str,
    fields: list[Field] | None = None,
    *,
    everything: bool,
) -> dict[str, Any]:
    """A record as GET answers it. `base`: path of the API version."""
    shown: dict[str, Any] = {
        "attributes": {
            "type": object_type.name,
            "url": f"{base}/sobjects/{object_type.name}/{row['Id']}",
        }
    }
    for one in fields if fields is not None else object_type.fields.values():
        if not one.visible(everything=everything):
            continue
        if one.type == "address":
            shown[one.name] = address(one.name.removesuffix("Address"), row)
        elif one.name == "PhotoUrl":
            shown[one.name] = f"/services/images/photo/{row['Id']}"
        else:
            shown[one.name] = show(one, row.get(one.name))
    return shown

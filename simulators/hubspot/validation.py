"""Whether a property can hold a value, in HubSpot's words. Pure.

Texts and codes: recorded replies and public issues, except two that no public source shows: the one for a
value that is too long, and those of an admin's validation rules.
"""

from __future__ import annotations

import math
import re
from typing import Any

from simulators.hubspot.errors import Problem, problem, validation
from simulators.hubspot.times import DAY_MS, day_of, is_day, iso, parse_moment

MAX_LENGTH = 65_536
EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}",
    re.IGNORECASE,
)


class BadValue(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def as_text(value: Any) -> str:
    """JSON values as HubSpot takes them: numbers and booleans are turned into strings.

    Raises HubSpotError for an object or a list.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise validation(
            "Invalid input JSON: Cannot deserialize value of type `java.lang.String` from"
            f" {'Object' if isinstance(value, dict) else 'Array'} value"
        )
    return value if isinstance(value, str) else str(value)


def check(definition: dict[str, Any], value: str, *, rules: bool = False) -> str:
    """The value as HubSpot stores it. `rules`: apply the admin's validation rules as well.

    Raises BadValue.
    """
    if value == "":
        return ""
    kind = definition["type"]
    if kind == "number":
        stored = _number(value)
    elif kind == "datetime":
        moment = parse_moment(value.strip())
        if moment is None:
            raise BadValue("INVALID_LONG", f"{value} was not a valid long.")
        stored = iso(moment)
    elif kind == "date":
        stored = _date(value.strip())
    elif kind in ("enumeration", "bool"):
        stored = _option(definition, value)
    elif len(value) > MAX_LENGTH:
        raise BadValue(
            "INVALID_LENGTH",
            f"Property value is too long: {len(value)} characters, at most {MAX_LENGTH} are allowed.",
        )
    elif definition["name"] == "email":
        stored = value.strip().lower()
        if not EMAIL.fullmatch(stored) or ".." in stored:
            raise BadValue("INVALID_EMAIL", f"Email address {value} is invalid")
    else:
        stored = value
    if rules:
        for rule in definition.get("_rules", ()):
            check_rule(rule["ruleType"], [str(a) for a in rule.get("ruleArguments", [])], stored)
    return stored


def _number(value: str) -> str:
    text = value.strip()
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in text:
        raise BadValue("INVALID_INTEGER", f"{value} was not a valid number.")
    return text


def _date(value: str) -> str:
    if is_day(value):
        return value
    moment = parse_moment(value)
    if moment is None:
        raise BadValue("INVALID_LONG", f"{value} was not a valid long.")
    if moment % DAY_MS:
        raise BadValue("INVALID_DATE", f"{value} is at {iso(moment)[11:-1]} UTC, not midnight!")
    return day_of(moment)


def _option(definition: dict[str, Any], value: str) -> str:
    options = definition["options"]
    allowed = {option["value"] for option in options}
    if definition["type"] == "bool" or definition["fieldType"] == "booleancheckbox":
        value = value.lower() if value.lower() in allowed else value
    if not options and definition.get("externalOptions"):
        return value
    chosen = (
        [part.strip() for part in value.split(";") if part.strip()]
        if _many(definition)
        else [value]
    )
    for part in chosen:
        if part not in allowed:
            listed = ", ".join(option["value"] for option in options)
            raise BadValue(
                "INVALID_OPTION", f"{part} was not one of the allowed options: [{listed}]"
            )
    return ";".join(dict.fromkeys(chosen))


def _many(definition: dict[str, Any]) -> bool:
    return bool(definition["fieldType"] == "checkbox")


def check_rule(rule: str, arguments: list[str], value: str) -> None:
    """One rule of HubSpot's property validations API (`ruleType`, `ruleArguments`). Raises BadValue.

    Kinds other than those below are stored and shown, not enforced.
    """
    code, first = f"INVALID_{rule}", arguments[0] if arguments else ""
    if rule == "MIN_LENGTH" and len(value) < int(first):
        raise BadValue(code, f"{value} is too short. It must be at least {first} characters long.")
    if rule == "MAX_LENGTH" and len(value) > int(first):
        raise BadValue(code, f"{value} is too long. It must be at most {first} characters long.")
    if rule == "MIN_NUMBER" and float(value) < float(first):
        raise BadValue(code, f"Enter a number greater than or equal to {first}.")
    if rule == "MAX_NUMBER" and float(value) > float(first):
        raise BadValue(code, f"Enter a number less than or equal to {first}.")
    if rule == "REGEX" and not re.search(first, value):
        raise BadValue(code, f"{value} does not match the required pattern: {first}")
    if rule == "ALPHANUMERIC":
        pattern = {"NUMERIC_ONLY": r"\d+", "LETTERS_ONLY": r"[^\W\d_]+"}.get(first, r"[^\W_]+")
        if not re.fullmatch(pattern, value):
            raise BadValue(
                code, f"{value} holds characters that are not allowed ({first or 'ALPHANUMERIC'})."
            )
    if rule == "DECIMAL" and first.isdigit() and len(value.partition(".")[2]) > int(first):
        raise BadValue(code, f"{value} has more than {first} decimal places.")


def check_all(
    definitions: dict[str, dict[str, Any]], values: dict[str, Any], *, rules: bool = False
) -> tuple[dict[str, str], list[Problem]]:
    """The stored form of the good values, and what is wrong with the others."""
    good: dict[str, str] = {}
    problems: list[Problem] = []
    for name, raw in values.items():
        definition = definitions.get(name)
        if definition is None:
            problems.append(
                problem(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
            )
            continue
        if definition["modificationMetadata"]["readOnlyValue"]:
            kind = (
                "a calculated"
                if definition["calculated"] or name == "hs_object_id"
                else "a read only"
            )
            text = f'"{name}" is {kind} property; its value cannot be set.'
            problems.append(problem(name, "READ_ONLY_VALUE", text))
            continue
        try:
            good[name] = check(definition, as_text(raw), rules=rules)
        except BadValue as bad:
            problems.append(problem(name, bad.code, bad.message))
    return good, problems

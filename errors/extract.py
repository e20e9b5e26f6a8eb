"""Reads the facts that a panel shows out of a refusal, where the engine did not give them.

Pure. What `details` holds already wins; the message fills the gaps. Values come from the CRMs and
are untrusted: escape them wherever they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from errors.automation import automation
from errors.classification import salesforce_nesting as nesting
from errors.classification.envelope import open_up
from errors.classification.result import Classification
from errors.classification.texts import as_text, clean
from errors.types import ErrorType

LONGEST_VALUE = 500
MOST_OPTIONS = 200

_SALESFORCE_ID = r"[0-9a-zA-Z]{15}(?:[0-9a-zA-Z]{3})?"
_OTHER_SALESFORCE = re.compile(rf"duplicates value on record with id: ?({_SALESFORCE_ID})\b")
_SEVERAL_SALESFORCE = re.compile(
    rf"external id field: \[({_SALESFORCE_ID}(?:, ?{_SALESFORCE_ID})*)\]"
)
_DUPLICATE_FIELD = re.compile(r"duplicate value found: (\w+) duplicates value")
_EXISTING_HUBSPOT = re.compile(r"Existing ID: ?(\d+)", re.I)
_COORDINATES = re.compile(
    r"propertyName=(?P<name>\w+), value=(?P<value>.*?)\} on (?P<own>\d+)\. (?P<other>\d+) already"
)
_BLOCKING_ID = re.compile(
    rf"(?:cross-reference id|object id|invalid cross reference id):? ?\[?({_SALESFORCE_ID})\b"
)
_FOREIGN_KEY = re.compile(
    r"[Ff]oreign key external ID: (?P<value>.+?) not found for field (?P<field>\w+) in entity (?P<object>\w+)"
)
_HUBSPOT_BLOCKING = re.compile(r"\b(?P<object>[A-Z_]{4,})=(?P<id>\d+) is not valid")
_LIMIT = re.compile(
    r"max(?:imum)? (?:length|size)(?: of| is)?\s?=? ?(\d[\d,]*)|\(max (\d+)\)|length=(\d+)|at most (\d+) characters"
)
_ASSOCIATION_LIMIT = re.compile(
    r"\b(?:maximum|limit) (?:number )?(?:of |is )?(?P<limit>\d[\d,]{0,8})"
    r"(?: (?:associated )?(?P<counted>[A-Za-z_]{4,40}) (?:records|associations))?",
    re.I,
)
_SCOPE = re.compile(r"\b(?:crm|settings|oauth|automation|files|tickets)(?:\.[a-z_]+){1,4}\b")
_OPTIONS = re.compile(r"(?:allowed options|[Vv]alid options are): ?\[(.*?)(\]|$)")
# From the beginning: without it each letter of a long message would be tried as a beginning.
_OPTION_VALUE = re.compile(
    r"^(?P<value>.+?) (?:was not one of the allowed options|is not a valid pipeline stage)", re.M
)
_VALUES = (
    re.compile(r"restricted picklist field: (?P<value>.+?)(?:: \[\w*\].*)?$"),
    re.compile(r"data value too large: (?P<value>.+?) \(max length"),
    re.compile(r"invalid email address: (?P<value>\S+)"),
    re.compile(r"Email address (?P<value>.+?) is invalid"),
    re.compile(r"^(?P<value>.+?) was not a valid \w+"),
    re.compile(r"id value of incorrect type: (?P<value>.+?)(?:: \[.*)?$"),
    re.compile(r"valid range on numeric field: (?P<value>\S+)"),
    re.compile(r"from VALUE_\w+ value (?P<value>.+?) or request"),
    re.compile(r"^(?P<value>\d+) is at "),
)
_NAMED_FIELD = (
    re.compile(r"fields are missing: \[(?P<name>\w+)"),
    re.compile(r"create/update fields: (?P<name>\w+)"),
    re.compile(r"No such column '(?P<name>\w+)'"),
    re.compile(r"external ID field does not exist or is not accessible: (?P<name>\w+)"),
    re.compile(r": \[(?P<name>[A-Za-z]\w*)[\],]"),
)
_NAMED_PROPERTY = re.compile(
    r"""[Pp]roperty \W{0,7}["'](?P<name>\w+)\W|^\W{0,3}"(?P<name2>\w+)\W{1,3} is a """
)
_INVALID_VALUE_TYPES = frozenset(
    {ErrorType.PICKLISTS, ErrorType.PROPERTY_VALUES, ErrorType.PROPERTY_MAPPINGS}
)


class FailureLike(Protocol):
    """What is read of a failure; `integrations.outcomes.Failure` fits."""

    @property
    def system(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


def describe_failure(*, failure: FailureLike, classification: Classification) -> dict[str, Any]:
    """JSON-able facts for the panel: the failure's details, completed from its message.

    Keys that may be there beside those of the engine: system, api_code, message, fields,
    raised_inside, hubspot_property, salesforce_field, value, duplicate, blocking_record, rule, automation
    (kind, name, package), limit (a number), limit_of (what an association limit counts), allowed_options
    and scopes (lists). Keys without a fact are left out. Never raises.
    """
    given = (failure.details or {}).items()
    facts: dict[str, Any] = {str(k): v for k, v in given if v not in (None, "", [], {})}
    text = _telling_text(failure, classification)
    found: dict[str, Any] = {
        "system": as_text(failure.system),
        "api_code": classification.code or as_text(failure.code),
        "message": clean(failure.message)[:4000],
        "fields": list(classification.fields),
        "raised_inside": classification.raised_inside,
        **_names(failure, classification, text),
        "value": _value(classification, text),
        "duplicate": _duplicate(text),
        "blocking_record": _blocking(classification, text, as_text(failure.message)),
        "rule": _rule(classification, text),
        "automation": _automation(classification, text, as_text(failure.message)),
        **_limits(classification, text),
        "allowed_options": _options(text),
        "scopes": _scopes(classification, as_text(failure.message)),
    }
    for key, value in found.items():
        if value not in (None, "", [], {}):
            if isinstance(value, dict) and isinstance(facts.get(key), Mapping):
                facts[key] = {**value, **facts[key]}
            else:
                facts.setdefault(key, value)
    return facts


def _telling_text(failure: FailureLike, classification: Classification) -> str:
    """The sentence that the classification rests on, freed of JSON and of outer wrappers."""
    findings = open_up(
        code=as_text(failure.code), message=failure.message, fields=(), details=failure.details
    )
    code = classification.code
    same = [f.message for f in findings if code and f.code.upper() == code and f.message]
    every = same or [f.message for f in findings if f.message] or [""]
    telling = (t for t in every if any(rule.search(t) for rule in (_OPTION_VALUE, *_VALUES)))
    text = next(telling, every[0])
    return nesting.innermost(text)[1] if classification.raised_inside else text


def _names(
    failure: FailureLike, classification: Classification, text: str
) -> dict[str, str | None]:
    own = "salesforce_field" if failure.system == "salesforce" else "hubspot_property"
    if failure.code == "SYNC_PARENT_NOT_SYNCED":  # it names the lookup, whichever side waits
        own = "salesforce_field"
    name = next(iter(classification.fields), "")
    if not name and own == "salesforce_field":
        rules = (_DUPLICATE_FIELD, *_NAMED_FIELD)
        name = next((m.group(m.lastindex or 1) for r in rules if (m := r.search(text))), "")
    elif not name:
        match = _NAMED_PROPERTY.search(text)
        place = _COORDINATES.search(text)
        name = (match.group("name") or match.group("name2")) if match else ""
        name = name or (place.group("name") if place else "")
    return {own: name or None}


def _value(classification: Classification, text: str) -> str | None:
    if place := _COORDINATES.search(text):
        return place.group("value")[:LONGEST_VALUE]
    if foreign := _FOREIGN_KEY.search(text):
        return foreign.group("value")[:LONGEST_VALUE]
    if classification.type not in _INVALID_VALUE_TYPES:
        return None
    rules = (_OPTION_VALUE, *_VALUES)
    match = next((m for r in rules if (m := r.search(text))), None)
    # Validation messages of HubSpot put the property's name first: `confirmed: Veza was not …`.
    return match.group("value").strip()[:LONGEST_VALUE] if match else None


def _duplicate(text: str) -> dict[str, str] | None:
    if place := _COORDINATES.search(text):
        return {"hubspot_id": place.group("other"), "value": place.group("value")[:LONGEST_VALUE]}
    if match := _EXISTING_HUBSPOT.search(text):
        return {"hubspot_id": match.group(1)}
    if match := _OTHER_SALESFORCE.search(text) or _SEVERAL_SALESFORCE.search(text):
        return {"salesforce_id": match.group(1).split(",")[0]}
    return None


def _blocking(classification: Classification, text: str, whole: str) -> dict[str, str] | None:
    if classification.type not in (ErrorType.ASSOCIATIONS, ErrorType.PERMISSIONS):
        return None
    if foreign := _FOREIGN_KEY.search(text):
        return {"object": foreign.group("object"), "label": foreign.group("value")[:200]}
    if match := _HUBSPOT_BLOCKING.search(whole):
        return {"object": match.group("object").lower(), "hubspot_id": match.group("id")}
    if classification.type is ErrorType.ASSOCIATIONS and (match := _BLOCKING_ID.search(text)):
        return {"salesforce_id": match.group(1)}
    return None


def _rule(classification: Classification, text: str) -> str | None:
    # A validation rule has no name in its message: its words stand for it, and one trigger may pass
    # on the words of many rules.
    if (
        classification.type is not ErrorType.CUSTOM_CODE
        or classification.cause == "validation-rule"
    ):
        return None
    if classification.raised_inside:
        return classification.raised_inside
    return nesting.outermost(text) or None


def _automation(classification: Classification, text: str, whole: str) -> dict[str, str] | None:
    if classification.type is not ErrorType.CUSTOM_CODE:
        return None
    # Inside a wrapper the telling sentence is the innermost; who raised it stands around it.
    inside = bool(classification.raised_inside)
    around = whole if inside else text
    return automation(cause=classification.cause, text=around or whole, inside=inside)


def _limits(classification: Classification, text: str) -> dict[str, Any]:
    if classification.type is ErrorType.ASSOCIATIONS:
        found = _ASSOCIATION_LIMIT.search(text)
        if not found:
            return {}
        return {
            "limit": int(found["limit"].replace(",", "")),
            "limit_of": (found["counted"] or "").lower(),
        }
    match = _LIMIT.search(text)
    digits = next((g for g in match.groups() if g), "") if match else ""
    # More digits than any length has are a value, not a limit.
    return {"limit": int(digits.replace(",", "")) if 0 < len(digits) <= 12 else None}


def _scopes(classification: Classification, whole: str) -> list[str] | None:
    if classification.cause != "missing-scope":
        return None
    return sorted(set(_SCOPE.findall(whole))) or None


def _options(text: str) -> list[str] | None:
    match = _OPTIONS.search(text)
    if not match:
        return None
    labels = re.findall(r'label: \\?"([^"\\]+)', match.group(1))
    options = labels or [part.strip() for part in match.group(1).split(",")]
    # In a list that was cut off, the last option may be half a word.
    whole = options if match.group(2) or labels else options[:-1]
    return [o for o in whole if o][:MOST_OPTIONS] or None

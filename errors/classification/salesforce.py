"""Judges one Salesforce finding: the code decides; words only refine the codes named below.

Validation rules print any text, and platform texts follow the language of the connected user.
So a rule on words stands behind a code, never in front of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from errors.classification import salesforce_nesting as nesting
from errors.classification.result import UNKNOWN, Classification, Finding
from errors.classification.salesforce_codes import EMPTY_CODES, HTTP_PLACES, WRAPPERS, place_of
from errors.classification.salesforce_refinements import refine
from errors.classification.salesforce_texts import code_of_phrase
from errors.classification.texts import canonical_code
from errors.types import ErrorType

Place = tuple[ErrorType, str]

# What an inner error of these types means for the record is the same as without automation
# around it. An inner right or mapping is the automation's own, not the sync's.
_PASSES_THROUGH = frozenset(
    {
        ErrorType.DUPLICATES,
        ErrorType.PICKLISTS,
        ErrorType.PROPERTY_VALUES,
        ErrorType.ASSOCIATIONS,
    }
)
_PACKAGE_FIELD = re.compile(r"\b[A-Za-z]\w*?__\w+?__c\b")
_SERVER_FAULT = re.compile(r"unexpected error|contact support|ErrorId|gack|internal server", re.I)


def judge(finding: Finding) -> Classification:
    """Type and cause of one Salesforce error; unknown codes are Other, never a guess."""
    code, text = _code_and_text(finding)
    wrapped = code in WRAPPERS
    if wrapped:
        return _judge_wrapper(code, text, finding)
    place = place_of(code) or HTTP_PLACES.get(code)
    if place is None:
        return Classification(ErrorType.OTHER, UNKNOWN, code, "", finding.fields)
    fields = finding.fields or _bracketed(text)
    kind, cause = refine(code, text, fields, finding.details) or place
    return Classification(kind, cause, code, "", fields)


def _code_and_text(finding: Finding) -> tuple[str, str]:
    code, text = canonical_code(finding.code), finding.message
    ahead, rest = nesting.leading_code(text)
    if ahead and ahead == code:
        return code, rest
    if place_of(code) and code not in EMPTY_CODES and not code.startswith("HTTP_"):
        return code, text
    if place_of(ahead):
        return ahead, rest
    if code and code not in EMPTY_CODES and not code.startswith("HTTP_"):
        # A code nobody has placed; only an Apex frame in its text says more.
        return nesting.any_known_code(text) if "first error:" in text else (code, text)
    inner, rest = nesting.any_known_code(text)
    return (inner, rest) if inner else (code_of_phrase(text) or code, text)


def _judge_wrapper(code: str, text: str, finding: Finding) -> Classification:
    by = nesting.outermost(text)
    own = _own_failure(code, text)
    inner, rest = nesting.innermost(text)
    fields = finding.fields or _bracketed(rest)
    if not inner:
        kind, cause = own
        return Classification(kind, cause, code, by, fields)
    place = place_of(inner) or (ErrorType.OTHER, UNKNOWN)
    kind, cause = refine(inner, rest, fields, finding.details) or place
    if code == "UNKNOWN_EXCEPTION" and not (by or _is_automation(text)):
        return Classification(kind, cause, inner, by, fields)
    if kind is ErrorType.CUSTOM_CODE:
        return Classification(kind, cause, inner, by, fields)
    if kind is ErrorType.DUPLICATES and _PACKAGE_FIELD.search(rest):
        return Classification(ErrorType.CUSTOM_CODE, "packaged-automation", inner, by, fields)
    if nesting.tells_of_limit(text) and cause == "rate-limited":
        return Classification(ErrorType.CUSTOM_CODE, "automation-limit", inner, by, fields)
    transient = kind is ErrorType.OTHER and cause != UNKNOWN
    if kind in _PASSES_THROUGH or transient:
        return Classification(kind, cause, inner, by, fields)
    if kind is ErrorType.OTHER:
        return Classification(*own, inner, by, fields)
    return Classification(ErrorType.CUSTOM_CODE, "automation-access", inner, by, fields)


def _is_automation(text: str) -> bool:
    return nesting.tells_of_apex(text) or nesting.tells_of_flow(text)


def _own_failure(code: str, text: str) -> Place:
    """Where a wrapper belongs that holds no inner code."""
    apex, flow = nesting.tells_of_apex(text), nesting.tells_of_flow(text)
    if code == "UNKNOWN_EXCEPTION" and nesting.tells_of_interview(text):
        return (ErrorType.CUSTOM_CODE, "flow")
    if code == "UNKNOWN_EXCEPTION" and not apex:
        return (ErrorType.OTHER, "platform-unavailable" if _SERVER_FAULT.search(text) else UNKNOWN)
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and text and not (apex or flow):
        # Without a trigger the platform itself refuses: no record type, or an object that this
        # user cannot edit through the API.
        record_type = re.search(r"record ?type", text, re.I)
        return (
            ErrorType.PERMISSIONS,
            "record-type-missing" if record_type else "object-permission",
        )
    if nesting.tells_of_limit(text):
        return (ErrorType.CUSTOM_CODE, "automation-limit")
    if code in ("CANNOT_EXECUTE_FLOW_TRIGGER", "FLOW_EXCEPTION") or (flow and not apex):
        return (ErrorType.CUSTOM_CODE, "flow")
    return (ErrorType.CUSTOM_CODE, "apex-trigger")


_RECORD_ID = re.compile(r"^(?=\w*\d)[0-9a-zA-Z]{15}(?:[A-Z0-9]{3})?$")
_BRACKETS = re.compile(r": \[([\w, ]+)\]")


def _bracketed(text: str) -> tuple[str, ...]:
    """Field names as Apex prints them after the text: `: [BillingStateCode]`."""
    match = _BRACKETS.search(text)
    names = match.group(1).split(",") if match else []
    stripped = (n.strip() for n in names)
    return tuple(n for n in stripped if n[:1].isalpha() and not _RECORD_ID.match(n))


Judge = Callable[[Finding], Classification]

"""HubSpot's error bodies, read: from what is wrapped in categories and JSON in texts to plain failures. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.clients.results import CallRefused, ConnectionFault, CrmFault, TransientFault
from integrations.outcomes import Failure, System

# "Property values were not valid: [{…}]": JSON in a text, now and then cut off or badly quoted.
LOOSE_CODE = re.compile(r'"error":\s*"([A-Z_]+)"')
LOOSE_NAME = re.compile(r'"name":\s*"(\w+)"')
NAMED_PROPERTY = re.compile(r'[Pp]roperty "([\w.]+)"|propertyName=(\w+)')
EXISTING_ID = re.compile(r"Existing ID:\s*(\d+)")
VALUE_TAKEN = re.compile(r"(\d+) already has that value")
TAKEN_VALUE = re.compile(r"\bvalue=(.+?)\} on ")
# Not an error: there was nothing to read.
NOTHING_FOUND = "crm.associations.NO_ASSOCIATIONS_FOUND"
# Too busy, locked, or moving between data centres: the call was not carried out.
NOT_PROCESSED = frozenset({423, 429, 477})


def failures_of(error: Mapping[str, Any]) -> tuple[Failure, ...]:
    """Everything that an error body (of a call, or of one row of a batch) says is wrong; at least one failure.

    The code is the innermost one that is named: in `errors[]`, in the JSON inside the message, then the
    subcategory, then the category.
    """
    message = str(error.get("message") or "")
    found = [_nested(inner, error) for inner in _inner_errors(error)]
    if not found:
        sub = str(error.get("subCategory") or "")
        code = str(
            error.get("code") or sub or error.get("category") or error.get("errorType") or "UNKNOWN"
        )
        found = [_failure(code, message, _names(error), error)]
    return tuple(found)


def _inner_errors(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = error.get("errors") or error.get("validationResults")
    listed = listed if isinstance(listed, list) else []
    for inner in listed:
        if isinstance(inner, Mapping):
            deeper = list(_inner_errors(inner))
            yield from deeper or [inner]
    if listed:
        return
    message = str(error.get("message") or "")
    start = message.find("[{")
    if start < 0:
        return
    try:
        parsed, _ = json.JSONDecoder().raw_decode(message[start:])
    except ValueError:
        code, name = LOOSE_CODE.search(message), LOOSE_NAME.search(message)
        if code:
            yield {"error": code[1], "name": name[1] if name else "", "message": message}
        return
    for entry in parsed:
        if isinstance(entry, Mapping) and not entry.get("isValid"):
            yield entry


def _nested(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> Failure:
    code = (
        inner.get("code") or inner.get("error") or inner.get("subCategory") or inner.get("category")
    )
    fallback = outer.get("subCategory") or outer.get("category") or "UNKNOWN"
    message = str(inner.get("message") or outer.get("message") or "")
    return _failure(
        str(code or fallback), message, _names(inner) or _names(outer), {**outer, **inner}
    )


def _names(error: Mapping[str, Any]) -> tuple[str, ...]:
    context = error.get("context") if isinstance(error.get("context"), Mapping) else {}
    assert isinstance(context, Mapping)
    for key in ("propertyName", "properties", "name"):
        if value := context.get(key):
            return tuple(str(name) for name in value) if isinstance(value, list) else (str(value),)
    if error.get("name"):
        return (str(error["name"]),)
    found = NAMED_PROPERTY.search(str(error.get("message") or ""))
    return (found[1] or found[2],) if found else ()


def _failure(code: str, message: str, fields: tuple[str, ...], error: Mapping[str, Any]) -> Failure:
    details: dict[str, Any] = {}
    for key, name in (
        ("subCategory", "sub_category"),
        ("category", "category"),
        ("correlationId", "correlation_id"),
    ):
        if error.get(key):
            details[name] = str(error[key])
    context = error.get("context")
    if isinstance(context, Mapping) and (scopes := context.get("requiredGranularScopes")):
        details["scopes"] = (
            [str(one) for one in scopes] if isinstance(scopes, list) else [str(scopes)]
        )
    if other := EXISTING_ID.search(message) or VALUE_TAKEN.search(message):
        details["duplicate"] = {"hubspot_id": other[1]}
        if value := TAKEN_VALUE.search(message):
            details["duplicate"]["value"] = value[1]
    return Failure(System.HUBSPOT, code, message, fields, details)


def trace_of(error: Mapping[str, Any]) -> str:
    """The objectWriteTraceId that a row's error answers, from either place where it is known to stand."""
    context = error.get("context")
    found = context.get("objectWriteTraceId") if isinstance(context, Mapping) else None
    found = found or error.get("objectWriteTraceId") or ""
    return str(found[0] if isinstance(found, list) and found else found)


def fault_of(status: int, body: Any, *, retry_after: float | None, writes: bool) -> CrmFault:
    """What an answer of 400 or more means for the call. `writes`: it was not one that only reads."""
    error = (
        body
        if isinstance(body, Mapping)
        else {"category": f"HTTP_{status}", "message": str(body)[:500]}
    )
    failures = failures_of(error)
    code, message, system = failures[0].code, failures[0].message, System.HUBSPOT.value
    if status == 401:
        return ConnectionFault(code, message, system)
    if status == 429 and error.get("policyName") == "DAILY":
        return ConnectionFault("DAILY_LIMIT", message, system, retry_after)
    if status in NOT_PROCESSED:
        return TransientFault(code, message, system, retry_after)
    if status >= 500:
        return TransientFault(code, message, system, retry_after, maybe_applied=writes)
    return CallRefused(failures, status=status)

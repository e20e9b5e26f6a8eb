"""Salesforce's error bodies, read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from integrations import own_words
from integrations.clients.results import CallRefused, ConnectionFault, CrmFault, TransientFault
from integrations.outcomes import Failure, System

# What stops the connection as a whole, whichever record it was asked about.
STOPS = frozenset(
    {
        "INVALID_SESSION_ID",
        "REQUEST_LIMIT_EXCEEDED",
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
        "INVALID_LOGIN",
        "ORG_LOCKED",
        "LOGIN_DURING_RESTRICTED_DOMAIN",
        "LOGIN_DURING_RESTRICTED_TIME",
    }
)
# Said of a row that was taken down with others: never why it failed.
NOT_A_CAUSE = frozenset({"ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED"})
# A row refused for these may well be accepted at once when it is sent again.
WORTH_A_SECOND_TRY = frozenset({"UNABLE_TO_LOCK_ROW", *NOT_A_CAUSE})
OTHER_RECORD = re.compile(r"\bwith id:? *([a-zA-Z0-9]{15,18})\b")
CONCURRENT_WAIT = (
    20.0  # seconds: requests that run longer than this are the ones that count as concurrent
)


def failure_of(error: Mapping[str, Any]) -> Failure:
    """One entry of a row's or a call's error list (`statusCode` in collections, `errorCode` elsewhere)."""
    code = str(
        error.get("statusCode")
        or error.get("errorCode")
        or error.get("error")
        or "UNKNOWN_EXCEPTION"
    )
    message = str(error.get("message") or error.get("error_description") or "")
    fields = error.get("fields") or ()
    details: dict[str, Any] = {}
    if other := other_record(code, message, error.get("duplicateResult")):
        details["duplicate"] = {"salesforce_id": other}
    return Failure(
        system=System.SALESFORCE,
        code=code,
        message=message,
        fields=tuple(str(name) for name in fields) if isinstance(fields, list | tuple) else (),
        details=details,
    )


def other_record(code: str, message: str, duplicate_result: Any = None) -> str:
    """The id of the record that has the value already, where the error names it; else empty."""
    if code == "DUPLICATE_VALUE" and (found := OTHER_RECORD.search(message)):
        return found[1]
    if isinstance(duplicate_result, Mapping):
        for match in duplicate_result.get("matchResults") or ():
            for record in match.get("matchRecords") or ():
                if record_id := (record.get("record") or {}).get("Id"):
                    return str(record_id)
    return ""


def failures_of(errors: Iterable[Any]) -> tuple[Failure, ...]:
    """Every error of a list, causes before the codes that only say that a row went down with others."""
    found = [failure_of(error) for error in errors if isinstance(error, Mapping)]
    causes = [failure for failure in found if failure.code not in NOT_A_CAUSE]
    return tuple(causes or found) or (
        Failure(
            System.SALESFORCE,
            "UNKNOWN_EXCEPTION",
            own_words.NO_REASON.of(),
        ),
    )


def fault_of(status: int, content: Any, *, writes: bool) -> CrmFault:
    """What an answer of 300 or more means for the call; `writes`: it was not one that only reads."""
    errors = content if isinstance(content, list) else [content]
    if status == 300:
        errors = [
            {
                "errorCode": "DUPLICATE_EXTERNAL_ID",
                "message": "More than one record has this external id.",
            }
        ]
    elif not any(isinstance(error, Mapping) for error in errors):
        errors = [{"errorCode": f"HTTP_{status}", "message": str(content)[:500]}]
    failures = failures_of(errors)
    code, message, system = failures[0].code, failures[0].message, System.SALESFORCE.value
    if code == "REQUEST_LIMIT_EXCEEDED" and message.startswith("Concurrent"):
        return TransientFault(code, message, system, CONCURRENT_WAIT)
    if code in STOPS or status == 401:
        return ConnectionFault(code, message, system)
    if status >= 500:
        return TransientFault(code, message, system, maybe_applied=writes)
    return CallRefused(failures, status=status)

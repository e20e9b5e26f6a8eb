"""Places a failure of the sync: from system, code, message and fields to an error type and cause.

Pure: no database, no settings, no clock. To add a cause, add one entry to `errors/catalogue/` and
one rule here: a line in `classification/salesforce_codes.py` or `hubspot_codes.py` where a code
says it, a refinement or a text rule where only the message does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from errors.classification import engine, hubspot, salesforce
from errors.classification.envelope import open_up
from errors.classification.hubspot_codes import place_of as hubspot_place
from errors.classification.result import UNKNOWN, Classification, Finding
from errors.classification.salesforce_codes import EMPTY_CODES
from errors.classification.salesforce_codes import place_of as salesforce_place
from errors.classification.texts import as_text, canonical_code
from errors.types import ErrorType

__all__ = ["UNKNOWN", "Classification", "classify"]


def classify(
    *,
    system: str,
    code: str,
    message: str,
    fields: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
) -> Classification:
    """Type, cause and innermost code of one refused record.

    `system` is "salesforce" or "hubspot", `code` the vendor's code or one of ours (SYNC_…), `fields`
    the names that the vendor gave. `details` may carry facts of a describe (`permissionable`,
    `updateable`, `calculated`, `field_type`), `sub_category` and `errors`. Of several errors the one
    with the widest reach is chosen. Never raises: what cannot be placed is Other, "unknown".
    """
    names = _names(fields)
    facts = details if isinstance(details, Mapping) else {}
    findings = open_up(code=as_text(code), message=message, fields=names, details=facts)
    outer = findings[-1]
    if canonical_code(code).startswith(engine.PREFIX):
        return engine.judge(outer, system=as_text(system).strip().lower())
    judge = _judge_of(as_text(system).strip().lower(), canonical_code(code))
    inner = [judge(_with_facts(f, outer)) for f in findings[:-1]]
    placed = [c for c in inner if c.type is not ErrorType.OTHER]
    if placed:
        return min(placed, key=lambda c: c.reach)
    whole = judge(outer)
    if inner and (whole.type is ErrorType.OTHER or whole.cause == "invalid-value"):
        return next((c for c in inner if c.cause != UNKNOWN), whole)
    return whole


def _judge_of(system: str, code: str) -> salesforce.Judge:
    """The vendor's judge; a code that only the other vendor has goes to that one."""
    known_to_salesforce = bool(salesforce_place(code)) and not code.startswith("HTTP_")
    if system.startswith("h"):
        other = known_to_salesforce and not hubspot_place(code)
        return salesforce.judge if other and code not in EMPTY_CODES else hubspot.judge
    if system.startswith("s"):
        return salesforce.judge
    return salesforce.judge if known_to_salesforce else hubspot.judge


def _with_facts(finding: Finding, outer: Finding) -> Finding:
    """An inner finding with the describe facts that were given for the whole failure."""
    return Finding(
        finding.code,
        finding.message,
        finding.fields or outer.fields,
        finding.sub_category,
        outer.details,
    )


def _names(fields: Any) -> tuple[str, ...]:
    if isinstance(fields, str):
        return tuple(n for n in fields.replace(";", ",").replace(" ", "").split(",") if n)
    try:
        return tuple(as_text(n).strip() for n in fields or () if n)
    except TypeError:
        return ()

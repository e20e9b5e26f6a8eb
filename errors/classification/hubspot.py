"""Judges one HubSpot finding: sub-category, then code, then the text behind a bare category."""

from __future__ import annotations

import re

from errors.classification.hubspot_codes import TEXT_FIRST, place_of
from errors.classification.hubspot_texts import place_of_text
from errors.classification.result import UNKNOWN, Classification, Finding
from errors.classification.texts import canonical_code
from errors.types import ErrorType

_WORD = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b")


def judge(finding: Finding) -> Classification:
    """Type and cause of one HubSpot error; what no rule knows is Other."""
    code, sub = canonical_code(finding.code), canonical_code(finding.sub_category)
    text = finding.message
    named = place_of(code)
    place = (
        place_of(sub)
        or (named if code not in TEXT_FIRST else None)
        or place_of_text(text)
        or named
        or _place_in_text(text)
        or (ErrorType.OTHER, UNKNOWN)
    )
    kind, cause = place
    if cause == "hubspot-record-exists" and "email" in {f.lower() for f in finding.fields}:
        cause = "email-already-in-use"
    return Classification(kind, cause, code or sub, "", finding.fields)


def _place_in_text(text: str) -> tuple[ErrorType, str] | None:
    return next((p for m in _WORD.finditer(text) if (p := place_of(m.group(1)))), None)

"""One failure, judged: which error it belongs to and what that error's panel shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from errors.classifier import classify
from errors.extract import describe_failure
from errors.fingerprints import fingerprint
from integrations.outcomes import Failure, Outcome


@dataclass(frozen=True, slots=True)
class Judgement:
    fingerprint: UUID
    type: str
    code: str  # the cause
    details: dict[str, Any]


def judge(*, connection_id: int, outcome: Outcome, failure: Failure) -> Judgement:
    """The error that `failure` of `outcome` belongs to. Pure; never raises for what a CRM sent."""
    classification = classify(
        system=failure.system,
        code=failure.code,
        message=failure.message,
        fields=failure.fields,
        details=failure.details,
    )
    return Judgement(
        fingerprint=fingerprint(
            connection_id=connection_id,
            classification=classification,
            record=outcome.record,
            direction=outcome.direction,
            failure=failure,
        ),
        type=classification.type.value,
        code=classification.cause,
        details=describe_failure(failure=failure, classification=classification),
    )


def storable(value: Any) -> Any:
    """`value` without NUL characters, which PostgreSQL stores neither in text nor in JSON."""
    if isinstance(value, str):
        return value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    return value

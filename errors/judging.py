"""One failure, judged: which error it belongs to and what that error's panel shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integrations.outcomes import Failure, Outcome


@dataclass(frozen=True, slots=True)
class Judgement:
    fingerprint: UUID
    type: str
    code: str  # the cause
    details: dict[str, Any]


def judge(*, connection_id: int, outcome: Outcome, failure: Failure) -> Judgement:
    """The error that `failure` of `outcome` belongs to. Pure; never raises for what a CRM sent."""
    from errors.classifier import classify
    from errors.extract import describe_failure
    from errors.fingerprints import fingerprint
    from errors.folding import storable

    classification = classify(
        system=failure.system,
        code=failure.code,
        message=failure.message,
        fields=failure.fields,
        details=failure.details,
    )
    details = describe_failure(failure=failure, classification=classification)
    return Judgement(
        fingerprint=fingerprint(
            connection_id=connection_id,
            classification=classification,
            record=outcome.record,
            direction=outcome.direction,
            failure=failure,
        ),
        type=classification.type,
        code=classification.cause,
        details=storable(
            {
                **details,
                "message": failure.message,
                "system": failure.system,
                "api_code": failure.code,
            }
        ),
    )

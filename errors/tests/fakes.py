"""Outcomes for tests, with a judge whose rules a reader can see: the failure's code says type and cause."""

from __future__ import annotations

import uuid
from typing import Any

from errors.judging import Judgement
from integrations.models import Connection
from integrations.outcomes import Direction, Failure, Outcome, RecordRef, Status


def simple_judge(*, connection_id: int, outcome: Outcome, failure: Failure) -> Judgement:
    """A failure with code `picklists/bad-value` and message `x` is the error (picklists, bad-value, x)."""
    kind, _, cause = failure.code.partition("/")
    return Judgement(
        fingerprint=uuid.uuid5(
            uuid.NAMESPACE_OID,
            f"{connection_id}|{outcome.direction}|{failure.code}|{failure.message}",
        ),
        type=kind,
        code=cause or "unknown",
        details={"message": failure.message, "system": failure.system, "api_code": failure.code},
    )


def make_connection(**values: Any) -> Connection:
    number = uuid.uuid4().int % 10**9
    return Connection.objects.create(
        **{
            "name": f"Connection {number}",
            "hub_id": str(number),
            "hubspot_base_url": "http://hubspot.invalid",
            "hubspot_app_url": "http://hubspot.invalid",
            "sf_org_id": f"00D{number:012d}",
            "salesforce_login_url": "http://salesforce.invalid",
            "sf_instance_url": "http://salesforce.invalid",
            **values,
        }
    )


def contact(number: int | str, *, salesforce_id: str = "", **values: Any) -> RecordRef:
    return RecordRef(
        **{
            "hubspot_object": "contacts",
            "salesforce_object": "Contact",
            "hubspot_id": str(number),
            "salesforce_id": salesforce_id,
            "label": f"Contact {number}",
            **values,
        }
    )


def failure(code: str, message: str = "No.") -> Failure:
    return Failure(system="salesforce", code=code, message=message)


def failed(
    record: RecordRef, *codes: str, message: str = "No.", direction: str = Direction.TO_SALESFORCE
) -> Outcome:
    return Outcome(
        record=record,
        direction=direction,
        status=Status.FAILED,
        failures=tuple(failure(code, message) for code in codes),
    )


def synced(record: RecordRef, *, direction: str = Direction.TO_SALESFORCE) -> Outcome:
    return Outcome(record=record, direction=direction, status=Status.SYNCED)


def skipped(record: RecordRef, *, direction: str = Direction.TO_SALESFORCE) -> Outcome:
    return Outcome(record=record, direction=direction, status=Status.SKIPPED)

"""The facts of a panel, read out of real messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors.classifier import classify
from errors.extract import describe_failure


@dataclass
class Refusal:
    system: str
    code: str
    message: str
    fields: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


def facts_of(failure: Refusal) -> dict[str, Any]:
    found = classify(
        system=failure.system,
        code=failure.code,
        message=failure.message,
        fields=failure.fields,
        details=failure.details,
    )
    return describe_failure(failure=failure, classification=found)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            Refusal("hubspot", "CONFLICT", "Contact already exists. Existing ID: 12345"),
            {"duplicate": {"hubspot_id": "12345"}},
        ),
        (
            Refusal(
                "salesforce",
                "DUPLICATE_VALUE",
                "duplicate value found: Tax__c duplicates value on record with id: 001Vr00000m4eGCIAY",
            ),
            {"salesforce_field": "Tax__c", "duplicate": {"salesforce_id": "001Vr00000m4eGCIAY"}},
        ),
        (
            Refusal(
                "hubspot",
                "UNIQUE_VALUE_CONFLICT",
                "Cannot set PropertyValueCoordinates{portalId=1, objectTypeId=X{a=B}, propertyName=tax_id, value=77-A} on 483. 510 already has that value.",
            ),
            {
                "hubspot_property": "tax_id",
                "value": "77-A",
                "duplicate": {"hubspot_id": "510", "value": "77-A"},
            },
        ),
        (
            Refusal(
                "salesforce",
                "STRING_TOO_LONG",
                "Billing City: data value too large: Giugliano in Campania (max length=40)",
                ("BillingCity",),
            ),
            {"salesforce_field": "BillingCity", "value": "Giugliano in Campania", "limit": 40},
        ),
        (
            Refusal(
                "hubspot",
                "VALIDATION_ERROR",
                'Property values were not valid: [{"isValid":false,"message":"Gold was not one of the allowed options: [Silver, Bronze]","error":"INVALID_OPTION","name":"tier"}]',
            ),
            {"hubspot_property": "tier", "value": "Gold", "allowed_options": ["Silver", "Bronze"]},
        ),
        (
            Refusal(
                "salesforce",
                "INVALID_FIELD",
                "Foreign key external ID: 0099 not found for field SAP_Id__c in entity Account",
            ),
            {"blocking_record": {"object": "Account", "label": "0099"}},
        ),
        (
            Refusal(
                "salesforce",
                "CANNOT_EXECUTE_FLOW_TRIGGER",
                "We can't save this record because the “Case Close” process failed.",
            ),
            {"rule": "Case Close"},
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Refusal) else "",
)
def test_the_message_gives_what_the_details_lack(
    failure: Refusal, expected: dict[str, Any]
) -> None:
    facts = facts_of(failure)

    assert {key: facts.get(key) for key in expected} == expected


def test_what_the_engine_knows_wins_over_the_message() -> None:
    details = {"value": "the whole value", "duplicate": {"value": "a@b.c"}}
    failure = Refusal("hubspot", "CONFLICT", "Contact already exists. Existing ID: 7", (), details)

    facts = facts_of(failure)

    assert facts["value"] == "the whole value"
    assert facts["duplicate"] == {"hubspot_id": "7", "value": "a@b.c"}


@given(
    message=st.text(max_size=200),
    code=st.sampled_from(["", "VALIDATION_ERROR", "CONFLICT", "INVALID_FIELD", "STRING_TOO_LONG"]),
    system=st.sampled_from(["hubspot", "salesforce"]),
)
@settings(max_examples=150, deadline=None)
def test_no_message_makes_it_raise(message: str, code: str, system: str) -> None:
    assert facts_of(Refusal(system, code, message))["system"] == system


@pytest.mark.parametrize(
    "part",
    ["AAAA_", "Class.acme__Handler.method1: line 2, column 1 ", "Email address ", "((((", "a: "],
)
def test_a_message_of_any_length_is_read(part: str) -> None:
    """Each rule reads it once: where one began anew at each letter, these took minutes."""
    message = part * (200_000 // len(part))
    found = facts_of(Refusal("salesforce", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message))

    assert len(found["message"]) == 4000

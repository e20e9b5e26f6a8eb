"""Which failures fold into one error, and which do not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from errors.classifier import classify
from errors.fingerprints import fingerprint, normalise_message

JANE = ("101", "0035g00000AbCdE")
JOHN = ("202", "0035g00000XyZaB")


@dataclass(frozen=True)
class Record:
    hubspot_id: str = JANE[0]
    salesforce_id: str = JANE[1]
    hubspot_object: str = "contacts"
    salesforce_object: str = "Contact"


@dataclass(frozen=True)
class Refusal:
    system: str
    code: str
    message: str = ""
    fields: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


OF_JANE = Record()
OF_JOHN = Record(*JOHN)


def of(
    failure: Refusal,
    record: Record = OF_JANE,
    *,
    connection_id: int = 1,
    direction: str = "to_salesforce",
) -> UUID:
    found = classify(
        system=failure.system,
        code=failure.code,
        message=failure.message,
        fields=failure.fields,
        details=failure.details,
    )
    return fingerprint(
        connection_id=connection_id,
        classification=found,
        record=record,
        direction=direction,
        failure=failure,
    )


def waiting(hubspot_id: str) -> Refusal:
    blocking = {"object": "companies", "hubspot_id": hubspot_id, "label": "Any"}
    return Refusal("salesforce", "SYNC_PARENT_NOT_SYNCED", details={"blocking_record": blocking})


def option(value: str) -> Refusal:
    return Refusal(
        "salesforce",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"Tier: bad value for restricted picklist field: {value}",
        ("Tier__c",),
        {"hubspot_property": "tier"},
    )


def rule(text: str) -> Refusal:
    return Refusal("salesforce", "FIELD_CUSTOM_VALIDATION_EXCEPTION", text)


def too_long(name: str, value: str) -> Refusal:
    text = f"{name}: data value too large: {value} (max length=40)"
    return Refusal("salesforce", "STRING_TOO_LONG", text, (name,))


def missing(name: str) -> Refusal:
    return Refusal("salesforce", "INVALID_FIELD", f"No such column '{name}' on Contact", (name,))


def no_right(name: str) -> Refusal:
    text = f"Unable to create/update fields: {name}."
    return Refusal("salesforce", "INVALID_FIELD_FOR_INSERT_UPDATE", text, (name,))


def taken(value: str) -> Refusal:
    details = {"duplicate": {"value": value}}
    return Refusal("hubspot", "CONFLICT", "Contact already exists. Existing ID: 9", (), details)


@pytest.mark.parametrize(
    ("failure", "other"),
    [
        (waiting("7"), waiting("8")),
        (rule("Phone number must be 10 digits"), rule("Pick a reason")),
        (taken("a@example.com"), taken("b@example.com")),
        (no_right("A__c"), no_right("B__c")),
        (option("Gold"), option("Tin")),
        (missing("A__c"), missing("B__c")),
        (too_long("A__c", "x"), too_long("B__c", "x")),
        (Refusal("salesforce", "NEW_CODE", "one"), Refusal("salesforce", "NEW_CODE", "two")),
    ],
    ids=[
        "associations",
        "custom code",
        "duplicates",
        "permissions",
        "picklists",
        "mappings",
        "values",
        "other",
    ],
)
def test_one_cause_is_one_error_for_all_its_records(failure: Refusal, other: Refusal) -> None:
    assert of(failure, OF_JANE) == of(failure, OF_JOHN)
    assert of(failure) != of(other)


def test_property_values_do_not_split_by_value() -> None:
    assert of(too_long("A__c", "one")) == of(too_long("A__c", "another"))


def test_a_duplicate_rule_that_names_nothing_is_an_error_of_its_record() -> None:
    failure = Refusal("salesforce", "DUPLICATES_DETECTED", "Use one of these records?")

    assert of(failure, OF_JANE) != of(failure, OF_JOHN)


def test_a_link_that_is_made_later_does_not_move_the_error() -> None:
    failure = Refusal("salesforce", "DUPLICATES_DETECTED", "Use one of these records?")

    assert of(failure, OF_JANE) == of(failure, replace(OF_JANE, salesforce_id=""))


def test_connection_object_and_direction_tell_errors_apart() -> None:
    failure = option("Gold")
    accounts = Record("1", "001x", "companies", "Account")

    prints = {
        of(failure),
        of(failure, connection_id=2),
        of(failure, accounts),
        of(failure, direction="to_hubspot"),
    }

    assert len(prints) == 4


def test_a_fingerprint_is_the_same_on_every_run() -> None:
    assert of(missing("A__c")) == UUID("b3b32f68-e6b5-5f01-954d-832832cd5e2d")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Error ID: 1650834020-88112 (-902342181)", "Error ID: 99-1 (5)"),
        ("row 0 with id 0065g00000QwErTAAV", "row 17 with id 0015g00000XyZ12AAB"),
        ("Owner “Jane Doe” is out", "Owner “John” is out"),
        ("mail to jane@example.com failed", "mail to j.d@mail.example.org failed"),
        ("on 2026-11-24T10:00:00Z it broke", "on 2026-01-02 it broke"),
        ("The  amount is 12.50", "the amount is 7"),
    ],
)
def test_what_differs_from_record_to_record_is_stripped(one: str, two: str) -> None:
    assert normalise_message(one) == normalise_message(two)


def test_what_tells_messages_apart_stays() -> None:
    assert normalise_message("Pick a value for Industry__c") != normalise_message(
        "Pick a value for Rating__c"
    )
    assert normalise_message("It isn't right and it can't be saved") == (
        "it isn't right and it can't be saved"
    )

"""From a refusal, as a CRM words it, to what people read: with the real classifier and catalogue."""

from __future__ import annotations

import json

import pytest

from errors import presenters
from errors.models import AffectedRecord, SyncError
from errors.recording import record_outcomes
from errors.tests.fakes import contact
from errors.types import ErrorType
from integrations.models import Connection
from integrations.outcomes import Direction, Failure, Outcome, Status

pytestmark = pytest.mark.django_db

PICKLIST = Failure(
    system="salesforce",
    code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    message="Lead Source: bad value for restricted picklist field: Partner",
    fields=("LeadSource",),
    details={"hubspot_property": "lead_source", "value": "Partner"},
)
VALIDATION = Failure(
    system="salesforce",
    code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
    message="Please give a phone number.",
)
DUPLICATE = Failure(
    system="hubspot",
    code="CONFLICT",
    message="Contact already exists. Existing ID: 501",
    details={"duplicate": {"hubspot_id": "501", "value": "anna@x.test"}},
)
WAITING = Failure(
    system="salesforce",
    code="SYNC_PARENT_NOT_SYNCED",
    message="The company has not synced yet.",
    details={
        "blocking_record": {"object": "companies", "label": "Acme", "hubspot_id": "77"},
        "found_without_call": True,
    },
)
TOO_LONG = Failure(
    system="salesforce",
    code="STRING_TOO_LONG",
    message="Title: data value too large: xxxxx (max length=3)",
    fields=("Title",),
)


def recorded(
    connection: Connection, failure: Failure, *, direction: str = Direction.TO_SALESFORCE
) -> SyncError:
    result = record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                record=contact(1, salesforce_id="003000000000001AAA"),
                direction=direction,
                status=Status.FAILED,
                failures=(failure,),
            )
        ],
    )
    return SyncError.objects.get(pk=result.opened[0])


def test_a_picklist_error_names_value_property_and_object(connection: Connection) -> None:
    error = recorded(connection, PICKLIST)

    assert error.type == "picklists"
    assert presenters.summary(error) == "“Partner” is not an option of lead_source (Contact)"
    shown = presenters.fields(error, connection=connection)
    assert (shown["property"], shown["field"], shown["value"]) == (
        "lead_source",
        "LeadSource",
        "Partner",
    )


def test_custom_code_shows_the_words_of_salesforce(connection: Connection) -> None:
    error = recorded(connection, VALIDATION)

    assert error.type == "custom-code"
    assert presenters.summary(error).endswith(": Please give a phone number.")
    assert presenters.fields(error, connection=connection)["message"] == VALIDATION.message


def test_a_duplicate_links_to_both_records(connection: Connection) -> None:
    error = recorded(connection, DUPLICATE, direction=Direction.TO_HUBSPOT)

    shown = presenters.fields(error, connection=connection)

    assert error.type == "duplicates"
    assert shown["value"] == "anna@x.test"
    assert shown["hubspot_record"]["url"].endswith("/record/0-1/501")
    assert shown["salesforce_record"]["url"].endswith("/Contact/003000000000001AAA/view")
    assert shown["salesforce_record"]["label"] == "Contact 1"
    assert "anna@x.test" in presenters.summary(error)


def test_a_waiting_record_names_the_record_that_blocks_it(connection: Connection) -> None:
    error = recorded(connection, WAITING)

    shown = presenters.fields(error, connection=connection)

    assert error.type == "associations"
    assert shown["record"]["label"] == "Acme"
    assert shown["record"]["hubspot_url"].endswith("/record/0-2/77")
    assert "Acme" in presenters.summary(error)


def test_a_bad_value_names_the_property(connection: Connection) -> None:
    error = recorded(connection, TOO_LONG)

    assert error.type == "property-values"
    assert "Title (Contact)" in presenters.summary(error)


@pytest.mark.parametrize("failure", [PICKLIST, VALIDATION, DUPLICATE, WAITING, TOO_LONG])
def test_every_error_has_texts_and_plain_values(connection: Connection, failure: Failure) -> None:
    error = recorded(connection, failure)

    assert presenters.title(error)
    assert presenters.explanation(error)
    assert presenters.steps(error)
    json.dumps(presenters.fields(error, connection=connection))


@pytest.mark.parametrize("kind", ErrorType.values)
def test_an_error_without_facts_still_has_a_summary(kind: str) -> None:
    error = SyncError(type=kind, code="of an older release", direction="to_salesforce", details={})

    assert presenters.summary(error)
    assert presenters.columns(kind)


def test_a_record_links_to_both_systems(connection: Connection) -> None:
    recorded(connection, TOO_LONG)

    shown = presenters.record_fields(AffectedRecord.objects.get(), connection=connection)

    assert shown["object"] == "contacts"
    assert shown["hubspot_url"].endswith("/record/0-1/1")
    assert shown["salesforce_url"].endswith("/lightning/r/Contact/003000000000001AAA/view")
    assert shown["message"] == TOO_LONG.message

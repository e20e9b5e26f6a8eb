"""Rights, demands, reasons and the text for support: what each type says beside its cause."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors.models import SyncError
from errors.presenting import demands, fit, rights, support
from errors.types import ErrorType
from integrations.models import Connection

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONNECTION = Connection(
    name="Northwind", hub_id="77", sf_org_id="00D1", sf_username="sync@northwind.example"
)


def error(
    kind: ErrorType, code: str, direction: str = "to_salesforce", **details: Any
) -> SyncError:
    return SyncError(
        pk=5, type=kind.value, code=code, direction=direction, hubspot_object="contacts",
        salesforce_object="Contact", details=details, first_seen_at=NOON, last_seen_at=NOON, failures=3,
        open_records=2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "details", "right", "target", "user"),
    [
        ("salesforce-field-permission", {"salesforce_field": "NPS__c"}, "Edit access to the field", "Contact.NPS__c", "sync@northwind.example"),
        ("object-permission", {"message": "cannot insert Contact"}, "Create permission on the object", "Contact", "sync@northwind.example"),
        ("object-permission", {"message": "update is not allowed"}, "Edit permission on the object", "Contact", "sync@northwind.example"),
        ("object-permission", {"message": "sObject type is not supported"}, "Read permission on the object", "Contact", "sync@northwind.example"),
        ("object-permission", {}, "Create and Edit permission on the object", "Contact", "sync@northwind.example"),
        ("missing-scope", {"system": "hubspot", "scopes": ["crm.objects.deals.write"]}, "The scope crm.objects.deals.write", "Contact", "The connected HubSpot app"),
        ("missing-scope", {"system": "hubspot", "scopes": ["a.b", "c.d"]}, "One of these scopes: a.b, c.d", "Contact", "The connected HubSpot app"),
        ("inactive-owner", {}, "Update Records with Inactive Owners", "Contact", "sync@northwind.example"),
        ("insufficient-access-or-missing-record", {}, "Edit access to the record, or to one it refers to", "Contact", "sync@northwind.example"),
    ],
)  # fmt: skip
def test_the_missing_right_its_target_and_its_user_are_named(
    code: str, details: dict[str, Any], right: str, target: str, user: str
) -> None:
    found = error(ErrorType.PERMISSIONS, code, **details)

    assert (rights.right(found), rights.target(found), rights.user(found, CONNECTION)) == (
        right,
        target,
        user,
    )


@pytest.mark.parametrize(
    ("code", "details", "expected"),
    [
        ("value-too-long", {"limit": 5, "value": "x" * 8}, "At most 5 characters; in the last record that failed: 8"),
        ("value-too-long", {"field_length": 40, "value": "x" * 41}, "At most 40 characters; in the last record that failed: 41"),
        ("value-too-long", {"limit": 255, "value": "x" * 500}, "At most 255 characters"),  # cut when stored
        ("value-too-long", {"system": "hubspot", "field_length": 40}, "Fewer characters than the values have"),
        ("number-out-of-range", {"field_precision": 5, "field_scale": 2}, "A number from -999.99 to 999.99"),
        ("number-out-of-range", {"field_precision": 4, "field_scale": 0}, "A number from -9,999 to 9,999"),
        ("number-out-of-range", {}, "A number within the range of the field"),
        ("required-field-missing", {}, "A value: the field may not be empty"),
        ("invalid-email", {}, "One e-mail address, as in name@example.com"),
        ("invalid-value", {"allowed_options": ["a", "b"]}, "One of: a, b"),
        ("invalid-value", {"salesforce_type": "date"}, "A value of type date in the form the field takes"),
    ],
)  # fmt: skip
def test_what_the_field_demands_is_told(code: str, details: dict[str, Any], expected: str) -> None:
    assert demands.demands(error(ErrorType.PROPERTY_VALUES, code, **details)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("field-missing", "Contact has no field Score__c that the integration user can see."),
        ("property-missing", "HubSpot has no property score on contacts."),
        ("types-incompatible", "score is of type number, Score__c of type yes or no: one cannot become the other."),
        ("reference-mapping-needed", "Score__c holds the id of another record; score is of type number."),
        ("read-only-field", "Salesforce fills Score__c itself, so nothing can be written to it."),
        ("read-only-property", "HubSpot fills score itself, so nothing can be written to it."),
    ],
)  # fmt: skip
def test_why_a_mapping_does_not_fit_is_one_sentence(code: str, expected: str) -> None:
    found = error(
        ErrorType.PROPERTY_MAPPINGS, code, hubspot_property="score", salesforce_field="Score__c",
        hubspot_type="number", salesforce_type="boolean",
    )  # fmt: skip

    assert fit.reason(found) == expected


SECRETS = [
    "Bearer abcdefgh12345678",
    "access_token=00Dxyz.secretvalue",
    '"client_secret": "s3cr3t-value-1"',
    "password: hunter22",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def",
    "pat-eu1-12345678-aaaa-bbbb-cccc-1234567890ab",
    "00D5g000004Xyz!AQ.sessionpart.1234567890",
    "anna.nowak@customer.example",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_and_no_mail_address_goes_to_support(secret: str) -> None:
    said = support.support_text(
        error(ErrorType.OTHER, "unknown", message=f"It broke with {secret} somewhere."),
        connection=CONNECTION,
    )

    tail = secret.split("=")[-1].split(": ")[-1].strip('"').removeprefix("Bearer ")
    assert tail not in said
    assert "somewhere." in said


def test_the_text_for_support_tells_what_was_tried_and_what_came_back() -> None:
    said = support.support_text(
        error(
            ErrorType.OTHER, "unknown", system="salesforce", api_code="UNKNOWN_EXCEPTION",
            message="An unexpected error occurred. Error ID: 1650834020-88112 (-902342181)", fields=["Name"],
        ),
        connection=CONNECTION,
    )  # fmt: skip

    for part in (
        "other / unknown", "HubSpot account 77", "contacts in HubSpot to Contact in Salesforce",
        "Refused by: Salesforce", "Code: UNKNOWN_EXCEPTION", "An unexpected error occurred", "Fields: Name",
        "Reference of the answer: 1650834020-88112 (-902342181)", "2026-03-01 12:00:00 UTC", "Times failed: 3",
    ):  # fmt: skip
        assert part in said


def test_the_correlation_id_of_the_answer_is_named() -> None:
    found = error(ErrorType.OTHER, "unknown", correlation_id="019e2559-bc5f")

    assert support.reference(found) == "019e2559-bc5f"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


@given(
    kind=st.sampled_from(list(ErrorType)),
    code=st.sampled_from(["value-too-long", "number-out-of-range", "missing-scope", "x"]),
    details=st.dictionaries(
        st.sampled_from(
            ["message", "limit", "field_precision", "field_scale", "scopes", "value", "system", "record",
             "duplicate", "blocking_record", "automation", "allowed_options", "fields", "hubspot_property"]
        ),
        json_values,
    ),
)  # fmt: skip
def test_facts_of_any_age_are_shown_without_a_stumble(
    kind: ErrorType, code: str, details: dict[str, Any]
) -> None:
    from errors import presenters
    from errors.presenting.links import setup_links

    found = error(kind, code, **details)

    assert presenters.fields(found, connection=CONNECTION)["object"] == "Contact"
    assert presenters.summary(found)
    assert support.support_text(found, connection=CONNECTION)
    setup_links(found, connection=CONNECTION)

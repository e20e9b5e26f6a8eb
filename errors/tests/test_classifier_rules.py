"""The rules behind the codes: nesting, JSON in messages, describe facts, several errors at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors.classifier import Classification, classify
from errors.types import ErrorType

WRAPPER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def salesforce(code: str, message: str = "", **more: Any) -> Classification:
    return classify(system="salesforce", code=code, message=message, **more)


def hubspot(code: str, message: str = "", **more: Any) -> Classification:
    return classify(system="hubspot", code=code, message=message, **more)


def nested(*codes: str) -> str:
    """A trigger's message with one DML exception inside the other."""
    text = "MyTrigger: execution of AfterUpdate caused by: System.NullPointerException"
    for code in reversed(codes):
        text = f"MyTrigger: execution of AfterUpdate caused by: System.DmlException: Update failed. First exception on row 0; first error: {code}, {text}: []"
    return text


def test_the_innermost_code_decides_and_the_outermost_trigger_is_kept() -> None:
    message = nested(WRAPPER, "STRING_TOO_LONG")

    found = salesforce(WRAPPER, message)

    assert found.type is ErrorType.PROPERTY_VALUES
    assert (found.code, found.raised_inside) == ("STRING_TOO_LONG", "MyTrigger")


@pytest.mark.parametrize("code", ["INSUFFICIENT_ACCESS_OR_READONLY", "INVALID_FIELD"])
def test_rights_and_mappings_of_automation_are_the_automations_own(code: str) -> None:
    found = salesforce(WRAPPER, nested(code))

    assert (found.type, found.cause) == (ErrorType.CUSTOM_CODE, "automation-access")


def test_a_wrapper_without_an_inner_code_stays_custom_code_whatever_it_says() -> None:
    message = "Checker: execution of BeforeInsert caused by: MyApp.DuplicateException: duplicate value, required field missing"

    assert salesforce(WRAPPER, message).type is ErrorType.CUSTOM_CODE


def test_a_translated_trigger_message_is_told_by_its_event_names() -> None:
    message = "MojWyzwalacz: wykonanie BeforeInsert spowodowane przez: System.NullPointerException"

    found = salesforce(WRAPPER, message)

    assert (found.type, found.raised_inside) == (ErrorType.CUSTOM_CODE, "MojWyzwalacz")


def test_without_a_trigger_the_platform_itself_refused() -> None:
    found = salesforce(WRAPPER, "entity type cannot be updated: Account")

    assert (found.type, found.cause) == (ErrorType.PERMISSIONS, "object-permission")


@pytest.mark.parametrize(
    "message",
    [
        "Duplicate value found: choose another phone",
        "Required fields are missing",
        "first error: DUPLICATE_VALUE was what the other system said",
        "bad value for restricted picklist field: maybe",
    ],
)
def test_words_of_a_validation_rule_never_move_it(message: str) -> None:
    found = salesforce("FIELD_CUSTOM_VALIDATION_EXCEPTION", message)

    assert found.type is ErrorType.CUSTOM_CODE


def test_describe_facts_tell_a_field_that_nobody_can_write_from_a_missing_right() -> None:
    text = "Unable to create/update fields: Score__c."
    right = {"permissionable": True, "updateable": False}
    never = {"permissionable": False, "updateable": False}

    missing = salesforce("INVALID_FIELD_FOR_INSERT_UPDATE", text, details=right)
    formula = salesforce("INVALID_FIELD_FOR_INSERT_UPDATE", text, details=never)

    assert missing.type is ErrorType.PERMISSIONS
    assert formula.type is ErrorType.PROPERTY_MAPPINGS


def test_a_required_lookup_is_an_association() -> None:
    plain = salesforce("REQUIRED_FIELD_MISSING", fields=["Region__c"])
    lookup = salesforce(
        "REQUIRED_FIELD_MISSING", fields=["Region__c"], details={"field_type": "reference"}
    )

    assert plain.type is ErrorType.PROPERTY_VALUES
    assert lookup.type is ErrorType.ASSOCIATIONS


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "DUPLICATE_VALUE: duplicate value found: A__c"),
        ("duplicate_value", "whatever"),
        ("sf:DUPLICATE_VALUE", ""),
        (" Duplicate-Value \n", ""),
        ("400", '[{"errorCode":"DUPLICATE_VALUE","message":"x","fields":[]}]'),
        ("", 'Error: [{"message":"x","statusCode":"DUPLICATE_VALUE","fie'),
        ("", "<p>DUPLICATE_VALUE:&nbsp;duplicate value found</p>"),
        ("BAD_REQUEST", "Insert failed. First exception on row 0; first error: DUPLICATE_VALUE, x"),
    ],
)
def test_a_salesforce_code_is_found_in_any_dress(code: str, message: str) -> None:
    found = salesforce(code, message)

    assert (found.type, found.cause) == (ErrorType.DUPLICATES, "duplicate-value")


def test_hubspots_json_inside_a_message_is_read_even_when_cut_off() -> None:
    inner = [
        {
            "isValid": False,
            "message": "x was not one of the allowed options: [a, b]",
            "error": "INVALID_OPTION",
            "name": "tier",
        }
    ]
    whole = f"Property values were not valid: {json.dumps(inner)}"
    body = json.dumps({"status": "error", "message": whole, "category": "VALIDATION_ERROR"})

    for message in (whole, body, whole[:110], body[:170], json.dumps(body)):
        assert hubspot("VALIDATION_ERROR", message).type is ErrorType.PICKLISTS, message


def test_the_sub_category_beats_the_bare_category() -> None:
    found = hubspot(
        "VALIDATION_ERROR",
        "The request is not valid",
        details={"sub_category": "crm.associations.INVALID_ASSOCIATION_TYPE"},
    )

    assert (found.type, found.cause) == (ErrorType.ASSOCIATIONS, "association-type-invalid")


def test_of_several_errors_the_one_with_the_widest_reach_is_shown() -> None:
    errors = [
        {"message": "Email address x is invalid", "code": "INVALID_EMAIL"},
        {"message": 'Property "gone" does not exist', "code": "PROPERTY_DOESNT_EXIST"},
    ]

    found = hubspot(
        "VALIDATION_ERROR", "Property values were not valid", details={"errors": errors}
    )

    assert (found.type, found.cause) == (ErrorType.PROPERTY_MAPPINGS, "property-missing")


@pytest.mark.parametrize(
    ("code", "kind", "cause"),
    [
        ("SYNC_PROPERTY_MISSING", "property-mappings", "property-missing"),
        ("SYNC_FIELD_MISSING", "property-mappings", "field-missing"),
        ("SYNC_TYPES_INCOMPATIBLE", "property-mappings", "types-incompatible"),
        ("SYNC_REFERENCE_UNMAPPED", "property-mappings", "reference-mapping-needed"),
        ("SYNC_PARENT_NOT_SYNCED", "associations", "waiting-for-record"),
        ("SYNC_ASSOCIATION_LIMIT", "associations", "association-limit-reached"),
        ("SYNC_AMBIGUOUS_MATCH", "duplicates", "ambiguous-match"),
        ("SYNC_OF_TOMORROW", "other", "unknown"),
    ],
)
@pytest.mark.parametrize("classified_by", [salesforce, hubspot])
def test_codes_of_ours_have_their_place(
    classified_by: Any, code: str, kind: str, cause: str
) -> None:
    found = classified_by(code, "said without a call")

    assert (found.type, found.cause) == (kind, cause)


def test_what_can_only_be_read_is_named_by_the_side_that_cannot_be_written() -> None:
    code = "SYNC_FIELD_READ_ONLY"

    assert salesforce(code, "said without a call").cause == "read-only-field"
    assert hubspot(code, "said without a call").cause == "read-only-property"


@pytest.mark.parametrize("name", ["Account", "companies"])
def test_a_record_that_waits_for_its_account_says_so(name: str) -> None:
    found = hubspot("SYNC_PARENT_NOT_SYNCED", details={"blocking_record": {"object": name}})

    assert found.cause == "waiting-for-account"


@pytest.mark.parametrize("message", ["", "nobody knows", "Żaden błąd"])
def test_an_unknown_code_is_other_and_never_a_guess(message: str) -> None:
    found = salesforce("SOME_CODE_OF_TOMORROW", message)

    assert (found.type, found.cause) == (ErrorType.OTHER, "unknown")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["errors", "message", "error", "errorCode", "context", "fields"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [
        '{"',
        "[{",
        '"error":"',
        "first error: ",
        "INVALID_FIELD",
        ": [",
        "]",
        "\\",
        '"',
        "caused by: ",
        "<br>",
        "&amp;",
        "X: ",
        "\x00",
    ]
)
MESSAGES = (
    st.text(max_size=80) | st.lists(PIECES, max_size=25).map("".join) | JSON_VALUES.map(json.dumps)
)


@given(
    system=st.sampled_from(["salesforce", "hubspot"]) | st.text(max_size=8),
    code=st.text(max_size=20) | st.sampled_from([WRAPPER, "VALIDATION_ERROR", "404", "SYNC_X"]),
    message=MESSAGES,
    fields=st.lists(st.text(max_size=12), max_size=3),
    details=st.none()
    | st.dictionaries(
        st.sampled_from(["errors", "sub_category", "blocking_record", "field_types"]),
        JSON_VALUES,
        max_size=3,
    ),
)
@settings(max_examples=300, deadline=None)
def test_no_input_makes_it_raise(
    system: str, code: str, message: str, fields: list[str], details: dict[str, Any] | None
) -> None:
    found = classify(system=system, code=code, message=message, fields=fields, details=details)

    assert found.type in ErrorType


@given(value=JSON_VALUES)
@settings(max_examples=100, deadline=None)
def test_values_of_the_wrong_kind_do_not_make_it_raise(value: Any) -> None:
    found = classify(system=value, code=value, message=value, fields=value, details=value)

    assert found.type in ErrorType

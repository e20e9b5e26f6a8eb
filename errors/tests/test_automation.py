"""Which rule, trigger, flow or package a refusal names, out of real messages."""

from __future__ import annotations

from typing import Any

import pytest

from errors.tests.test_extract import Refusal, facts_of

ENTITY = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
FLOW = "CANNOT_EXECUTE_FLOW_TRIGGER"


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "Phone number must be 10 digits",
            {"kind": "validation-rule"},
        ),
        (
            FLOW,
            "We can't save this record because the “Case Close” process failed. Give your Salesforce admin these details. This error occurred when the flow tried to update records: FIELD_CUSTOM_VALIDATION_EXCEPTION: Move the Case to Preliminary Close before moving to Closed.. You can look up ExceptionCode values in the SOAP API Developer Guide. Error ID: 1650834020-88112 (-902342181)",
            {"kind": "flow", "name": "Case Close"},
        ),
        (
            FLOW,
            'We can\'t save this record because the "SDO Service - Case - On Create" process failed. Missing required input parameter: helperConfig',
            {"kind": "flow", "name": "SDO Service - Case - On Create"},
        ),
        (FLOW, "Give your Salesforce admin these details. Something broke.", {"kind": "flow"}),
        ("UNKNOWN_EXCEPTION", "An error occurred when executing a flow interview.", {"kind": "flow"}),
        (
            ENTITY,
            "CaseTrigger: execution of BeforeInsert caused by: System.NullPointerException: Attempt to de-reference a null object: Trigger.CaseTrigger: line 12, column 1",
            {"kind": "trigger", "name": "CaseTrigger"},
        ),
        (
            ENTITY,
            "npsp.TDTM_Contact: System.LimitException: npsp:Too many query rows: 50001",
            {"kind": "trigger", "name": "npsp.TDTM_Contact", "package": "npsp"},
        ),
        (
            ENTITY,
            "AVTRRT.Trigger_Placement: execution of BeforeInsert caused by: System.QueryException: List has no rows for assignment to SObject (AVTRRT)",
            {"kind": "trigger", "name": "AVTRRT.Trigger_Placement", "package": "AVTRRT"},
        ),
        (
            ENTITY,
            "dlrs_OpportunityTrigger: execution of AfterUpdate caused by: System.DmlException: Update failed. First exception on row 0 with id 0065g00000QwErTAAV; first error: FIELD_CUSTOM_VALIDATION_EXCEPTION, You cannot update Closed Won Opportunities: []",
            {"kind": "trigger", "name": "dlrs_OpportunityTrigger", "package": "dlrs"},
        ),
        (
            "SELF_REFERENCE_FROM_TRIGGER",
            "Object (id = 0035g00000AbCdE) is currently in trigger ContactTrigger, therefore it cannot recursively update itself",
            {"kind": "trigger", "name": "ContactTrigger"},
        ),
        (
            ENTITY,
            "AccountTrigger: execution of BeforeUpdate caused by: System.NullPointerException: Attempt to de-reference a null object: Class.AccountLog.write: line 8",
            {"kind": "trigger", "name": "AccountTrigger"},
        ),
        (
            ENTITY,
            "System.NullPointerException: Attempt to de-reference a null object: Class.AccountLog.write: line 8, column 1",
            {"kind": "class", "name": "AccountLog.write"},
        ),
        (
            "ENTITY_IS_LOCKED",
            "This record is locked. If you need to edit it, contact your admin.",
            {"kind": "approval"},
        ),
    ],
)  # fmt: skip
def test_automation_is_named_where_the_message_names_it(
    code: str, message: str, expected: dict[str, str]
) -> None:
    facts = facts_of(Refusal("salesforce", code, message))

    assert facts["automation"] == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (
            Refusal(
                "hubspot",
                "ASSOCIATION_LIMIT_REACHED",
                "Association limit reached: COMPANY 20000033 already has the maximum of 60 associated CONTACT records.",
            ),
            {"limit": 60, "limit_of": "contact"},
        ),
        (
            Refusal("hubspot", "MISSING_SCOPES", "HubSpot merge error (401 Unauthorized): missing scope crm.objects.custom.write"),
            {"scopes": ["crm.objects.custom.write"]},
        ),
        (
            Refusal("hubspot", "MISSING_SCOPES", "This app hasn't been granted all required scopes.", (), {"scopes": ["crm.objects.deals.write"]}),
            {"scopes": ["crm.objects.deals.write"]},
        ),
        (
            Refusal("hubspot", "SYNC_PARENT_NOT_SYNCED", "Fjordlys has not synced to HubSpot yet", ("AccountId",)),
            {"salesforce_field": "AccountId", "hubspot_property": None},
        ),
    ],
    ids=["association limit", "scope in the text", "scope in the answer", "lookup of a waiting record"],
)  # fmt: skip
def test_limits_and_scopes_are_read_out(failure: Refusal, expected: dict[str, Any]) -> None:
    facts = facts_of(failure)

    assert {key: facts.get(key) for key in expected} == expected

from __future__ import annotations

from typing import Any

import pytest

from simulators.testing import ControlRefused
from simulators.tests.salesforce.conftest import SimulatedOrg, row

PHONE = "AND(NOT(ISBLANK(Phone)), NOT(REGEX(Phone, '[0-9]{10}')))"


def test_validation_rule_refuses_with_its_message_at_its_field(org: SimulatedOrg) -> None:
    rule = {
        "kind": "validation",
        "name": "Phone",
        "formula": PHONE,
        "message": "Phone number must be 10 digits",
        "field": "Phone",
    }
    org.control("POST", "objects/Contact/rules", rule)
    assert org.refusal("POST", "sobjects/Contact", {"LastName": "x", "Phone": "12"}) == (
        400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone number must be 10 digits", ["Phone"],
    )  # fmt: skip
    org.create("Contact", LastName="x", Phone="0123456789")


# formula, values of the new contact, whether it strikes
FORMULAS: list[tuple[str, dict[str, Any], bool]] = [
    ("ISNEW() && LEN(Title) > 3", {"Title": "Boss"}, True),
    ("ISNEW() && LEN(Title) > 3", {"Title": "Bos"}, False),
    ("OR(ISPICKVAL(LeadSource, 'Web'), CONTAINS(Email, '@bad.'))", {"LeadSource": "Web"}, True),
    ("OR(ISPICKVAL(LeadSource, 'Web'), CONTAINS(Email, '@bad.'))", {"Email": "a@good.pl"}, False),
    ("NOT(ISBLANK(Birthdate)) && Birthdate > TODAY()", {"Birthdate": "2099-01-01"}, True),
    ("Birthdate > TODAY()", {}, False),
    ("Account.AnnualRevenue >= 1000 * 1000", {}, False),
    ("IF(ISBLANK(Department), 1, 2) + 1 = 2", {}, True),
    ("ISCHANGED(Title)", {"Title": "x"}, False),
    ("LastName <> 'x' || FirstName = NULL", {"FirstName": "y"}, False),
    ('/* a note */ BEGINS(UPPER(LastName), "X")', {}, True),
]


@pytest.mark.parametrize(("formula", "values", "strikes"), FORMULAS)
def test_formula(org: SimulatedOrg, formula: str, values: dict[str, Any], strikes: bool) -> None:
    org.control(
        "POST",
        "objects/Contact/rules",
        {"kind": "validation", "name": "R", "formula": formula, "message": "no"},
    )
    answer = org.call("POST", "sobjects/Contact", {"LastName": "x", **values})
    assert answer.status_code == (400 if strikes else 201), answer.text


@pytest.mark.parametrize("formula", ["", "FOO(1)", "Nope__c = 1", "LEN()", "AND(", "1 +", "'open"])
def test_a_formula_that_makes_no_sense_cannot_be_saved(org: SimulatedOrg, formula: str) -> None:
    with pytest.raises(ControlRefused, match=r"^400"):
        org.control(
            "POST",
            "objects/Contact/rules",
            {"kind": "validation", "name": "R", "formula": formula, "message": "no"},
        )


def test_ischanged_sees_updates_only(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="x", Title="a")
    org.control(
        "POST",
        "objects/Contact/rules",
        {
            "kind": "validation",
            "name": "R",
            "formula": "ISCHANGED(Title) && PRIORVALUE(Title) = 'a'",
            "message": "no",
        },
    )
    assert org.call("PATCH", f"sobjects/Contact/{contact}", {"Department": "d"}).status_code == 204
    assert org.refusal("PATCH", f"sobjects/Contact/{contact}", {"Title": "b"})[2] == "no"


def test_every_broken_validation_rule_is_named(org: SimulatedOrg) -> None:
    for name in ("one", "two"):
        org.control(
            "POST",
            "objects/Contact/rules",
            {"kind": "validation", "name": name, "formula": "TRUE", "message": name},
        )
    assert [
        error["message"] for error in org.call("POST", "sobjects/Contact", {"LastName": "x"}).json()
    ] == ["one", "two"]


def test_trigger_and_flow_wrap_what_they_raise(org: SimulatedOrg) -> None:
    trigger = {
        "kind": "automation",
        "name": "ContactTrigger",
        "form": "trigger",
        "formula": "LastName = 'T'",
        "message": "System.NullPointerException: Attempt to de-reference a null object",
    }
    inner = {
        "kind": "automation",
        "name": "Roll",
        "form": "trigger",
        "event": "after",
        "formula": "LastName = 'I'",
        "code": "STRING_TOO_LONG",
        "message": "Description: data value too large: x (max length=2)",
        "fields": ["Description"],
    }
    flow = {
        "kind": "automation",
        "name": "Set region",
        "form": "flow",
        "formula": "LastName = 'F'",
        "message": "An unhandled fault has occurred in this flow",
    }
    plain = {
        "kind": "automation",
        "name": "Odd",
        "form": "error",
        "formula": "LastName = 'U'",
        "code": "UNKNOWN_EXCEPTION",
        "message": "An unexpected error occurred.",
    }
    for rule in (trigger, inner, flow, plain):
        org.control("POST", "objects/Contact/rules", rule)

    def raised(name: str) -> tuple[str, str]:
        _, code, message, _ = org.refusal("POST", "sobjects/Contact", {"LastName": name})
        return code, message

    assert raised("T") == (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        (
            "ContactTrigger: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to de-reference a"
            " null object\n\nTrigger.ContactTrigger: line 12, column 1"
        ),
    )
    code, message = raised("I")
    assert code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert (
        "first error: STRING_TOO_LONG, Description: data value too large: x (max length=2): [Description]"
        in message
    )
    code, message = raised("F")
    assert code == "CANNOT_EXECUTE_FLOW_TRIGGER"
    assert message.startswith(
        "We can't save this record because the “Set region” process failed. Give your Salesforce admin"
    )
    assert raised("U") == ("UNKNOWN_EXCEPTION", "An unexpected error occurred.")


@pytest.fixture
def org_with_duplicate_rule(org: SimulatedOrg) -> SimulatedOrg:
    org.create("Contact", LastName="x", Email="jan@demo.pl")
    return org


def test_duplicate_rule_tells_the_other_record_on_a_single_write_only(
    org_with_duplicate_rule: SimulatedOrg,
) -> None:
    org = org_with_duplicate_rule
    org.control(
        "POST",
        "objects/Contact/rules",
        {"kind": "duplicate", "name": "Same mail", "fields": ["Email"]},
    )
    known = org.query("SELECT Id FROM Contact")["records"][0]["Id"]
    values = {"LastName": "y", "Email": "Jan@Demo.pl"}
    error = org.call("POST", "sobjects/Contact", values).json()[0]
    assert (error["errorCode"], error["message"]) == (
        "DUPLICATES_DETECTED",
        "Use one of these records?",
    )
    detail = error["duplicateResult"]
    assert detail["allowSave"] is False
    assert detail["matchResults"][0]["matchRecords"][0]["record"]["Id"] == known
    rows = org.call("POST", "composite/sobjects", {"records": [row("Contact", **values)]}).json()
    assert rows[0]["errors"] == [
        {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}
    ]


def test_alert_is_waved_through_by_header_and_a_block_is_not(
    org_with_duplicate_rule: SimulatedOrg,
) -> None:
    org = org_with_duplicate_rule
    rule = {"kind": "duplicate", "name": "Same mail", "fields": ["Email"], "action": "allow"}
    made = org.control("POST", "objects/Contact/rules", rule)["id"]
    values, header = (
        {"LastName": "y", "Email": "jan@demo.pl"},
        {"Sforce-Duplicate-Rule-Header": "allowSave=true"},
    )
    assert (
        org.call("POST", "sobjects/Contact", values).json()[0]["duplicateResult"]["allowSave"]
        is True
    )
    assert org.call("POST", "sobjects/Contact", values, headers=header).status_code == 201
    org.control("PATCH", f"rules/{made}", {"action": "block"})
    assert org.call("POST", "sobjects/Contact", values, headers=header).status_code == 400


def test_unique_field_names_the_record_that_holds_the_value(org: SimulatedOrg) -> None:
    org.control(
        "POST",
        "objects/Contact/fields",
        {"name": "Key__c", "type": "string", "length": 20, "unique": True},
    )
    first = org.create("Contact", LastName="x", Key__c="k1")
    assert org.refusal("POST", "sobjects/Contact", {"LastName": "y", "Key__c": "K1"})[1:3] == (
        "DUPLICATE_VALUE",
        f"duplicate value found: Key__c duplicates value on record with id: {first}",
    )
    org.call("DELETE", f"sobjects/Contact/{first}")
    org.create("Contact", LastName="y", Key__c="k1")


def test_custom_fields_and_objects_come_and_go(org: SimulatedOrg) -> None:
    org.control("POST", "objects", {"name": "Site__c"})
    org.control(
        "POST",
        "objects/Site__c/fields",
        {"name": "Account__c", "type": "reference", "reference_to": "Account"},
    )
    org.control(
        "POST",
        "objects/Account/fields",
        {"name": "Ext__c", "type": "string", "length": 9, "external_id": True},
    )
    org.create("Account", Name="Acme", Ext__c="7")
    org.create("Site__c", Name="North", Account__r={"Ext__c": "7"})
    found = org.query("SELECT Name, Account__r.Name FROM Site__c")["records"][0]
    assert found["Account__r"]["Name"] == "Acme"
    assert org.refusal("POST", "sobjects/Site__c", {"Name": "S", "Account__r": {"Ext__c": "8"}})[
        1:3
    ] == (
        "INVALID_FIELD",
        "Foreign key external ID: 8 not found for field Ext__c in entity Account",
    )
    org.control("DELETE", "objects/Account/fields/Ext__c")
    assert (
        org.refusal("POST", "sobjects/Account", {"Name": "x", "Ext__c": "9"})[1] == "INVALID_FIELD"
    )
    org.control("DELETE", "objects/Site__c")
    assert org.refusal("POST", "sobjects/Site__c", {"Name": "x"})[0] == 404


def test_picklist_option_added_in_setup_lets_the_record_in(org: SimulatedOrg) -> None:
    org.control("PATCH", "objects/Contact/fields/LeadSource", {"restricted": True})
    values = {"LastName": "x", "LeadSource": "Webinar"}
    assert (
        org.refusal("POST", "sobjects/Contact", values)[1]
        == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    )
    org.control("PATCH", "objects/Contact/fields/LeadSource", {"options": ["Web", "Webinar"]})
    org.create("Contact", **values)


def test_field_type_can_be_changed_under_stored_values(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="x", Department="12", Title="Chief")
    for name in ("Department", "Title"):
        org.control(
            "PATCH",
            f"objects/Contact/fields/{name}",
            {"type": "double", "precision": 4, "scale": 1},
        )
    found = org.call("GET", f"sobjects/Contact/{contact}").json()
    assert (found["Department"], found["Title"]) == (12.0, None)
    assert (
        org.refusal("PATCH", f"sobjects/Contact/{contact}", {"Title": "Chief"})[1]
        == "JSON_PARSER_ERROR"
    )
    assert (
        org.refusal("PATCH", f"sobjects/Contact/{contact}", {"Title": 1000})[1]
        == "NUMBER_OUTSIDE_VALID_RANGE"
    )

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.hubspot.property_defaults import COMPANIES, CONTACTS, DEALS, definitions
from simulators.hubspot.validation import BadValue, check
from simulators.tests.hubspot.conftest import Account

TABLE = {
    each["name"]: each
    for table in (CONTACTS, COMPANIES, DEALS)
    for each in definitions(table, "2026-01-01T00:00:00.000Z")
}


@pytest.mark.parametrize(
    ("name", "given", "stored"),
    [
        ("email", " Jan@Example.COM ", "jan@example.com"),
        ("numberofemployees", "12.50", "12.50"),
        ("date_of_birth", "1980-02-29", "1980-02-29"),
        ("date_of_birth", "320630400000", "1980-02-29"),
        ("closedate", "2026-11-24", "2026-11-24T00:00:00.000Z"),
        ("closedate", "2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00.000Z"),
        ("closedate", "1635535865000", "2021-10-29T19:31:05.000Z"),
        ("is_public", "TRUE", "true"),
        ("hs_buying_role", "CHAMPION; END_USER;CHAMPION", "CHAMPION;END_USER"),
        ("city", "", ""),
        ("message", "x" * 65_536, "x" * 65_536),
    ],
)
def test_what_a_property_holds(name: str, given: str, stored: str) -> None:
    assert check(TABLE[name], given) == stored


@pytest.mark.parametrize(
    ("name", "given", "code", "message"),
    [
        ("numberofemployees", "many", "INVALID_INTEGER", "many was not a valid number."),
        ("numberofemployees", "nan", "INVALID_INTEGER", "nan was not a valid number."),
        ("closedate", "asd000", "INVALID_LONG", "asd000 was not a valid long."),
        ("date_of_birth", "1980-02-30", "INVALID_LONG", "1980-02-30 was not a valid long."),
        ("date_of_birth", "1635535865", "INVALID_DATE", "1635535865 is at 22:18:55.865 UTC, not midnight!"),
        ("email", "jan@@example", "INVALID_EMAIL", "Email address jan@@example is invalid"),
        ("email", "jan@example", "INVALID_EMAIL", "Email address jan@example is invalid"),
        ("hs_priority", "urgent", "INVALID_OPTION", "urgent was not one of the allowed options: [low, medium, high]"),
        ("is_public", "maybe", "INVALID_OPTION", "maybe was not one of the allowed options: [true, false]"),
        ("hs_buying_role", "CHAMPION;BOSS", "INVALID_OPTION", None),
        ("message", "x" * 65_537, "INVALID_LENGTH", None),
    ],
)  # fmt: skip
def test_what_a_property_cannot_hold(name: str, given: str, code: str, message: str | None) -> None:
    with pytest.raises(BadValue) as refused:
        check(TABLE[name], given)
    assert refused.value.code == code
    assert message in (None, refused.value.message)


def test_option_lists_decide_and_can_be_changed(account: Account) -> None:
    record = account.create("contacts", email="a@example.com")
    options = [{"label": label, "value": label.lower()} for label in ("Red", "Blue")]
    body = {"name": "colour", "label": "Colour", "type": "enumeration", "fieldType": "select",
            "groupName": "contactinformation", "options": options}  # fmt: skip
    made = account.call("POST", "/crm/properties/2026-09/contacts", body)
    assert made.status_code == 201
    assert made.json()["modificationMetadata"]["archivable"] is True
    path = f"/crm/v3/objects/contacts/{record}"
    assert account.call("PATCH", path, {"properties": {"colour": "green"}}).status_code == 400

    green = [*options, {"label": "Green", "value": "green"}]
    account.call("PATCH", "/crm/v3/properties/contacts/colour", {"options": green})
    assert account.call("PATCH", path, {"properties": {"colour": "green"}}).status_code == 200

    assert account.call("DELETE", "/crm/v3/properties/contacts/colour").status_code == 204
    refused = account.call("PATCH", path, {"properties": {"colour": "red"}})
    assert refused.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    archived = account.call("GET", "/crm/v3/properties/contacts?archived=true").json()["results"]
    assert [each["name"] for each in archived] == ["colour"]


def test_a_property_that_exists_or_makes_no_sense_is_refused(account: Account) -> None:
    body: dict[str, Any] = {"name": "email", "label": "E", "type": "string", "fieldType": "text",
                            "groupName": "contactinformation"}  # fmt: skip
    assert account.call("POST", "/crm/v3/properties/contacts", body).status_code == 409
    for change in (
        {"name": "Upper"},
        {"name": "x", "type": "number"},
        {"name": "x", "groupName": "none"},
    ):
        assert (
            account.call("POST", "/crm/v3/properties/contacts", {**body, **change}).status_code
            == 400
        )
    assert account.call("GET", "/crm/v3/properties/contacts/nope").status_code == 404
    assert account.call("DELETE", "/crm/v3/properties/contacts/email").status_code == 400


def test_a_batch_of_properties_and_groups(account: Account) -> None:
    read = account.call(
        "POST",
        "/crm/v3/properties/deals/batch/read",
        {"inputs": [{"name": "amount"}, {"name": "x"}]},
    )
    assert (read.status_code, read.json()["results"][0]["type"], read.json()["numErrors"]) == (
        207,
        "number",
        1,
    )
    group = {"name": "own", "label": "Own"}
    assert account.call("POST", "/crm/v3/properties/deals/groups", group).status_code == 201
    listed = account.call("GET", "/crm/properties/2026-09/deals/groups").json()["results"]
    assert "own" in {each["name"] for each in listed}
    assert account.call("DELETE", "/crm/v3/properties/deals/groups/own").status_code == 204


def test_a_unique_property_conflicts_in_hubspots_words(account: Account) -> None:
    first = account.create("companies", name="Acme", salesforceaccountid="001A")
    account.control("POST", "properties/companies/salesforceaccountid", {"unique": True})
    refused = account.call(
        "POST", "/crm/v3/objects/companies", {"properties": {"salesforceaccountid": "001A"}}
    )
    assert refused.status_code == 400
    text = refused.json()["message"]
    assert text.startswith("Cannot set PropertyValueCoordinates{portalId=")
    assert "propertyName=salesforceaccountid, value=001A} on " in text
    assert text.endswith(f" {first} already has that value.")


def test_admins_rules_hold_from_2026_09_on(account: Account) -> None:
    rules = [{"ruleType": "MIN_LENGTH", "ruleArguments": ["5"]}]
    account.control("POST", "properties/companies/zip", {"rules": rules, "required": True})
    old, new = "/crm/v3/objects/companies", "/crm/objects/2026-09/companies"
    assert account.call("POST", old, {"properties": {"name": "a", "zip": "12"}}).status_code == 201
    assert account.call("POST", old, {"properties": {"name": "a"}}).status_code == 201
    refused = account.call("POST", new, {"properties": {"name": "a", "zip": "12"}}).json()
    assert json.loads(refused["message"].partition(": ")[2])[0]["name"] == "zip"
    refused = account.call("POST", new, {"properties": {"name": "a"}}).json()
    assert refused["message"] == "Error creating COMPANY. Some required properties were not set."
    assert refused["context"] == {"properties": ["zip"]}
    read = account.call("GET", "/crm/v3/property-validations/0-2/zip").json()["results"]
    assert read[0]["ruleType"] == "MIN_LENGTH"

from __future__ import annotations

import json

import pytest

from simulators.tests.hubspot.conftest import Account

VERSIONS = [
    "/crm/objects/2026-09",
    "/crm/objects/2026-03",
    "/crm/objects/2025-09",
    "/crm/v3/objects",
]


@pytest.mark.parametrize("base", VERSIONS)
def test_a_contact_is_created_read_changed_and_archived(account: Account, base: str) -> None:
    made = account.call(
        "POST", f"{base}/contacts", {"properties": {"email": "Jan@Example.com", "firstname": "Jan"}}
    )
    assert made.status_code == 201
    record_id = made.json()["id"]
    assert made.json()["properties"]["email"] == "jan@example.com"

    changed = account.call(
        "PATCH", f"{base}/contacts/{record_id}", {"properties": {"firstname": ""}}
    )
    assert changed.json()["properties"]["firstname"] == ""
    assert changed.json()["updatedAt"] > made.json()["updatedAt"]

    read = account.call(
        "GET", f"{base}/0-1/jan@example.com?idProperty=email&properties=firstname,nope"
    )
    assert read.json()["properties"].keys() == {
        "createdate",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
    }
    assert read.json()["properties"]["firstname"] is None

    assert account.call("DELETE", f"{base}/contacts/{record_id}").status_code == 204
    gone = account.call("GET", f"{base}/contacts/{record_id}")
    assert (gone.status_code, gone.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    archived = account.call("GET", f"{base}/contacts/{record_id}?archived=true").json()
    assert archived["archived"] is True


def test_a_second_contact_with_the_same_address_conflicts(account: Account) -> None:
    first = account.create("contacts", email="jan@example.com")
    refused = account.call(
        "POST", "/crm/v3/objects/contacts", {"properties": {"email": "JAN@example.com"}}
    )
    assert refused.status_code == 409
    assert refused.json()["category"] == "CONFLICT"
    assert refused.json()["message"] == f"Contact already exists. Existing ID: {first}"

    other = account.create("contacts", email="other@example.com")
    refused = account.call(
        "PATCH", f"/crm/v3/objects/contacts/{other}", {"properties": {"email": "jan@example.com"}}
    )
    assert refused.status_code == 409


def test_an_archived_contact_frees_its_address(account: Account) -> None:
    first = account.create("contacts", email="jan@example.com")
    account.call("DELETE", f"/crm/v3/objects/contacts/{first}")
    assert account.create("contacts", email="jan@example.com") != first


def test_a_second_company_of_a_domain_is_refused_only_when_the_admin_asks(account: Account) -> None:
    first = account.create("companies", name="Acme", domain="acme.com")
    account.create("companies", name="Acme too", domain="acme.com")
    account.control("POST", "settings", {"unique_company_domain": True})
    refused = account.call(
        "POST", "/crm/v3/objects/companies", {"properties": {"domain": "ACME.com"}}
    )
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "UNIQUE_VALUE_CONFLICT"
    assert f"{first} already has that value." in refused.json()["message"]


def test_what_is_wrong_with_values_is_told_as_json_in_the_message_and_as_errors(
    account: Account,
) -> None:
    refused = account.call(
        "POST",
        "/crm/v3/objects/companies",
        {"properties": {"nope": "1", "hs_object_id": "2", "numberofemployees": "x"}},
    )
    assert refused.status_code == 400
    body = refused.json()
    assert body["category"] == "VALIDATION_ERROR"
    told = json.loads(body["message"].removeprefix("Property values were not valid: "))
    assert [each["error"] for each in told] == [
        "PROPERTY_DOESNT_EXIST",
        "READ_ONLY_VALUE",
        "INVALID_INTEGER",
    ]
    assert told[1]["message"] == '"hs_object_id" is a calculated property; its value cannot be set.'
    assert [each["context"]["propertyName"] for each in body["errors"]] == [
        ["nope"], ["hs_object_id"], ["numberofemployees"],
    ]  # fmt: skip


def test_an_update_without_properties_is_refused(account: Account) -> None:
    record = account.create("companies", name="Acme")
    refused = account.call("PATCH", f"/crm/v3/objects/companies/{record}", {"properties": {}})
    assert (
        refused.json()["message"] == "No properties found to update, please provide at least one."
    )


def test_writing_the_same_value_again_leaves_the_record_unchanged(account: Account) -> None:
    record = account.create("companies", name="Acme")
    before = account.read("companies", record)["hs_lastmodifieddate"]
    account.call("PATCH", f"/crm/v3/objects/companies/{record}", {"properties": {"name": "Acme"}})
    assert account.read("companies", record)["hs_lastmodifieddate"] == before


def test_malformed_json_is_refused_with_its_place(account: Account) -> None:
    refused = account.call(
        "POST", "/crm/v3/objects/contacts", data="{", headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("Invalid input JSON on line 1, column 2")


def test_listing_pages_to_the_end(account: Account) -> None:
    made = {account.create("companies", name=f"Company {n}") for n in range(5)}
    seen, after = set(), ""
    while True:
        page = account.call("GET", f"/crm/v3/objects/companies?limit=2&after={after}").json()
        seen |= {each["id"] for each in page["results"]}
        if "paging" not in page:
            break
        after = page["paging"]["next"]["after"]
    assert seen == made


def test_history_keeps_every_value(account: Account) -> None:
    record = account.create("contacts", email="a@example.com", city="Gdynia")
    account.call("PATCH", f"/crm/v3/objects/contacts/{record}", {"properties": {"city": "Sopot"}})
    read = account.call(
        "GET", f"/crm/v3/objects/contacts/{record}?propertiesWithHistory=city"
    ).json()
    assert [each["value"] for each in read["propertiesWithHistory"]["city"]] == ["Sopot", "Gdynia"]


def test_a_stage_of_no_pipeline_is_not_an_option(account: Account) -> None:
    deal = account.create("deals", dealname="Pump", dealstage="closedwon", amount="10")
    assert account.read("deals", deal, "pipeline", "hs_is_closed_won")["hs_is_closed_won"] == "true"
    refused = account.call(
        "PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": "lost"}}
    )
    assert refused.json()["errors"][0]["code"] == "INVALID_OPTION"


def test_an_unknown_type_is_named(account: Account) -> None:
    refused = account.call("GET", "/crm/v3/objects/dragons")
    assert (refused.status_code, refused.json()["context"]) == (400, {"objectType": ["dragons"]})


def test_a_value_that_is_no_text_is_refused(account: Account) -> None:
    for value in ({"a": 1}, ["a"]):
        refused = account.call("POST", "/crm/v3/objects/contacts", {"properties": {"city": value}})
        assert refused.status_code == 400
        assert refused.json()["message"].startswith("Invalid input JSON")


def test_records_outlive_a_kill(account: Account) -> None:
    record = account.create("companies", name="Acme")
    process = account.simulators.process
    assert process is not None
    process.kill()
    process.wait()
    account.simulators.start()
    assert account.read("companies", record, "name")["name"] == "Acme"

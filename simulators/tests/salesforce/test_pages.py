from __future__ import annotations

import re

import requests

from simulators.tests.salesforce.conftest import SimulatedOrg


def page(org: SimulatedOrg, path: str, form: dict[str, str] | None = None) -> requests.Response:
    method = "GET" if form is None else "POST"
    return requests.request(method, org.simulators.salesforce_url + path, data=form, timeout=30)


def test_record_page_is_found_by_its_plain_id_and_marked_as_a_simulator(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="<b>Kowal</b>")
    found = page(org, f"/{contact[:15]}")
    assert found.url.endswith(f"/lightning/r/Contact/{contact}/view")
    assert "Simulator" in found.text
    assert "&lt;b&gt;Kowal" in found.text
    assert "<b>Kowal" not in found.text
    assert contact in page(org, "/lightning/o/Contact/list?q=kowal").text


def test_pages_are_no_api_calls(org: SimulatedOrg) -> None:
    page(org, "/lightning/o/Contact/list")
    assert org.metered() == 0


def test_a_person_edits_past_field_level_security_but_not_past_the_rules(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="Kowal")
    org.control("PATCH", "objects/Contact/fields/Title", {"editable": False})
    edit = f"/lightning/r/Contact/{contact}/edit"
    assert page(org, edit, {"Title": "Chief"}).url.endswith("view?saved=1")
    assert org.call("GET", f"sobjects/Contact/{contact}").json()["Title"] == "Chief"
    refused = page(org, edit, {"Email": "nonsense"})
    assert refused.status_code == 400
    assert "invalid email address: nonsense" in refused.text


def test_setup_adds_the_missing_option(org: SimulatedOrg) -> None:
    setup = "/lightning/setup/ObjectManager/Contact/FieldsAndRelationships/"
    new = {
        "name": "Tier__c",
        "label": "Tier",
        "type": "picklist",
        "options": "A",
        "restricted": "1",
        "readable": "1",
        "editable": "1",
    }
    assert page(org, setup + "new", new).status_code == 200
    values = {"LastName": "x", "Tier__c": "B"}
    assert (
        org.refusal("POST", "sobjects/Contact", values)[1]
        == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    )
    assert (
        page(org, setup + "Tier__c/view", {**new, "do": "save", "options": "A\nB"}).status_code
        == 200
    )
    org.create("Contact", **values)


def test_setup_refuses_nonsense_beside_the_form(org: SimulatedOrg) -> None:
    new = {"name": "Tier", "label": "Tier", "type": "picklist"}
    answer = page(org, "/lightning/setup/ObjectManager/Contact/FieldsAndRelationships/new", new)
    assert answer.status_code == 400
    assert "ends in __c" in answer.text
    rule = {"name": "R", "formula": "Foo = 1", "message": "no", "active": "1"}
    answer = page(org, "/lightning/setup/ObjectManager/Contact/rules/new?kind=validation", rule)
    assert "Field Foo does not exist" in answer.text


def test_rule_made_and_deleted_in_setup(org: SimulatedOrg) -> None:
    rules = "/lightning/setup/ObjectManager/Contact/rules/"
    page(
        org,
        rules + "new?kind=validation",
        {"name": "R", "formula": "TRUE", "message": "never", "active": "1"},
    )
    assert org.refusal("POST", "sobjects/Contact", {"LastName": "x"})[2] == "never"
    made = org.control("GET", "metadata")["objects"]["Contact"]["rules"][0]["id"]
    page(org, f"{rules}{made}", {"do": "delete"})
    org.create("Contact", LastName="x")


def test_delete_and_restore(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="x")
    page(org, f"/lightning/r/Contact/{contact}/delete", {})
    assert org.call("GET", f"sobjects/Contact/{contact}").status_code == 404
    page(org, f"/lightning/r/Contact/{contact}/undelete", {})
    assert org.call("GET", f"sobjects/Contact/{contact}").status_code == 200


def test_setup_lists_rules_and_users_at_lightnings_addresses(org: SimulatedOrg) -> None:
    rule = {
        "kind": "automation", "form": "flow", "name": "Route it", "event": "before", "on": "create",
        "formula": "FALSE", "message": "no",
    }  # fmt: skip
    made = page(org, "/lightning/setup/ObjectManager/Account/rules/new", rule)
    assert made.status_code == 200, made.text

    assert "Route it" in page(org, "/lightning/setup/Flows/home").text
    assert "Route it" not in page(org, "/lightning/setup/ApexTriggers/home").text
    assert (
        "Route it" in page(org, "/lightning/setup/ObjectManager/Account/ValidationRules/view").text
    )
    assert page(org, "/lightning/setup/NoSuchNode/home").status_code == 404


def test_a_users_own_page_activates_and_deactivates(org: SimulatedOrg) -> None:
    listed = page(org, "/lightning/setup/ManageUsers/home").text
    found = re.search(r"(/lightning/setup/ManageUsers/page\?address=%2F\w+)\">Ben Okafor", listed)
    assert found
    address = found[1] + "%3Fnoredirect%3D1%26isUserEntityOverride%3D1"

    assert "<dd>Yes</dd>" in page(org, address).text
    assert "<dd>No</dd>" in page(org, address, {"active": "false"}).text
    assert page(org, "/lightning/setup/ManageUsers/page?address=%2F005nobody").status_code == 404

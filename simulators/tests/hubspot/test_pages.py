from __future__ import annotations

import re
from typing import Any

import requests

from simulators.hubspot.defaults import PORTAL_ID
from simulators.tests.hubspot.conftest import Account


def open_page(account: Account, path: str, form: dict[str, Any] | None = None) -> requests.Response:
    url = account.url + path.replace("{portal}", str(PORTAL_ID))
    return requests.request("GET" if form is None else "POST", url, data=form, timeout=30)


def test_a_record_is_read_and_edited_by_a_person(account: Account) -> None:
    record = account.create("contacts", email="a@example.com", lastname="<b>Nowak</b>")
    path = f"/contacts/{{portal}}/record/0-1/{record}"
    shown = open_page(account, path)
    assert shown.status_code == 200
    assert "Simulator" in shown.text
    assert "&lt;b&gt;Nowak" in shown.text
    assert "<b>Nowak" not in shown.text

    refused = open_page(account, path, {"email": "bad", "city": "Gdynia"})
    assert refused.status_code == 400
    assert "Email address bad is invalid" in refused.text
    assert 'value="bad"' in refused.text

    saved = open_page(
        account, path, {"email": "b@example.com", "hs_buying_role": ["", "CHAMPION", "OTHER"]}
    )
    assert "Saved." in saved.text
    stored = account.read("contacts", record, "email", "hs_buying_role", "city")
    assert (stored["email"], stored["hs_buying_role"], stored["city"]) == (
        "b@example.com",
        "CHAMPION;OTHER",
        None,
    )


def test_associations_are_added_and_removed_by_a_person(account: Account) -> None:
    contact = account.create("contacts", email="a@acme.com")
    company = account.create("companies", name="Acme", domain="acme.com")
    path = f"/contacts/{{portal}}/record/0-1/{contact}/associations/0-2"
    added = open_page(account, path, {"who": "acme.com", "kind": "HUBSPOT_DEFINED-279"})
    assert "Companies (1" in added.text
    missing = open_page(account, path, {"who": "nowhere", "kind": "HUBSPOT_DEFINED-279"})
    assert (missing.status_code, "No company matches" in missing.text) == (400, True)
    removed = open_page(account, path, {"remove": company})
    assert "Companies (0" in removed.text


def test_a_full_company_says_so_on_the_page(account: Account) -> None:
    open_page(account, "/settings/{portal}/associations",
              {"from": "0-2", "to": "0-1", "category": "HUBSPOT_DEFINED", "type_id": "280", "limit": "1"})  # fmt: skip
    people = [account.create("contacts", email=f"{n}@acme.com") for n in "ab"]
    company = account.create("companies", name="Acme")
    path = f"/contacts/{{portal}}/record/0-2/{company}/associations/0-1"
    form = {"kind": "HUBSPOT_DEFINED-280"}
    assert open_page(account, path, {"who": people[0], **form}).status_code == 200
    refused = open_page(account, path, {"who": people[1], **form})
    assert (refused.status_code, "Association limit reached" in refused.text) == (400, True)


def test_an_admin_adds_a_missing_option_and_a_rule(account: Account) -> None:
    path = "/settings/{portal}/properties/0-2/industry"
    open_page(account, path, {"add_label": "Space", "add_value": "SPACE"})
    company = account.create("companies", name="Orbit", industry="SPACE")
    open_page(account, path, {"remove_option": "SPACE"})
    refused = account.call(
        "POST", "/crm/v3/objects/companies", {"properties": {"industry": "SPACE"}}
    )
    assert refused.status_code == 400
    assert (
        "SPACE (not an option)"
        in open_page(account, f"/contacts/{{portal}}/record/0-2/{company}").text
    )

    open_page(
        account, "/settings/{portal}/properties/0-2/zip", {"required": "1", "MIN_LENGTH": "5"}
    )
    refused_page = open_page(account, "/contacts/{portal}/objects/0-2/new", {"name": "No zip"})
    assert (refused_page.status_code, "This property is required." in refused_page.text) == (
        400,
        True,
    )
    bad = open_page(account, "/settings/{portal}/properties/0-2/zip", {"MIN_LENGTH": "five"})
    assert (bad.status_code, "Invalid arguments" in bad.text) == (400, True)


def test_index_and_list_pages_show_records(account: Account) -> None:
    record = account.create("contacts", email="a@example.com")
    assert "a@example.com" in open_page(account, "/contacts/{portal}/objects/0-1?q=a@example").text
    body = {"name": "Mine", "objectTypeId": "0-1", "processingType": "MANUAL"}
    list_id = account.call("POST", "/crm/v3/lists", body).json()["list"]["listId"]
    account.call("PUT", f"/crm/v3/lists/{list_id}/memberships/add", [record])
    assert "Mine" in open_page(account, "/contacts/{portal}/objectLists").text
    assert "a@example.com" in open_page(account, f"/contacts/{{portal}}/objectLists/{list_id}").text


def test_pages_are_neither_metered_nor_found_for_another_account(account: Account) -> None:
    before = account.simulators.control("GET", "calls/count?system=hubspot")["count"]
    assert open_page(account, "/contacts/{portal}/objects/0-1").status_code == 200
    assert open_page(account, "/contacts/1/objects/0-1").status_code == 404
    assert open_page(account, "/contacts/{portal}/record/0-1/77").status_code == 404
    assert account.simulators.control("GET", "calls/count?system=hubspot")["count"] == before


def test_a_property_is_found_at_the_address_that_hubspot_gives_it(account: Account) -> None:
    path = "/property-settings/{portal}/properties?type=0-1&action=edit&property="

    assert "Job Title" in open_page(account, path + "jobtitle").text
    assert open_page(account, path + "nothing").status_code == 404
    assert "Contact properties" in open_page(account, path.split("&")[0]).text


def test_scopes_of_a_key_are_taken_and_granted_by_a_person(account: Account) -> None:
    path = "/service-keys/{portal}"
    shown = open_page(account, path)
    assert "hs-service-key" not in shown.text
    name = re.search(r'name="name" value="([^"]+)"', shown.text)
    assert name

    open_page(account, path, {"name": name[1], "scopes": ["crm.objects.contacts.read"]})
    refused = account.call("POST", "/crm/objects/2026-09/contacts", {"properties": {}})
    assert refused.json()["category"] == "MISSING_SCOPES"

    open_page(
        account,
        path,
        {"name": name[1], "scopes": ["crm.objects.contacts.read", "crm.objects.contacts.write"]},
    )
    assert account.create("contacts", email="b@example.com")
    assert open_page(account, path, {"name": "nobody's", "scopes": []}).status_code == 404

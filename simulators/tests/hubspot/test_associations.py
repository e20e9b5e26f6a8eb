from __future__ import annotations

from typing import Any

import pytest

from simulators.tests.hubspot.conftest import Account

LABELLED = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}


@pytest.fixture
def pair(account: Account) -> tuple[str, str]:
    return account.create("contacts", email="a@acme.com"), account.create("companies", name="Acme")


def batch(contact: str, company: str, **more: Any) -> dict[str, Any]:
    return {
        "inputs": [{"from": {"id": contact}, "to": {"id": company}, "types": [LABELLED], **more}]
    }


@pytest.mark.parametrize("base", ["/crm/v4/associations", "/crm/associations/2026-09"])
def test_links_are_made_read_from_both_ends_and_removed(
    account: Account, pair: tuple[str, str], base: str
) -> None:
    contact, company = pair
    assert (
        account.call("POST", f"{base}/contacts/companies/batch/create", batch(*pair)).status_code
        == 201
    )
    back = account.call(
        "POST", f"{base}/companies/contacts/batch/read", {"inputs": [{"id": company}]}
    ).json()
    assert [each["toObjectId"] for each in back["results"][0]["to"]] == [contact]
    assert (
        account.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == company
    )
    assert (
        account.read("companies", company, "num_associated_contacts")["num_associated_contacts"]
        == "1"
    )

    ends = {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]}
    assert account.call("POST", f"{base}/contacts/companies/batch/archive", ends).status_code == 204
    none = account.call(
        "POST", f"{base}/contacts/companies/batch/read", {"inputs": [{"id": contact}]}
    ).json()
    assert none["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_a_contact_has_one_primary_company(account: Account, pair: tuple[str, str]) -> None:
    contact, first = pair
    second = account.create("companies", name="Other")
    for company in (first, second):
        account.link("contacts", contact, "companies", company)
    assert account.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == first
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{second}"
    assert account.call("PUT", path, spec).status_code == 201
    assert account.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == second
    links = account.call(
        "GET", f"/crm/v4/objects/contacts/{contact}/associations/companies"
    ).json()["results"]
    labels = {each["toObjectId"]: {t["label"] for t in each["associationTypes"]} for each in links}
    assert labels == {first: {None}, second: {None, "Primary"}}


def test_a_full_company_takes_no_further_contact(account: Account, pair: tuple[str, str]) -> None:
    contact, company = pair
    account.control(
        "POST", "association-limit", {"from": "companies", "to": "contacts", "limit": 1}
    )
    assert account.link("contacts", contact, "companies", company).status_code == 200
    assert account.link("contacts", contact, "companies", company).status_code == 200
    second = account.create("contacts", email="b@acme.com")
    refused = account.link("contacts", second, "companies", company)
    assert refused.status_code == 400
    assert refused.json()["subCategory"] == "crm.associations.ASSOCIATION_LIMIT_REACHED"
    refused = account.call(
        "POST", "/crm/associations/2026-09/contacts/companies/batch/create", batch(second, company)
    )
    assert refused.json()["errors"][0]["context"]["fromObjectId"] == [company]

    account.control(
        "POST", "association-limit", {"from": "companies", "to": "contacts", "limit": None}
    )
    assert account.link("contacts", second, "companies", company).status_code == 200


def test_a_contact_whose_company_is_full_is_not_created(
    account: Account, pair: tuple[str, str]
) -> None:
    account.control(
        "POST", "association-limit", {"from": "companies", "to": "contacts", "limit": 1}
    )
    account.link("contacts", pair[0], "companies", pair[1])
    body = {
        "properties": {"email": "c@acme.com"},
        "associations": [{"to": {"id": pair[1]}, "types": [LABELLED]}],
    }
    assert account.call("POST", "/crm/v3/objects/contacts", body).status_code == 400
    assert (
        account.call("GET", "/crm/v3/objects/contacts/c@acme.com?idProperty=email").status_code
        == 404
    )


def test_admins_limits_can_be_read_and_set_over_the_api(account: Account) -> None:
    path = "/crm/v4/associations/definitions/configurations/companies/contacts"
    spec = {"category": "HUBSPOT_DEFINED", "typeId": 280}
    account.call("POST", f"{path}/batch/create", {"inputs": [{**spec, "maxToObjectIds": 5}]})
    assert account.call("GET", path).json()["results"][0]["userEnforcedMaxToObjectIds"] == 5
    assert account.call("POST", f"{path}/batch/purge", {"inputs": [spec]}).status_code == 204
    assert account.call("GET", path).json()["results"] == []


@pytest.mark.parametrize(
    ("change", "sub_category"),
    [
        (
            {"types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]},
            "INVALID_ASSOCIATION_TYPE",
        ),
        ({"to": {"id": "x1"}}, "INVALID_IDENTIFIER"),
    ],
)
def test_links_that_make_no_sense_are_told(
    account: Account, pair: tuple[str, str], change: dict[str, Any], sub_category: str
) -> None:
    told = account.call(
        "POST", "/crm/v4/associations/contacts/companies/batch/create", batch(*pair, **change)
    )
    assert told.status_code == 207
    assert told.json()["errors"][0]["subCategory"] == f"crm.associations.{sub_category}"


def test_a_link_to_a_missing_record_is_told(account: Account, pair: tuple[str, str]) -> None:
    refused = account.link("contacts", pair[0], "companies", "99")
    assert (refused.status_code, refused.json()["context"]) == (404, {"ids": ["99"]})


def test_archiving_a_company_takes_its_links_away(account: Account, pair: tuple[str, str]) -> None:
    account.link("contacts", pair[0], "companies", pair[1])
    account.call("DELETE", f"/crm/v3/objects/companies/{pair[1]}")
    assert not account.read("contacts", pair[0], "associatedcompanyid")["associatedcompanyid"]


def test_labels_of_ones_own(account: Account, pair: tuple[str, str]) -> None:
    path = "/crm/v4/associations/contacts/companies/labels"
    made = account.call(
        "POST", path, {"label": "Buyer", "name": "buyer", "inverseLabel": "Buys"}
    ).json()["results"]
    spec = [{"associationCategory": "USER_DEFINED", "associationTypeId": made[0]["typeId"]}]
    linked = account.call(
        "PUT", f"/crm/v4/objects/contacts/{pair[0]}/associations/companies/{pair[1]}", spec
    )
    assert linked.json()["labels"] == ["Buyer"]
    back = account.call("GET", f"/crm/v4/objects/companies/{pair[1]}/associations/contacts").json()[
        "results"
    ]
    assert "Buys" in {each["label"] for each in back[0]["associationTypes"]}

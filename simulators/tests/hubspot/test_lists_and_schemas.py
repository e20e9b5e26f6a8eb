from __future__ import annotations

from typing import Any

import pytest

from simulators.tests.hubspot.conftest import Account

LISTS = "/crm/lists/2026-09"


def make(account: Account, name: str = "Waiting", **more: Any) -> Any:
    body = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL", **more}
    return account.call("POST", LISTS, body)


def test_a_list_is_filled_paged_renamed_and_deleted(account: Account) -> None:
    people = [account.create("contacts", email=f"p{n}@example.com") for n in range(3)]
    list_id = make(account).json()["list"]["listId"]
    changed = account.call(
        "PUT", f"{LISTS}/{list_id}/memberships/add", [*people, people[0], "99"]
    ).json()
    assert changed == {
        "recordsIdsAdded": people,
        "recordIdsRemoved": [],
        "recordIdsMissing": ["99"],
    }
    swap = {"recordIdsToAdd": [people[0]], "recordIdsToRemove": [people[2]]}
    account.call("PUT", f"/crm/v3/lists/{list_id}/memberships/add-and-remove", swap)

    first = account.call("GET", f"{LISTS}/{list_id}/memberships?limit=1").json()
    after = first["paging"]["next"]["after"]
    second = account.call("GET", f"{LISTS}/{list_id}/memberships?limit=1&after={after}").json()
    assert [each["recordId"] for page in (first, second) for each in page["results"]] == people[:2]
    assert "paging" not in second

    account.call("PUT", f"{LISTS}/{list_id}/update-list-name?listName=Renamed")
    found = account.call("POST", f"{LISTS}/search", {"query": "rena"}).json()
    assert [(each["name"], each["size"]) for each in found["lists"]] == [("Renamed", 2)]
    assert account.call("DELETE", f"{LISTS}/{list_id}").status_code == 204
    assert account.call("GET", f"{LISTS}/{list_id}").status_code == 404
    assert make(account, "Renamed").status_code == 200


def test_names_of_lists_are_unique(account: Account) -> None:
    make(account)
    refused = make(account, "WAITING")
    assert refused.status_code == 400
    assert refused.json()["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"


def test_a_dynamic_list_follows_its_filters(account: Account) -> None:
    record = account.create("contacts", email="a@example.com", city="Gdynia")
    filters = [{"filterType": "PROPERTY", "property": "city",
                "operation": {"operationType": "STRING", "operator": "IS_EQUAL_TO", "value": "Gdynia"}}]  # fmt: skip
    branch = {
        "filterBranchType": "OR",
        "filterBranches": [{"filterBranchType": "AND", "filters": filters}],
    }
    made = make(account, "Dynamic", processingType="DYNAMIC", filterBranch=branch).json()["list"]
    assert made["size"] == 1
    account.call("PATCH", f"/crm/v3/objects/contacts/{record}", {"properties": {"city": "Sopot"}})
    assert account.call("GET", f"{LISTS}/{made['listId']}").json()["list"]["size"] == 0
    refused = account.call("PUT", f"{LISTS}/{made['listId']}/memberships/add", [record])
    assert refused.status_code == 400


@pytest.fixture
def machines(account: Account) -> str:
    schema = {
        "name": "machine",
        "labels": {"singular": "Machine", "plural": "Machines"},
        "primaryDisplayProperty": "serial",
        "requiredProperties": ["serial"],
        "properties": [
            {
                "name": "serial",
                "label": "Serial",
                "type": "string",
                "fieldType": "text",
                "hasUniqueValue": True,
            },
            {"name": "weight", "label": "Weight", "type": "number", "fieldType": "number"},
        ],
        "associatedObjects": ["COMPANY"],
    }
    made = account.call("POST", "/crm-object-schemas/2026-09/schemas", schema)
    assert made.status_code == 201, made.text
    return str(made.json()["objectTypeId"])


@pytest.mark.parametrize("spelling", ["{id}", "machine", "p146012345_machine"])
def test_custom_objects_work_by_id_name_and_full_name(
    account: Account, machines: str, spelling: str
) -> None:
    name = spelling.format(id=machines)
    assert machines.startswith("2-")
    record = account.create(name, serial="A1", weight="2.5")
    assert account.read(name, record, "weight")["weight"] == "2.5"
    assert (
        account.call("POST", f"/crm/v3/objects/{name}", {"properties": {"weight": "1"}}).status_code
        == 400
    )
    company = account.create("companies", name="Acme")
    assert account.link(name, record, "companies", company).status_code == 200
    schema = account.call("GET", f"/crm/v3/schemas/{name}").json()
    assert {each["name"] for each in schema["properties"]} >= {"serial", "weight", "hs_object_id"}


def test_pipelines_give_the_stages_of_deals(account: Account) -> None:
    found = account.call("GET", "/crm/v3/pipelines/deals").json()["results"]
    assert found[0]["stages"][0]["id"] == "appointmentscheduled"
    stages = [{"label": "Signed", "displayOrder": 0, "metadata": {"probability": "1.0"}}]
    body = {"label": "Renewals", "displayOrder": 1, "stages": stages}
    assert account.call("POST", "/crm/pipelines/2026-09/deals", body).status_code == 201
    deal = account.create("deals", dealname="Renewal", dealstage="signed")
    assert account.read("deals", deal, "pipeline")["pipeline"] == "renewals"


def test_owners_are_listed_and_can_be_inactive(account: Account) -> None:
    found = account.call("GET", "/crm/owners/2026-09?limit=2").json()
    assert len(found["results"]) == 2
    assert "paging" in found
    archived = account.call("GET", "/crm/v3/owners?archived=true").json()["results"]
    assert [each["userId"] for each in archived] == [None]
    refused = account.call(
        "POST", "/crm/v3/objects/contacts", {"properties": {"hubspot_owner_id": "1"}}
    )
    assert refused.json()["errors"][0]["code"] == "INVALID_OPTION"

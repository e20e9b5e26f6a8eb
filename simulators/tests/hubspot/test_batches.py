from __future__ import annotations

from typing import Any

import pytest

from simulators.tests.hubspot.conftest import Account


def traced(*records: dict[str, Any]) -> dict[str, Any]:
    return {
        "inputs": [
            {"properties": each, "objectWriteTraceId": f"t{n}"} for n, each in enumerate(records)
        ]
    }


def test_one_bad_record_refuses_a_batch_without_trace_ids(account: Account) -> None:
    inputs = [
        {"properties": {"email": "good@example.com"}},
        {"properties": {"email": "bad", "nope": "1"}},
    ]
    refused = account.call("POST", "/crm/objects/2026-09/contacts/batch/create", {"inputs": inputs})
    assert refused.status_code == 400
    assert [each["code"] for each in refused.json()["errors"]] == [
        "INVALID_EMAIL",
        "PROPERTY_DOESNT_EXIST",
    ]
    assert account.call("GET", "/crm/v3/objects/contacts").json()["results"] == []


def test_a_known_address_refuses_a_batch_with_a_conflict(account: Account) -> None:
    known = account.create("contacts", email="known@example.com")
    inputs = [
        {"properties": {"email": "new@example.com"}},
        {"properties": {"email": "known@example.com"}},
    ]
    refused = account.call("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": inputs})
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        f"Contact already exists. Existing ID: {known}",
    )


@pytest.mark.parametrize(
    ("base", "status"),
    [("/crm/v3/objects", 207), ("/crm/objects/2025-09", 207), ("/crm/objects/2026-03", 207),
     ("/crm/objects/2026-09", 201)],
)  # fmt: skip
def test_trace_ids_let_the_good_records_through(account: Account, base: str, status: int) -> None:
    sent = traced({"email": "a@example.com"}, {"email": "bad"}, {"email": "a@example.com"})
    made = account.call("POST", f"{base}/contacts/batch/create", sent)
    body = made.json()
    assert (made.status_code, body["status"], body["numErrors"]) == (status, "COMPLETE", 2)
    assert [each["properties"]["email"] for each in body["results"]] == ["a@example.com"]
    assert [each["context"]["objectWriteTraceId"] for each in body["errors"]] == [["t1"], ["t2"]]
    assert [each["category"] for each in body["errors"]] == ["VALIDATION_ERROR", "CONFLICT"]


def test_reading_tells_the_ids_that_are_not_there(account: Account) -> None:
    record = account.create("companies", name="Acme")
    asked = {
        "inputs": [{"id": record}, {"id": "99"}],
        "properties": ["name"],
        "propertiesWithHistory": [],
    }
    found = account.call("POST", "/crm/v3/objects/companies/batch/read", asked)
    assert found.status_code == 207
    assert [each["properties"]["name"] for each in found.json()["results"]] == ["Acme"]
    error = found.json()["errors"][0]
    assert (error["category"], error["context"]) == ("OBJECT_NOT_FOUND", {"ids": ["99"]})


def test_an_update_of_a_missing_record_leaves_the_others(account: Account) -> None:
    record = account.create("companies", name="Acme")
    inputs = [
        {"id": "99", "properties": {"name": "x"}},
        {"id": record, "properties": {"name": "Acme 2"}},
    ]
    changed = account.call("POST", "/crm/v3/objects/companies/batch/update", {"inputs": inputs})
    assert changed.status_code == 207
    assert account.read("companies", record, "name")["name"] == "Acme 2"


def test_contacts_are_read_and_upserted_by_address(account: Account) -> None:
    record = account.create("contacts", email="a@example.com", city="Gdynia")
    inputs = [
        {"id": "A@example.com", "idProperty": "email", "properties": {"city": "Sopot"}},
        {"id": "b@example.com", "idProperty": "email", "properties": {"city": "Radom"}},
    ]
    upserted = account.call(
        "POST", "/crm/objects/2026-09/contacts/batch/upsert", {"inputs": inputs}
    )
    assert [each["new"] for each in upserted.json()["results"]] == [False, True]
    asked = {"idProperty": "email", "inputs": [{"id": "a@example.com"}], "properties": ["city"]}
    found = account.call("POST", "/crm/objects/2026-09/contacts/batch/read", asked).json()[
        "results"
    ]
    assert [(each["id"], each["properties"]["city"]) for each in found] == [(record, "Sopot")]


@pytest.mark.parametrize("by", ["city", "hs_object_id"])
def test_upserting_by_a_property_that_is_not_unique_is_refused(account: Account, by: str) -> None:
    inputs = [{"id": "1", "idProperty": by, "properties": {"city": "x"}}]
    refused = account.call("POST", "/crm/v3/objects/contacts/batch/upsert", {"inputs": inputs})
    assert refused.status_code == 400
    assert f"non-unique 0-1 property {by}" in refused.json()["message"]


def test_ids_given_twice_refuse_a_batch(account: Account) -> None:
    inputs = [{"id": "5", "properties": {"city": "x"}}] * 2
    refused = account.call("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs})
    assert (
        refused.json()["message"] == "Duplicate IDs found in batch input: [5]. IDs must be unique"
    )


@pytest.mark.parametrize("what", ["create", "read", "update", "archive", "upsert"])
def test_a_batch_holds_at_most_a_hundred(account: Account, what: str) -> None:
    inputs = [{"id": str(n), "properties": {}} for n in range(101)]
    refused = account.call("POST", f"/crm/v3/objects/contacts/batch/{what}", {"inputs": inputs})
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")


def test_a_batch_archives(account: Account) -> None:
    ids = [account.create("companies", name=str(n)) for n in range(2)]
    inputs = {"inputs": [{"id": each} for each in [*ids, "7"]]}
    assert (
        account.call("POST", "/crm/v3/objects/companies/batch/archive", inputs).status_code == 204
    )
    assert account.call("GET", "/crm/v3/objects/companies").json()["results"] == []

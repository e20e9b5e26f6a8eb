"""Reading, writing and linking HubSpot records over a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.clients import HubSpotClient
from integrations.clients.results import CallRefused, ConnectionFault, TransientFault
from simulators.testing import Simulators


def contacts(*emails: str) -> list[dict[str, Any]]:
    return [{"properties": {"email": email, "lastname": "Nowak"}} for email in emails]


def fault(simulators: Simulators, **values: Any) -> None:
    simulators.control("POST", "faults", {"system": "hubspot", **values})


def calls(simulators: Simulators, part: str = "") -> int:
    return sum(part in call["path"] for call in simulators.control("GET", "calls?system=hubspot"))


def test_each_row_of_a_batch_gets_its_own_answer_in_one_call(
    hubspot: HubSpotClient, simulators: Simulators
) -> None:
    inputs = [
        *contacts("a@example.com", "not an address", "b@example.com"),
        {"properties": {"email": "c@example.com", "no_such": "1"}},
    ]

    results = hubspot.batch_create("contacts", inputs)

    assert [result.ok for result in results] == [True, False, True, False]
    assert [result.values.get("email") for result in results[::2]] == [
        "a@example.com",
        "b@example.com",
    ]
    assert results[0].modified_at is not None
    codes = [(failure.code, failure.fields) for result in results for failure in result.failures]
    assert codes == [("INVALID_EMAIL", ("email",)), ("PROPERTY_DOESNT_EXIST", ("no_such",))]
    assert calls(simulators, "batch/create") == 1


def test_a_record_that_exists_is_named(hubspot: HubSpotClient) -> None:
    [made] = hubspot.batch_create("contacts", contacts("a@example.com"))

    [again] = hubspot.batch_create("contacts", contacts("a@example.com"))

    assert again.failure is not None
    assert again.failure.code == "CONFLICT"
    assert again.failure.details["duplicate"] == {"hubspot_id": made.id}


def test_a_hundred_and_one_rows_are_two_calls(
    hubspot: HubSpotClient, simulators: Simulators
) -> None:
    results = hubspot.batch_create("contacts", contacts(*(f"n{n}@example.com" for n in range(101))))

    assert [result.values["email"] for result in results] == [
        f"n{n}@example.com" for n in range(101)
    ]
    assert calls(simulators, "batch/create") == 2


def test_an_update_of_a_record_that_is_gone_fails_alone(hubspot: HubSpotClient) -> None:
    [made] = hubspot.batch_create("contacts", contacts("a@example.com"))
    change = {"firstname": "Anna"}

    results = hubspot.batch_update(
        "contacts",
        [{"id": "99999999", "properties": change}, {"id": made.id, "properties": change}],
    )

    assert [result.ok for result in results] == [False, True]
    assert results[0].failures[0].code == "OBJECT_NOT_FOUND"


def test_an_upsert_answers_in_the_order_of_its_rows(hubspot: HubSpotClient) -> None:
    [made] = hubspot.batch_create("contacts", contacts("b@example.com"))
    rows = [
        {"id": email, "properties": {"email": email, "firstname": "X"}}
        for email in ("a@example.com", "b@example.com")
    ]

    first, second = hubspot.batch_upsert("contacts", rows, "email")

    assert (first.created, second.created) == (True, False)
    assert second.id == made.id


def test_reading_by_an_address_ignores_its_case_and_leaves_out_who_is_unknown(
    hubspot: HubSpotClient,
) -> None:
    [made] = hubspot.batch_create("contacts", contacts("anna@example.com"))

    found = hubspot.batch_read(
        "contacts", ["Anna@Example.com", "nobody@example.com"], ["lastname"], id_property="email"
    )

    assert {key: record["id"] for key, record in found.items()} == {"anna@example.com": made.id}


def test_an_object_that_does_not_exist_is_refused(hubspot: HubSpotClient) -> None:
    with pytest.raises(CallRefused):
        hubspot.properties("no_such_object")


def test_companies_are_found_by_domain(hubspot: HubSpotClient) -> None:
    hubspot.batch_create(
        "companies", [{"properties": {"name": n, "domain": f"{n}.example.com"}} for n in "abc"]
    )

    found = hubspot.record_search(
        "companies",
        property_name="domain",
        values=["A.example.com", "c.example.com", "z.example.com"],
        properties=["name"],
    )

    assert sorted(record["properties"]["name"] for record in found) == ["a", "c"]


def read_all(hubspot: HubSpotClient, limit: int, since: datetime | None = None) -> list[str]:
    found: list[str] = []
    after_id = ""
    while True:
        page = hubspot.search_modified(
            "contacts",
            modified_property="lastmodifieddate",
            since=since,
            after_id=after_id,
            properties=["email"],
            limit=limit,
        )
        found += [str(record["id"]) for record in page.records]
        since, after_id = page.since, page.after_id
        if not page.more:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_changes_are_read_once_each_though_many_share_a_moment(
    hubspot: HubSpotClient, simulators: Simulators, no_waiting: list[float], limit: int
) -> None:
    simulators.control("POST", "hubspot/limits", {"search_secondly": 0})
    made = [
        result.id
        for part in range(3)  # one moment for each call
        for result in hubspot.batch_create(
            "contacts", contacts(*(f"n{part}{n}@example.com" for n in range(4)))
        )
    ]

    assert read_all(hubspot, limit) == made
    assert read_all(hubspot, limit, since=datetime(2100, 1, 1, tzinfo=UTC)) == []


def test_changes_behind_the_search_s_ceiling_are_read_too(
    hubspot: HubSpotClient, no_waiting: list[float], simulators: Simulators
) -> None:
    simulators.control("POST", "hubspot/limits", {"search_secondly": 0, "ten_secondly": 0})
    made: list[str] = []
    for part in range(102):
        rows = contacts(*(f"n{part}x{n}@example.com" for n in range(100)))
        made += [result.id for result in hubspot.batch_create("contacts", rows)]

    assert read_all(hubspot, 200) == made


def test_links_are_made_read_and_removed(hubspot: HubSpotClient) -> None:
    people = hubspot.batch_create("contacts", contacts("a@example.com", "b@example.com"))
    [company] = hubspot.batch_create("companies", [{"properties": {"name": "Acme"}}])
    pairs = [(people[0].id, company.id), (people[1].id, "987654321")]

    results = hubspot.associations_create("contacts", "companies", pairs, 279)

    assert [result.ok for result in results] == [True, False]
    links = hubspot.associations_read("contacts", "companies", [person.id for person in people])
    assert {one: [str(link["toObjectId"]) for link in to] for one, to in links.items()} == {
        people[0].id: [company.id]
    }
    hubspot.associations_archive("contacts", "companies", pairs[:1])
    assert hubspot.associations_read("contacts", "companies", [people[0].id]) == {}


def test_a_list_takes_the_records_that_exist(hubspot: HubSpotClient) -> None:
    [made] = hubspot.batch_create("contacts", contacts("a@example.com"))
    created = hubspot.list_create(name="Not synced", object_type_id="0-1")

    unknown = hubspot.list_add(str(created["listId"]), [made.id, "987654321"])

    assert unknown == ["987654321"]
    assert hubspot.list_get(str(created["listId"]))["name"] == "Not synced"


def test_a_rate_limit_is_waited_for(
    hubspot: HubSpotClient, simulators: Simulators, no_waiting: list[float]
) -> None:
    fault(simulators, path="batch/create", kind="status", status=429, count=2, retry_after=3)

    [made] = hubspot.batch_create("contacts", contacts("a@example.com"))

    assert made.ok
    assert [round(wait) for wait in no_waiting if wait >= 2] == pytest.approx([3, 3], abs=1)


def test_a_rate_limit_that_does_not_end_is_given_up(
    hubspot: HubSpotClient, simulators: Simulators, no_waiting: list[float]
) -> None:
    fault(simulators, path="account-info", kind="status", status=429)

    with pytest.raises(TransientFault) as given_up:
        hubspot.account_details()

    assert given_up.value.retry_after == 10
    assert sum(no_waiting) < 80


def test_the_account_s_daily_limit_stops_the_connection(
    hubspot: HubSpotClient, simulators: Simulators
) -> None:
    simulators.control("POST", "hubspot/limits", {"daily": 1})
    hubspot.account_details()

    with pytest.raises(ConnectionFault, match="DAILY_LIMIT"):
        hubspot.account_details()


def test_a_key_that_is_refused_stops_the_connection(
    hubspot: HubSpotClient, simulators: Simulators
) -> None:
    fault(simulators, kind="status", status=401)

    with pytest.raises(ConnectionFault, match="INVALID_AUTHENTICATION"):
        hubspot.account_details()


@pytest.mark.parametrize("status", [423, 477], ids=str)
def test_a_create_that_was_surely_not_done_is_repeated(
    hubspot: HubSpotClient, simulators: Simulators, no_waiting: list[float], status: int
) -> None:
    fault(simulators, path="batch/create", kind="status", status=status, count=1)

    [made] = hubspot.batch_create("contacts", contacts("a@example.com"))

    assert made.ok


@pytest.mark.parametrize(
    "struck",
    [{"kind": "status", "status": 502}, {"kind": "drop"}],
    ids=lambda struck: struck["kind"],
)
def test_a_create_that_may_have_been_done_is_not_repeated(
    hubspot: HubSpotClient, simulators: Simulators, no_waiting: list[float], struck: dict[str, Any]
) -> None:
    fault(simulators, path="batch/create", **struck)

    with pytest.raises(TransientFault) as lost:
        hubspot.batch_create("contacts", contacts("a@example.com", "b@example.com"))

    assert (lost.value.maybe_applied, lost.value.uncertain) == (True, [0, 1])
    assert calls(simulators, "batch/create") == 1


@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_reading_is_repeated(
    hubspot: HubSpotClient, simulators: Simulators, no_waiting: list[float], kind: str
) -> None:
    fault(simulators, kind=kind, count=2)

    assert hubspot.account_details()["portalId"]


def test_a_missing_scope_is_told_of_every_row_and_tried_once(
    hubspot: HubSpotClient, simulators: Simulators
) -> None:
    fault(simulators, path="batch/create", kind="status", status=403)

    results = hubspot.batch_create("contacts", contacts("a@example.com", "b@example.com"))

    assert [result.failures[0].code for result in results] == ["MISSING_SCOPES"] * 2
    assert calls(simulators, "batch/create") == 1

"""Collections: who failed and why, by position, in as few calls as may be."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.clients import SalesforceClient
from integrations.clients.results import ConnectionFault, TransientFault
from integrations.clients.salesforce_collections import chunks
from integrations.clients.salesforce_errors import failure_of, fault_of
from simulators.testing import Simulators


def contact(**values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Contact"}, "LastName": "Nowak", **values}


def account(**values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, "Name": "Acme", **values}


def test_results_stand_in_the_order_of_the_records(salesforce: SalesforceClient) -> None:
    records = [contact(), account(), contact(LastName=""), account(Name=None), contact()]

    results = salesforce.create(records)

    assert [result.ok for result in results] == [True, True, False, False, True]
    assert [result.id[:3] for result in results] == ["003", "001", "", "", "003"]
    failure = results[2].failure
    assert failure is not None
    assert (failure.code, failure.fields) == ("REQUIRED_FIELD_MISSING", ("LastName",))
    assert salesforce.calls_made == 1


def test_two_hundred_records_are_one_call_and_one_more_is_two(salesforce: SalesforceClient) -> None:
    results = salesforce.create([account(Name=f"A{number}") for number in range(201)])

    assert all(result.ok for result in results)
    assert salesforce.calls_made == 2


def test_a_row_that_is_no_json_of_its_type_does_not_stop_the_others(
    salesforce: SalesforceClient,
) -> None:
    records = [account(Name=f"A{number}") for number in range(200)]
    records[57]["NumberOfEmployees"] = "about fifty"

    results = salesforce.create(records)

    assert [row for row, result in enumerate(results) if not result.ok] == [57]
    failure = results[57].failure
    assert failure is not None
    assert failure.code == "JSON_PARSER_ERROR"
    assert salesforce.calls_made == 3  # all of them, the others, the one by itself


def test_several_such_rows_are_all_found(salesforce: SalesforceClient) -> None:
    records = [account(Name=f"A{number}") for number in range(40)]
    for row in (3, 4, 39):
        records[row]["NumberOfEmployees"] = f"word{row % 2}"

    results = salesforce.create(records)

    assert [row for row, result in enumerate(results) if not result.ok] == [3, 4, 39]


def test_a_locked_row_is_sent_once_more_with_the_others_that_were(
    salesforce: SalesforceClient, simulators: Simulators
) -> None:
    made = salesforce.create([account(Name=f"A{number}") for number in range(3)])
    for result, times in zip(made, (1, 1, 5), strict=True):
        simulators.control(
            "POST", "salesforce/locks", {"record": result.id, "kind": "row", "times": times}
        )
    before = salesforce.calls_made

    results = salesforce.update([account(id=result.id) for result in made])

    assert [result.ok for result in results] == [True, True, False]
    assert results[2].failures[0].code == "UNABLE_TO_LOCK_ROW"
    assert salesforce.calls_made - before == 2


def test_an_upsert_says_what_it_created(
    salesforce: SalesforceClient, simulators: Simulators
) -> None:
    field = {"name": "Ext__c", "type": "string", "length": 40, "external_id": True, "unique": True}
    simulators.control("POST", "salesforce/objects/Account/fields", field)

    rows = [{"Ext__c": "1", "Name": "One"}]
    first = salesforce.upsert("Account", "Ext__c", rows)
    second = salesforce.upsert("Account", "Ext__c", rows)

    assert (first[0].created, second[0].created) == (True, False)
    assert first[0].id == second[0].id


def test_deleting_answers_for_each_id(salesforce: SalesforceClient) -> None:
    made = salesforce.create([account()])

    results = salesforce.delete([made[0].id, "001000000000000AAA"])

    assert [result.ok for result in results] == [True, False]


def test_a_duplicate_rule_s_other_record_is_looked_up_once_for_all_rows(
    salesforce: SalesforceClient, simulators: Simulators
) -> None:
    rule = {"kind": "duplicate", "name": "Same address", "fields": ["Email"], "action": "block"}
    emails = ["O'Brien@example.com", "b@example.com"]
    made = salesforce.create([contact(Email=email) for email in emails])
    simulators.control("POST", "salesforce/objects/Contact/rules", rule)
    before = salesforce.calls_made

    results = salesforce.create([contact(Email=email) for email in reversed(emails)])

    others = [result.failures[0].details["duplicate"]["salesforce_id"] for result in results]
    assert others == [made[1].id, made[0].id]
    assert salesforce.calls_made - before == 2


def test_a_create_whose_answer_is_lost_names_the_rows_that_may_be_there(
    salesforce: SalesforceClient, simulators: Simulators
) -> None:
    salesforce.user_info()
    lost = {"system": "salesforce", "path": "sobjects", "kind": "drop", "count": 1}
    simulators.control("POST", "faults", lost)

    with pytest.raises(TransientFault) as fault:
        salesforce.create([contact(), contact()])

    assert (fault.value.maybe_applied, fault.value.uncertain) == (True, [0, 1])
    assert fault.value.results == [None, None]
    assert len(salesforce.query("SELECT Id FROM Contact")) == 2


def test_an_update_whose_answer_is_lost_is_repeated(
    salesforce: SalesforceClient, simulators: Simulators, no_waiting: list[float]
) -> None:
    [made] = salesforce.create([contact()])
    lost = {"system": "salesforce", "path": "sobjects", "kind": "drop", "count": 1}
    simulators.control("POST", "faults", lost)

    [result] = salesforce.update([contact(id=made.id, FirstName="Anna")])

    assert result.ok
    assert len(no_waiting) == 1


@given(st.lists(st.integers(0, 14).map(str), max_size=700))
def test_calls_hold_at_most_200_rows_of_10_types_and_every_row_once(types: list[str]) -> None:
    calls = chunks(types)

    assert sorted(row for call in calls for row in call) == list(range(len(types)))
    for call in calls:
        assert len(call) <= 200
        runs = [types[row] for row in call]
        assert len({*runs}) == 1 + sum(a != b for a, b in pairwise(runs)) <= 10


def test_the_record_that_has_the_value_is_read_from_the_text() -> None:
    message = "duplicate value found: Ext__c duplicates value on record with id: 0035g00000AAAAB"

    failure = failure_of({"statusCode": "DUPLICATE_VALUE", "message": message, "fields": []})

    assert failure.details["duplicate"] == {"salesforce_id": "0035g00000AAAAB"}


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}], ConnectionFault, "API_DISABLED_FOR_ORG"),
        (500, [{"errorCode": "API_CURRENTLY_DISABLED", "message": "x"}], ConnectionFault, "API_CURRENTLY_DISABLED"),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], ConnectionFault, "REQUEST_LIMIT_EXCEEDED"),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests Limit exceeded."}], TransientFault, "REQUEST_LIMIT_EXCEEDED"),
        (503, "<html>down</html>", TransientFault, "HTTP_503"),
        (401, "", ConnectionFault, "HTTP_401"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_a_status_means_for_the_whole_call(
    status: int, content: Any, kind: type, code: str
) -> None:
    fault = fault_of(status, content, writes=True)

    assert (type(fault), fault.code) == (kind, code)

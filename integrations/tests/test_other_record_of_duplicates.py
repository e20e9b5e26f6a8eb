"""Which record a duplicate rule found is told for every blocked row, at the cost of one call."""

from __future__ import annotations

import pytest

from integrations.clients import SalesforceClient
from simulators.testing import Simulators

pytestmark = pytest.mark.django_db


def person(number: int, *, phone: str = "") -> dict[str, object]:
    return {
        "attributes": {"type": "Contact"},
        "LastName": f"Solberg{number}",
        "Phone": phone or f"+47 515 {number:03d}",
        "Email": f"solberg{number}@one.example",
    }


@pytest.fixture
def known(simulators: Simulators, salesforce: SalesforceClient) -> list[str]:
    made = salesforce.create([person(number) for number in range(30)])
    simulators.control(
        "POST",
        "salesforce/objects/Contact/rules",
        {"kind": "duplicate", "name": "Same person", "fields": ["LastName", "Phone"]},
    )
    return [result.id for result in made]


def test_a_blocked_row_names_the_record_that_the_rule_found(
    salesforce: SalesforceClient, known: list[str]
) -> None:
    blocked = [{**person(number), "Email": f"other{number}@two.example"} for number in range(10)]
    before = salesforce.calls_made

    results = salesforce.create(blocked)

    assert [r.failure.code for r in results if r.failure] == ["DUPLICATES_DETECTED"] * 10
    found = [r.failure.details["duplicate"]["salesforce_id"] for r in results if r.failure]
    assert found == known[:10]
    assert salesforce.calls_made - before == 2


def test_rows_beyond_one_call_are_looked_up_by_address(
    salesforce: SalesforceClient, known: list[str]
) -> None:
    before = salesforce.calls_made

    results = salesforce.create([person(number) for number in range(30)])

    found = [r.failure.details["duplicate"]["salesforce_id"] for r in results if r.failure]
    assert found == known
    assert salesforce.calls_made - before == 2


def test_a_failing_look_up_leaves_the_refusals_as_they_were(
    simulators: Simulators, salesforce: SalesforceClient, known: list[str]
) -> None:
    simulators.control(
        "POST",
        "faults",
        {"system": "salesforce", "path": "composite$", "kind": "status", "status": 500, "rate": 1},
    )

    results = salesforce.create([person(1)])

    assert [r.failure.code for r in results if r.failure] == ["DUPLICATES_DETECTED"]
    simulators.control("DELETE", "faults")

"""How many calls some work takes: a table, and what holds for any numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors.jobs.estimates import Load, estimate, most_pages

UP, DOWN = "to_salesforce", "to_hubspot"


def load(records: int, *, direction: str = UP, name: str = "contacts", **values: int) -> Load:
    return Load(hubspot_object=name, direction=direction, records=records, **values)


@pytest.mark.parametrize(
    ("what", "loads", "values", "batches", "calls"),
    [
        ("nothing", [], {}, 0, 0),
        ("100 linked errors of one record", [load(100, errors=100)], {"errors": 100}, 1, 1),
        ("101 need two batches", [load(101, errors=101)], {"errors": 101}, 2, 2),
        ("250 in three", [load(250, errors=250)], {"errors": 250}, 3, 3),
        (
            "to HubSpot one query each",
            [load(250, direction=DOWN, errors=250)],
            {"errors": 250},
            3,
            3,
        ),
        ("one error of 1,000 records", [load(1000, errors=1)], {"errors": 1}, 1, 5),
        (
            "never linked: lookup and create",
            [load(100, unlinked=100, errors=100)],
            {"errors": 100},
            1,
            2,
        ),
        (
            "one of them never linked",
            [load(100, unlinked=1, errors=100)],
            {"errors": 100},
            1,
            3,
        ),
        (
            "schemas once an object and batch",
            [load(150, errors=150), load(50, name="companies", errors=50)],
            {"errors": 200, "rereading": 200},
            2,
            2 + 2 + 4,
        ),
        ("a duplicate rule", [load(50, errors=50, duplicates=50)], {"errors": 50}, 1, 2),
        ("parents first", [load(40, errors=1, waiting=40)], {"errors": 1}, 1, 3),
        ("12,000 records, no batches", [load(12_000, direction=DOWN)], {}, 0, 60),
        ("both ways", [load(200), load(201, direction=DOWN)], {}, 0, 3),
    ],
)
def test_known_work(
    what: str, loads: list[Load], values: dict[str, int], batches: int, calls: int
) -> None:
    found = estimate(loads=loads, **values)

    assert (found.batches, found.calls) == (batches, calls), what
    assert found.records == sum(one.records for one in loads)


def dealt(records_of_errors: list[int]) -> tuple[int, int]:
    """What the worker does: errors in hundreds, each hundred's records in pages of 200."""
    batches = pages = 0
    for start in range(0, len(records_of_errors), 100):
        batches += 1
        pages += -(-sum(records_of_errors[start : start + 100]) // 200)
    return batches, pages


@given(st.lists(st.integers(1, 900), max_size=450))
def test_pages_are_never_less_than_what_any_dealing_takes(records_of_errors: list[int]) -> None:
    batches, pages = dealt(records_of_errors)

    most = most_pages(
        records=sum(records_of_errors), errors=len(records_of_errors), batches=batches
    )

    assert pages <= most
    # And never far above: the last page of each batch, and the one its hundred errors may begin.
    assert most <= pages + 2 * batches


@given(
    records=st.integers(0, 10**6),
    more=st.integers(0, 10**4),
    errors=st.integers(0, 10**5),
    unlinked=st.integers(0, 10**6),
    direction=st.sampled_from([UP, DOWN]),
    rereading=st.integers(0, 1000),
    rest=st.fixed_dictionaries({name: st.integers(0, 1000) for name in ("duplicates", "waiting")}),
)
def test_more_work_takes_no_fewer_calls(
    records: int,
    more: int,
    errors: int,
    unlinked: int,
    direction: str,
    rereading: int,
    rest: dict[str, Any],
) -> None:
    def calls(number: int) -> int:
        errors_here = min(errors, number)
        part = load(
            number, direction=direction, unlinked=min(unlinked, records), errors=errors_here
        )
        return estimate(loads=[part], errors=errors_here, rereading=rereading).calls

    assert 0 <= calls(records) <= calls(records + more)

"""What a filter lets through, and that it survives being stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from errors.filters import AGES, NOBODY, ErrorFilters, filtered_errors
from errors.models import SyncError
from errors.recording import record_outcomes
from errors.tests.fakes import contact, failed, make_connection
from integrations.models import Connection

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def texts() -> st.SearchStrategy[str | None]:
    return st.none() | st.text(min_size=1, max_size=5)


@given(
    st.builds(
        ErrorFilters,
        type=texts(),
        code=texts(),
        search=texts(),
        status=st.sampled_from(["open", "ignored", "resolved", None]),
        object=texts(),
        direction=st.sampled_from(["to_hubspot", None]),
        age=st.sampled_from([*AGES, None]),
        assigned=st.sampled_from([NOBODY, "12", None]),
        ids=st.lists(st.integers(1, 10**15), max_size=4).map(tuple),
    )
)
def test_a_filter_comes_back_from_a_json_column_as_it_was(filters: ErrorFilters) -> None:
    stored = json.loads(json.dumps(filters.to_query()))

    assert ErrorFilters.from_query(stored) == filters


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (ErrorFilters(), "abc"),
        (ErrorFilters(object="deals"), "c"),
        (ErrorFilters(object="Opportunity"), "c"),
        (ErrorFilters(object="contacts", direction="to_salesforce"), "a"),
        (ErrorFilters(direction="to_hubspot"), "b"),
        (ErrorFilters(age="24h"), "a"),
        (ErrorFilters(age="7d"), "ab"),
        (ErrorFilters(age="over-7d"), "c"),
        (ErrorFilters(age="over-30d"), ""),
        (ErrorFilters(assigned=NOBODY), "bc"),
        (ErrorFilters(status="resolved"), "d"),
        (ErrorFilters(status=None), "abcd"),
        (ErrorFilters(search="contact 2"), "b"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("judge")
def test_a_filter_lets_through_what_it_says(
    connection: Connection, filters: ErrorFilters, found: str
) -> None:
    deal = contact(3, hubspot_object="deals", salesforce_object="Opportunity")
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(1), "other/a"),
            failed(contact(2), "other/b", direction="to_hubspot"),
            failed(deal, "other/c"),
            failed(contact(4), "other/d"),
        ],
    )
    errors = SyncError.objects.filter(connection=connection)
    for code, days in (("a", 0.5), ("b", 3), ("c", 20), ("d", 50)):
        errors.filter(code=code).update(opened_at=NOON - timedelta(days=days))
    errors.filter(code="d").update(status="resolved")
    errors.filter(code="a").update(assigned_to=User.objects.create_user("a@example.com"))

    passed = filtered_errors(connection_id=connection.pk, filters=filters, now=NOON)

    assert "".join(sorted(error.code for error in passed)) == found


@pytest.mark.usefixtures("judge")
def test_chosen_ids_of_another_connection_are_not_let_through(connection: Connection) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "other/a")])
    error = SyncError.objects.get()
    chosen = ErrorFilters(ids=(error.pk,))

    assert filtered_errors(connection_id=connection.pk, filters=chosen).get() == error
    assert not filtered_errors(connection_id=make_connection().pk, filters=chosen).exists()


@pytest.mark.usefixtures("judge")
def test_errors_assigned_to_a_member_are_found_by_the_id(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk, outcomes=[failed(contact(1), "other/a", "other/b")]
    )
    anna = User.objects.create_user("anna@example.com")
    SyncError.objects.filter(code="a").update(assigned_to=anna)

    passed = filtered_errors(
        connection_id=connection.pk, filters=ErrorFilters(assigned=str(anna.pk))
    )

    assert [error.code for error in passed] == ["a"]


def test_a_record_is_found_by_its_mail_address_though_it_has_a_name(
    connection: Connection, judge: None
) -> None:
    anna = contact(1, label="Anna Kowalska", email="anna.k@example.com")
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(anna, "picklists/a"), failed(contact(2), "picklists/b", message="other")],
    )

    found = filtered_errors(
        connection_id=connection.pk, filters=ErrorFilters(search="Anna.K@Example")
    )

    assert [error.code for error in found] == ["a"]

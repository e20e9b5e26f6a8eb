"""What the lists show, and that their cost does not grow."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from common.pages import BadCursor
from errors import selectors
from errors.filters import ErrorFilters
from errors.models import SyncError
from errors.recording import record_outcomes
from errors.tests.fakes import contact, failed, make_connection, synced
from integrations.models import Connection

PICKLISTS = ErrorFilters(type="picklists")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


def test_cards_stand_in_order_and_count_distinct_records(
    connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(1), "picklists/a", "picklists/b"),
            failed(contact(2), "picklists/a", "other/unknown"),
        ],
    )

    with django_assert_num_queries(1):
        cards = selectors.error_type_cards(connection_id=connection.pk)

    assert [card.type for card in cards] == [
        "associations",
        "custom-code",
        "duplicates",
        "permissions",
        "picklists",
        "property-mappings",
        "property-values",
        "other",
    ]
    assert {card.type: (card.errors, card.records) for card in cards if card.errors} == {
        "picklists": (2, 2),
        "other": (1, 1),
    }


def test_errors_are_filtered_and_paged_with_one_query_a_page(
    connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a", message=f"m{n}") for n in range(7)]
        + [failed(contact(50), "other/unknown")],
    )
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(0))])

    with django_assert_num_queries(2):
        first = selectors.errors_page(connection_id=connection.pk, filters=PICKLISTS, limit=4)
        second = selectors.errors_page(
            connection_id=connection.pk, filters=PICKLISTS, limit=4, cursor=first.next_cursor
        )

    assert len(first.items) == 4
    assert len(second.items) == 2
    assert second.next_cursor is None
    resolved = selectors.errors_page(
        connection_id=connection.pk, filters=ErrorFilters(status="resolved")
    )
    assert [error.details["message"] for error in resolved.items] == ["m0"]
    assert selectors.errors_page(connection_id=make_connection().pk).items == []


@pytest.mark.parametrize(
    ("term", "messages"),
    [
        ("anna", ["first"]),
        ("4711", ["first"]),
        ("003000000000001", ["first"]),
        ("SECOND", ["second"]),
        ("nowhere", []),
    ],
)
def test_search_finds_errors_by_what_people_know_of_a_record(
    connection: Connection, term: str, messages: list[str]
) -> None:
    anna = contact(4711, label="Anna Nowak <anna@x.test>", salesforce_id="003000000000001AAA")
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(anna, "picklists/a", message="first"),
            failed(contact(2), "picklists/a", message="second"),
        ],
    )

    page = selectors.errors_page(connection_id=connection.pk, filters=ErrorFilters(search=term))

    assert [error.details["message"] for error in page.items] == messages


def test_a_bad_cursor_is_told(connection: Connection) -> None:
    with pytest.raises(BadCursor):
        selectors.errors_page(connection_id=connection.pk, cursor="nonsense")


def test_an_error_of_another_connection_is_not_there(connection: Connection) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    error = SyncError.objects.get()

    assert selectors.get_error(connection_id=connection.pk, error_id=error.pk) == error
    with pytest.raises(SyncError.DoesNotExist):
        selectors.get_error(connection_id=make_connection().pk, error_id=error.pk)


def test_records_that_an_error_stopped_are_kept_and_paged_through(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a") for n in range(6)],
    )
    record_outcomes(
        connection_id=connection.pk, outcomes=[synced(contact(n)) for n in (5, 1, 3, 0)]
    )
    error = SyncError.objects.get().pk

    first = selectors.records_page(error_id=error, state="resolved", limit=3)
    rest = selectors.records_page(
        error_id=error, state="resolved", limit=3, cursor=first.next_cursor
    )

    assert [record.hubspot_id for record in first.items + rest.items] == ["0", "1", "3", "5"]
    with pytest.raises(BadCursor):
        selectors.records_page(error_id=error, cursor=first.next_cursor)


def test_records_of_an_error_are_those_that_fail_now(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a") for n in range(5)],
    )
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(3))])

    page = selectors.records_page(error_id=SyncError.objects.get().pk, limit=3)

    assert [record.hubspot_id for record in page.items] == ["0", "1", "2"]
    assert page.next_cursor
    rest = selectors.records_page(
        error_id=SyncError.objects.get().pk, limit=3, cursor=page.next_cursor
    )
    assert [record.hubspot_id for record in rest.items] == ["4"]

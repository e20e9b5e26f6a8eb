"""The panel as a workplace: its views, filters and orders."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from errors.ignoring import ignore_errors
from errors.models import SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
from integrations.outcomes import Outcome, Status
from tests.people import People, record_values, refusal

LogIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
KIND = ErrorType.PROPERTY_VALUES


@pytest.fixture
def panel(connection: Connection) -> str:
    record_values(connection, 5)
    return f"/connections/{connection.pk}/sync-health/{KIND.value}/"


@pytest.fixture
def errors(panel: str, connection: Connection) -> list[SyncError]:
    return list(SyncError.objects.filter(connection=connection, type=KIND).order_by("pk"))


def listed(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr id="error-(\d+)"', page)]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def in_order(client: Client, address: str) -> list[int]:
    """The errors of every page of a list, by following its "next" links."""
    found: list[int] = []
    while address:
        page = text(client.get(address))
        found += listed(page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    return found


# --- what a row claims


def test_a_value_that_only_the_last_record_is_known_to_hold_stands_as_an_example(
    connection: Connection, as_user: LogIn
) -> None:
    client = as_user("viewer")
    tab = f"/connections/{connection.pk}/sync-health/"

    values, picklists = (text(client.get(f"{tab}{kind}/")) for kind in (KIND, "picklists"))

    assert re.search(r'for example</span> <span class="value-chip">xxx', values)
    assert "in the last record that failed: 200" in values
    assert "the value has" not in values
    # There the value is a part of what the error is.
    assert "for example" not in picklists


# --- filters and orders


@pytest.mark.parametrize("sort", ["newest", "records", "first-seen", "last-seen"])
def test_each_order_is_followed_over_all_pages(
    panel: str, connection: Connection, as_user: LogIn, sort: str
) -> None:
    record_values(connection, 120)
    now = clock.now()
    for number, error in enumerate(SyncError.objects.filter(type=KIND).order_by("pk")):
        SyncError.objects.filter(pk=error.pk).update(
            opened_at=now - timedelta(minutes=number * 7 % 50),
            first_seen_at=now - timedelta(days=1, minutes=number * 11 % 50),
            last_seen_at=now - timedelta(minutes=number * 13 % 50),
            open_records=number * 17 % 40,
        )
    order = {
        "newest": ("-opened_at", "-pk"),
        "records": ("-open_records", "-pk"),
        "first-seen": ("first_seen_at", "pk"),
        "last-seen": ("-last_seen_at", "-pk"),
    }[sort]
    expected = list(
        SyncError.objects.filter(type=KIND).order_by(*order).values_list("pk", flat=True)
    )

    assert in_order(as_user("viewer"), f"{panel}?sort={sort}") == expected


def test_cursor_of_another_order_shows_the_first_page_and_says_so(
    panel: str, connection: Connection, as_user: LogIn
) -> None:
    record_values(connection, 60)
    client = as_user("viewer")
    cursor = re.search(r"cursor=([^\"&]+)", text(client.get(f"{panel}?sort=records")))
    assert cursor

    assert client.get(f"{panel}?sort=records&cursor={cursor[1]}").status_code == 200
    of_another = client.get(f"{panel}?cursor={cursor[1]}")
    assert of_another.status_code == 400
    assert "names a page that this list does not have" in text(of_another)
    assert text(of_another).count("cursor=") == text(client.get(panel)).count("cursor=")


def test_headings_sort_and_say_how(panel: str, as_user: LogIn) -> None:
    client = as_user("viewer")

    plain = text(client.get(panel))
    by_records = text(client.get(f"{panel}?sort=records&search=field"))
    first = text(client.get(f"{panel}?sort=first-seen"))

    assert "aria-sort" not in plain
    assert f'href="{panel}?sort=records"' in plain
    assert 'aria-sort="descending"' in by_records
    assert f'href="{panel}?search=field"' in by_records  # the same heading again: newest first
    assert 'aria-sort="ascending"' in first


def test_filters_narrow_the_list_and_each_can_be_taken_away(
    panel: str,
    connection: Connection,
    as_user: LogIn,
    people: People,
    errors: list[SyncError],
) -> None:
    ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        salesforce_object="Contact",
        label="Contacts",
    )
    mine = errors[1]
    SyncError.objects.filter(pk=mine.pk).update(assigned_to=people.operator)
    client = as_user("operator")

    page = text(
        client.get(
            f"{panel}?assigned=me&object=Contact&age=24h&direction=to_salesforce&code={mine.code}"
        )
    )

    assert listed(page) == [mine.pk]
    assert "4 active" in page
    assert re.search(r'<details class="more-filters" open>', page)
    assert '<option value="contacts" selected>Contacts' in page
    assert page.count('class="chip"') == 5
    without_age = (
        f"{panel}?code={mine.code}&amp;object=Contact&amp;direction=to_salesforce&amp;assigned=me"
    )
    assert f'href="{without_age}"' in page
    assert listed(text(client.get(f"{panel}?age=over-7d"))) == []
    assert mine.pk not in listed(text(client.get(f"{panel}?assigned=nobody")))
    assert listed(text(client.get(f"{panel}?assigned={people.operator.pk}"))) == [mine.pk]
    assert listed(text(as_user("viewer").get(f"{panel}?assigned=me"))) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("code=nonsense", "Cause: “nonsense” is not known here"),
        ("object=cars", "Object: “cars” is not known here"),
        ("direction=up", "Choose one of: HubSpot → Salesforce, Salesforce → HubSpot"),
        ("age=soon", "Within 24 hours"),
        ("assigned=stranger@example.com", "Assigned to: “stranger@example.com”"),
        ("status=gone", "Choose one of: Open, Resolved, Ignored, All"),
        ("sort=up", "Order: “up”"),
        ("size=7", "50, 100, 200"),
        ("search=" + "x" * 201, "Search: Search for at most 200"),
        ("search=%00", "Search: Search for at most 200"),
        ("age=%3Cscript%3E", "“&lt;script&gt;”"),
    ],
)
def test_filter_that_makes_no_sense_is_told_above_the_list(
    panel: str, as_user: LogIn, errors: list[SyncError], query: str, said: str
) -> None:
    client = as_user("viewer")

    answer = client.get(f"{panel}?{query}")
    swapped = client.get(f"{panel}?{query}", headers=HTMX)

    page = text(answer)
    assert (answer.status_code, swapped.status_code) == (400, 200)
    assert said in page
    assert said in text(swapped)
    assert len(listed(page)) == len(errors)  # what made sense is followed, here: all
    # A file of more than was asked for would be taken for what was asked for.
    assert client.get(f"{panel}export/?{query}").status_code == 400


def test_address_of_a_search_holds_no_more_than_it_must(panel: str, as_user: LogIn) -> None:
    sent = f"{panel}?search=x&code=&sort=newest&object=&direction=&age=&assigned=&size=50"

    answer = as_user("viewer").get(sent, headers={**HTMX, "HX-Trigger": "panel-filter"})

    assert answer.headers["HX-Push-Url"] == f"{panel}?search=x"


def test_views_are_links_that_keep_the_filter(
    panel: str, connection: Connection, as_user: LogIn, errors: list[SyncError]
) -> None:
    ignore_errors(connection_id=connection.pk, error_ids=[errors[0].pk], reason="Known.")
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                record=refusal(KIND, 5001).record,
                direction="to_salesforce",
                status=Status.SYNCED,
            )
        ],
    )
    client = as_user("viewer")

    pages = {
        status: text(client.get(f"{panel}?status={status}"))
        for status in ("open", "ignored", "resolved", "all")
    }

    assert listed(pages["ignored"]) == [errors[0].pk]
    assert len(listed(pages["resolved"])) == 1
    assert len(listed(pages["open"])) == len(errors) - 2
    assert len(listed(pages["all"])) == len(errors)
    assert re.search(r'aria-current="page">Ignored', pages["ignored"])
    assert f'href="{panel}?search=x&amp;status=ignored"' in text(client.get(f"{panel}?search=x"))


def test_ignored_view_says_who_when_why_and_until_when(
    panel: str, connection: Connection, as_user: LogIn, people: People, errors: list[SyncError]
) -> None:
    ignore_errors(
        connection_id=connection.pk,
        error_ids=[errors[0].pk],
        by=people.operator,
        reason="The <vendor> mends it.",
        until=clock.now() + timedelta(days=30),
        above=7,
    )

    page = text(as_user("viewer").get(f"{panel}?status=ignored"))

    assert "The &lt;vendor&gt; mends it." in page
    assert "Operator ·" in page
    assert "Comes back:" in page
    assert "Comes back with more than 7 records" in page


def test_an_error_that_came_back_says_how_often_and_since_when(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    SyncError.objects.filter(pk=errors[0].pk).update(times_reopened=2)

    page = text(as_user("viewer").get(panel))

    assert page.count("Came back") == 1
    assert re.search(r"Came back</span> 2 times, <time[^>]+>open since ", page)


# --- cost


@pytest.mark.parametrize("status", ["open", "ignored", "resolved", "all"])
def test_queries_of_a_view_do_not_grow_with_errors(
    panel: str,
    connection: Connection,
    as_user: LogIn,
    people: People,
    django_assert_num_queries: Any,
    status: str,
) -> None:
    client = as_user("operator")
    client.get(panel)  # remembers the connection once
    address = f"{panel}?status={status}&assigned=me&sort=records&age=24h"

    for number in (2, 40):
        record_values(connection, number)
        errors = SyncError.objects.filter(type=KIND)
        errors.update(
            status="open" if status == "all" else status,
            assigned_to=people.operator,
            ignored_by=people.admin,
            resolved_at=clock.now(),
        )
        with django_assert_num_queries(14):  # as without a filter, see test_tab.py
            page = text(client.get(address))
        assert len(listed(page)) == errors.count()

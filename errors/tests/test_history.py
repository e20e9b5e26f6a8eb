"""The history: its numbers, its chart, its page, and the log of resyncs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.template import Context, Template
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from errors.history import HistoryDay, Numbers, history
from errors.models import ErrorDay, SyncError
from errors.recording import record_outcomes
from errors.resync import create_batch
from errors.templatetags.history_chart import duration, history_chart
from errors.tests.fakes import contact, failed, synced
from errors.types import ErrorType
from integrations.models import Connection
from integrations.testing import make_connection

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)
LogIn = Callable[[str], Client]


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection(name="Northwind")


def day(connection: Connection, ago: int, kind: str = "picklists", **numbers: int) -> ErrorDay:
    return ErrorDay.objects.create(
        connection=connection, day=NOON.date() - timedelta(days=ago), type=kind, **numbers
    )


def at(connection: Connection, query: str = "") -> str:
    return f"/connections/{connection.pk}/history/{query}"


# --- numbers ----------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_every_day_of_the_period_is_there_and_none_beside_it(connection: Connection) -> None:
    day(connection, 0, opened=1)
    day(connection, 6, opened=2)
    day(connection, 7, opened=4)
    day(make_connection(hub_id="9", sf_org_id="00D9"), 0, opened=8)

    told = history(connection_id=connection.pk, days=7)

    assert [one.day for one in told.days] == [date(2026, 3, 24) + timedelta(n) for n in range(7)]
    assert [one.numbers.opened for one in told.days] == [2, 0, 0, 0, 0, 0, 1]
    assert told.total.opened == 3


@time_machine.travel(NOON, tick=False)
def test_types_are_told_apart_and_one_can_be_chosen(connection: Connection) -> None:
    day(connection, 0, opened=1, reopened=2)
    day(connection, 0, "other", opened=5, ignored=1)

    told = history(connection_id=connection.pk, days=7)
    assert list(told.types) == list(ErrorType)
    assert told.types[ErrorType.OTHER] == Numbers(opened=5, ignored=1)
    assert told.days[-1].types == {
        ErrorType.PICKLISTS: Numbers(opened=1, reopened=2),
        ErrorType.OTHER: Numbers(opened=5, ignored=1),
    }
    one = history(connection_id=connection.pk, days=7, error_type="other")
    assert (one.total, list(one.types)) == (Numbers(opened=5, ignored=1), [ErrorType.OTHER])


@time_machine.travel(NOON, tick=False)
def test_time_to_resolve_is_an_average_and_shares(connection: Connection) -> None:
    day(
        connection,
        0,
        resolved=3,
        seconds_open=3 * 3600,
        within_hour=1,
        within_day=3,
        within_week=3,
    )
    day(connection, 1, "other", resolved=1, seconds_open=30 * 86400)

    time = history(connection_id=connection.pk, days=7).time

    assert time.average_seconds == (3 * 3600 + 30 * 86400) // 4
    assert time.shares == [("hour", 1, 25), ("day", 2, 50), ("week", 0, 0), ("longer", 1, 25)]


def test_nothing_resolved_has_no_average(connection: Connection) -> None:
    time = history(connection_id=connection.pk, days=7).time

    assert time.average_seconds is None
    assert {number for _, number, _ in time.shares} == {0}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1\xa0minute"),
        (3 * 3600 + 20 * 60, "3\xa0hours, 20\xa0minutes"),
        (8 * 86400, "1\xa0week, 1\xa0day"),
    ],
)
def test_a_duration_is_told_in_words(seconds: int | None, text: str) -> None:
    assert duration(seconds) == text


# --- the chart --------------------------------------------------------------------------------

NUMBERS = st.builds(
    Numbers,
    opened=st.integers(0, 100_000),
    reopened=st.integers(0, 100_000),
    resolved=st.integers(0, 100_000),
)


@given(st.lists(NUMBERS, max_size=90))
def test_every_bar_is_inside_the_drawing_and_every_error_shows(numbers: list[Numbers]) -> None:
    days = [
        HistoryDay(date(2026, 1, 1) + timedelta(days=index), one, {})
        for index, one in enumerate(numbers)
    ]

    chart = history_chart(days)

    for column, one in zip(chart["columns"], numbers, strict=True):
        kinds = [bar["kind"] for bar in column["bars"]]
        assert kinds == [kind for kind in ("opened", "reopened", "resolved") if getattr(one, kind)]
        for bar in column["bars"]:
            assert float(bar["y"]) >= 0
            assert float(bar["y"]) + float(bar["height"]) <= 100
            assert float(bar["height"]) >= 1.2
        assert 0 <= float(column["x"]) < float(column["x"]) + float(column["width"]) <= 100


@pytest.mark.parametrize(
    ("one", "labels"),
    [
        (Numbers(opened=1), ["1", "0"]),
        (Numbers(opened=1, resolved=1), ["1", "0", "1"]),
        (Numbers(opened=1, resolved=60), ["0", "60"]),
        (Numbers(opened=60, resolved=1), ["60", "0"]),
    ],
)
def test_no_label_of_the_scale_lies_on_another(one: Numbers, labels: list[str]) -> None:
    days = [HistoryDay(date(2026, 3, 1), one, {})]

    svg = Template("{% load history_chart %}{% history_chart days %}").render(
        Context({"days": days})
    )

    scale = re.findall(r'<text x="100%" y="([\d.]+)%">(\d+)</text>', svg)
    assert [text for _at, text in scale] == labels
    heights = [float(at) for at, _text in scale]
    assert all(below - above >= 8 for above, below in pairwise(heights))


def test_the_chart_has_a_name_and_says_each_day() -> None:
    days = [HistoryDay(date(2026, 3, 1), Numbers(opened=1200, reopened=1, resolved=30), {})]

    svg = Template("{% load history_chart %}{% history_chart days %}").render(
        Context({"days": days})
    )

    assert re.search(r'role="img" aria-label="Errors day by day from [^"]+ 1,201 [^"]+"', svg)
    assert "<title>1 Mar 2026: 1,200 opened, 1 came back, 30 resolved</title>" in svg
    assert "style=" not in svg


# --- the page ---------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_the_page_shows_chart_table_types_and_times(connection: Connection, as_user: LogIn) -> None:
    day(connection, 3, opened=7, reopened=1)
    day(connection, 2, "other", resolved=4, seconds_open=4 * 7200, within_day=4, within_week=4)

    page = as_user("viewer").get(at(connection)).content.decode()

    plot = page[page.index('class="trend-plot"') :]
    assert plot.count('class="opened"') == 1
    assert plot.count('class="reopened"') == 1
    assert plot.count('class="resolved"') == 1
    assert page.count('class="day"') == 2
    assert page.count('class="day-type"') == 2
    assert "2\xa0hours" in page
    assert "Days are days in UTC" in page


@time_machine.travel(NOON, tick=False)
def test_period_and_type_are_in_the_address(connection: Connection, as_user: LogIn) -> None:
    day(connection, 40, opened=1)
    day(connection, 40, "other", opened=50)
    client = as_user("viewer")

    month = client.get(at(connection)).content.decode()
    quarter = client.get(at(connection, "?days=90&type=picklists")).content.decode()

    assert "Nothing happened in this period" in month
    assert 'class="opened" x=' in quarter
    assert "?days=7&amp;type=picklists" in quarter
    assert '<option value="picklists" selected>' in quarter
    assert "50" not in re.findall(r"<dd>(\d+)</dd>", quarter)


@pytest.mark.parametrize("query", ["?days=8", "?days=x", "?days=-7", "?type=nonsense"])
def test_a_filter_that_makes_no_sense_is_told_and_left_out(
    connection: Connection, as_user: LogIn, query: str
) -> None:
    answer = as_user("viewer").get(at(connection, query))

    assert answer.status_code == 400
    assert answer.context["period"] == 30
    assert answer.context["type"] is None


@time_machine.travel(NOON, tick=False)
def test_queries_do_not_grow_with_days_or_batches(
    connection: Connection, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    client = as_user("viewer")

    # Session, user, connection, role; days, batches; switcher. With batches, their types as well.
    make_batches(connection, 1)
    with django_assert_num_queries(8):
        client.get(at(connection, "?days=90"))
    for ago in range(1, 90):
        for kind in ErrorType:
            day(connection, ago, kind, opened=ago)
    make_batches(connection, 12)
    with django_assert_num_queries(8):
        client.get(at(connection, "?days=90"))
    with django_assert_num_queries(7):
        client.get(f"/connections/{connection.pk}/resync/")


def make_batches(connection: Connection, number: int) -> None:
    for _ in range(number):
        serial = SyncError.objects.count()
        record_outcomes(
            connection_id=connection.pk,
            outcomes=[
                failed(contact(serial), "UNKNOWN_EXCEPTION", message=f"Said {'x' * (serial + 1)}.")
            ],
        )
        create_batch(
            connection_id=connection.pk,
            error_ids=[SyncError.objects.latest("pk").pk],
            user=None,
            idempotency_key=f"key {serial}",
        )


# --- the log ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("judge")
def test_the_log_says_which_errors_a_batch_held(connection: Connection, as_user: LogIn) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(1), "picklists/a", "picklists/b", "other/c")],
    )
    create_batch(
        connection_id=connection.pk,
        error_ids=SyncError.objects.values_list("pk", flat=True),
        user=None,
        idempotency_key="k",
    )

    for address in (at(connection), f"/connections/{connection.pk}/resync/"):
        page = as_user("viewer").get(address).content.decode()
        cell = page[page.index('data-label="Which errors"') :].split("</td>")[0]
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell.split(">", 1)[1])).strip()
        assert words == "Picklists × 2, Other"


def test_both_pages_stand_below_history(connection: Connection, as_user: LogIn) -> None:
    client = as_user("viewer")
    trends = client.get(at(connection)).content.decode()
    log = client.get(f"/connections/{connection.pk}/resync/").content.decode()

    for page in (trends, log):
        assert f'href="{at(connection)}"' in page
        assert f'href="/connections/{connection.pk}/resync/"' in page
    assert f'href="{at(connection)}" aria-current="true"' in log


def test_a_real_day_shows_up(connection: Connection, as_user: LogIn) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "UNKNOWN_EXCEPTION")])
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])

    figures = re.findall(r"<dd>(\d+)</dd>", as_user("viewer").get(at(connection)).content.decode())

    assert figures == ["1", "0", "1", "0"]

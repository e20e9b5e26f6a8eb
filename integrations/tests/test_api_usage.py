"""The numbers of the card, and setting the allotment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from integrations import usage
from integrations.models import AllotmentChange, CallPurpose, Connection, UsageBucket
from integrations.testing import make_connection
from integrations.usage import AllotmentInvalid, parse_allotment

NOW = datetime(2026, 11, 24, 12, 2, 30, tzinfo=UTC)


def bucket(
    connection: Connection, minutes_ago: int, calls: int, purpose: CallPurpose = CallPurpose.SYNC
) -> None:
    start = datetime(2026, 11, 24, 12, 0, tzinfo=UTC) - timedelta(minutes=minutes_ago)
    UsageBucket.objects.create(connection=connection, start=start, purpose=purpose, calls=calls)


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_hours_end_with_the_current_one_and_add_up_to_what_is_used() -> None:
    connection = make_connection(allotment=1000)
    bucket(connection, 0, 1)
    bucket(connection, 55, 2, CallPurpose.RESYNC)
    bucket(connection, 60, 4)
    bucket(connection, 24 * 60, 8)
    bucket(connection, 24 * 60 + 5, 16)

    seen = usage.api_usage(connection_id=connection.pk)

    assert seen.hourly == [8, *[0] * 21, 4, 3]
    assert (seen.used_24h, seen.remaining) == (15, 985)
    assert seen.by_purpose == {"sync": 13, "resync": 2, "schema": 0, "bulk": 0}
    assert seen.resumes_at is None


@pytest.mark.django_db
def test_reading_it_takes_two_queries(django_assert_num_queries: Any) -> None:
    connection = make_connection()

    with django_assert_num_queries(2):  # the connection, its buckets
        usage.api_usage(connection_id=connection.pk)


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_it_says_when_the_sync_goes_on_while_the_sync_s_share_is_spent() -> None:
    connection = make_connection(allotment=100)  # 90 for the sync
    bucket(connection, 120, 60)
    bucket(connection, 60, 30)

    seen = usage.api_usage(connection_id=connection.pk)

    assert seen.remaining == 10
    assert seen.resumes_at == datetime(2026, 11, 25, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0", 0),
        (0, 0),
        (" 15000 ", 15000),
        ("15 000", 15000),
        ("15\u00a0000", 15000),
        ("15\u202f000", 15000),
        ("15,000", 15000),
        ("-0", 0),
    ],
    ids=repr,
)
def test_a_whole_number_is_taken_however_it_is_grouped(value: Any, number: int) -> None:
    assert parse_allotment(value, limit=15000) == number


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "empty"),
        ("", "empty"),
        ("   ", "empty"),
        ("abc", "not_a_whole_number"),
        ("1.5", "not_a_whole_number"),
        ("1,5", "not_a_whole_number"),
        ("1.500", "not_a_whole_number"),
        ("1e3", "not_a_whole_number"),
        ("1 0 0", "not_a_whole_number"),
        ("1,000 000", "not_a_whole_number"),
        ("١٢", "not_a_whole_number"),
        ("9" * 5000, "not_a_whole_number"),
        (1.5, "not_a_whole_number"),
        (float("nan"), "not_a_whole_number"),
        (True, "not_a_whole_number"),
        ([5], "not_a_whole_number"),
        ({}, "not_a_whole_number"),
        (-1, "negative"),
        ("-1", "negative"),
        ("\u22121 000", "negative"),
        (15_001, "above_limit"),
        (10**30, "above_limit"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_bad_input_is_refused_with_a_reason_of_its_own(value: Any, code: str) -> None:
    with pytest.raises(AllotmentInvalid) as refused:
        parse_allotment(value, limit=15000)

    assert refused.value.code == code
    assert refused.value.message


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_input_is_a_number_within_the_limit_or_refused(value: Any) -> None:
    try:
        number = parse_allotment(value, limit=15000)
    except AllotmentInvalid:
        return
    assert 0 <= number <= 15000


def test_without_a_limit_a_number_must_still_fit_the_database() -> None:
    with pytest.raises(AllotmentInvalid):
        parse_allotment(10**12, limit=None)


@pytest.mark.django_db
def test_setting_it_is_kept_with_who_did_it() -> None:
    connection = make_connection(allotment=100)
    user = User.objects.create_user("ops@example.com")

    seen = usage.set_allotment(connection_id=connection.pk, value="2 000", user=user)

    assert seen.allotted_to_hubspot == 2000
    change = AllotmentChange.objects.get()
    assert (change.user, change.before, change.after) == (user, 100, 2000)


@pytest.mark.django_db
def test_bad_input_changes_nothing() -> None:
    connection = make_connection(allotment=100, daily_limit=15000)

    with pytest.raises(AllotmentInvalid):
        usage.set_allotment(connection_id=connection.pk, value="15001", user=None)

    connection.refresh_from_db()
    assert connection.allotment == 100
    assert not AllotmentChange.objects.exists()


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_a_sync_that_waits_for_calls_goes_on_when_there_is_room_again() -> None:
    connection = make_connection(
        allotment=10, held_until=NOW + timedelta(hours=5), held_reason=usage.HELD_BY_ALLOTMENT
    )
    bucket(connection, 30, 9)

    usage.set_allotment(connection_id=connection.pk, value=8, user=None)
    connection.refresh_from_db()
    assert connection.held_until is not None

    usage.set_allotment(connection_id=connection.pk, value=50, user=None)
    connection.refresh_from_db()
    assert connection.held_reason == ""


@pytest.mark.django_db
def test_reading_the_limits_spends_one_call_and_stores_them(connection: Connection) -> None:
    limit = usage.read_limits(connection=connection)

    assert limit == connection.daily_limit == 115_000
    assert connection.limit_read_at is not None
    assert usage.api_usage(connection_id=connection.pk).by_purpose["schema"] == 1


@pytest.mark.django_db
def test_an_allotment_above_a_lowered_limit_is_lowered_with_it(
    connection: Connection, simulators: Any
) -> None:
    simulators.control("PATCH", "salesforce/settings", {"daily_api_limit": 5000})

    usage.read_limits(connection=connection)

    assert (connection.daily_limit, connection.allotment) == (5000, 5000)
    change = AllotmentChange.objects.get()
    assert (change.user, change.before, change.after) == (None, 10_000, 5000)

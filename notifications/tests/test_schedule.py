"""Due times over a year, across the changes of daylight-saving time. Pure."""

from __future__ import annotations

import itertools
import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.schedule import next_due

START = datetime(2025, 12, 31, 12, 30, tzinfo=UTC)
# Two that change their clocks in opposite halves of the year, one across the Atlantic, one off by 45 minutes.
ZONES = ["Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Australia/Sydney"]


def dues(frequency: str, zone: str, hour: int, weekday: int = 0, days: int = 365) -> list[datetime]:
    """Every due time of a year, each computed from the one before, as the cutter does."""
    found: list[datetime] = []
    at = START
    while True:
        due = next_due(frequency=frequency, hour=hour, weekday=weekday, time_zone=zone, after=at)
        assert due is not None
        if due >= START + timedelta(days=days):
            return found
        found.append(due)
        at = due


@pytest.mark.parametrize("hour", [0, 1, 2, 3, 8, 23])
@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_a_year_has_one_daily_digest_at_its_hour(zone: str, hour: int) -> None:
    local = [due.astimezone(zoneinfo.ZoneInfo(zone)) for due in dues("daily", zone, hour)]

    days = [moment.date() for moment in local]
    assert len(days) == 365
    assert days == [days[0] + timedelta(days=n) for n in range(365)]
    # On the day on which the clocks skip the hour, it comes when the gap ends.
    wrong = [moment for moment in local if moment.hour != hour]
    assert all(moment.hour == hour + 1 and moment.minute == 0 for moment in wrong)
    assert len(wrong) <= 1


@pytest.mark.parametrize("weekday", [0, 6])
@pytest.mark.parametrize("hour", [2, 8])
@pytest.mark.parametrize("zone", ZONES)
def test_every_week_of_a_year_has_one_weekly_digest_on_its_day(
    zone: str, hour: int, weekday: int
) -> None:
    local = [due.astimezone(zoneinfo.ZoneInfo(zone)) for due in dues("weekly", zone, hour, weekday)]

    days = [moment.date() for moment in local]
    assert len(days) == 52
    assert {day.weekday() for day in days} == {weekday}
    assert {later - earlier for earlier, later in itertools.pairwise(days)} == {timedelta(days=7)}


@pytest.mark.parametrize(
    ("zone", "hour", "after", "due"),
    [
        # Warsaw skips 2:00 to 3:00 on 29 March 2026 and repeats it on 25 October.
        ("Europe/Warsaw", 8, "2026-03-28T07:00+00:00", "2026-03-29T06:00+00:00"),
        ("Europe/Warsaw", 2, "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00"),
        ("Europe/Warsaw", 2, "2026-10-24T12:00+00:00", "2026-10-25T00:00+00:00"),
        ("Europe/Warsaw", 2, "2026-10-25T00:00+00:00", "2026-10-26T01:00+00:00"),
        ("America/New_York", 8, "2026-03-07T14:00+00:00", "2026-03-08T12:00+00:00"),
        ("Asia/Kathmandu", 8, "2026-01-01T00:00+00:00", "2026-01-01T02:15+00:00"),
        ("Australia/Sydney", 8, "2026-04-04T00:00+00:00", "2026-04-04T22:00+00:00"),
        ("Nowhere/AtAll", 8, "2026-01-01T08:00+00:00", "2026-01-02T08:00+00:00"),
    ],
)
def test_due_time_in_utc(zone: str, hour: int, after: str, due: str) -> None:
    found = next_due(
        frequency="daily",
        hour=hour,
        weekday=0,
        time_zone=zone,
        after=datetime.fromisoformat(after),
    )

    assert found == datetime.fromisoformat(due)


@given(
    zone=st.sampled_from(sorted(zoneinfo.available_timezones())),
    after=st.datetimes(
        min_value=datetime(2005, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
    ),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
    frequency=st.sampled_from(["daily", "weekly"]),
)
def test_the_next_digest_is_later_and_never_further_than_a_period_and_a_day(
    zone: str, after: datetime, hour: int, weekday: int, frequency: str
) -> None:
    due = next_due(frequency=frequency, hour=hour, weekday=weekday, time_zone=zone, after=after)

    assert due is not None
    assert due > after
    assert due - after <= timedelta(days=2 if frequency == "daily" else 8)


def test_nothing_is_scheduled_for_who_is_told_at_once() -> None:
    assert next_due(frequency="instant", hour=8, weekday=0, time_zone="UTC", after=START) is None

"""The numbers of the history: kept with the events, in UTC days."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection as database

from errors.counters import find_drift
from errors.days import DayCount, count_days
from errors.ignoring import ignore_errors, take_up_errors
from errors.models import ErrorDay, ErrorEvent, SyncError
from errors.recording import record_outcomes
from errors.tests.fakes import contact, failed, make_connection, synced
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBERS = ("opened", "reopened", "resolved", "ignored")
TIMES = ("seconds_open", "within_hour", "within_day", "within_week")


def fail(connection: Connection, *codes: str, number: int = 1) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(number), *codes)])


def succeed(connection: Connection, number: int = 1) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(number))])


def days(connection: Connection, *names: str) -> list[tuple[Any, ...]]:
    return list(
        ErrorDay.objects.filter(connection=connection)
        .order_by("day", "type")
        .values_list("day", "type", *(names or NUMBERS))
    )


def test_each_day_and_type_tells_what_opened_came_back_and_was_resolved(
    connection: Connection,
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(connection, "picklists/a", "picklists/b", "other/c")
        succeed(connection)
        clock.shift(timedelta(days=1))
        fail(connection, "picklists/a")
        ignore_errors(
            connection_id=connection.pk,
            error_ids=SyncError.objects.filter(status="open").values_list("pk", flat=True),
        )
        clock.shift(timedelta(days=1))
        take_up_errors(
            connection_id=connection.pk, error_ids=SyncError.objects.values_list("pk", flat=True)
        )

    assert days(connection) == [
        (date(2026, 3, 1), "other", 1, 0, 1, 0),
        (date(2026, 3, 1), "picklists", 2, 0, 2, 0),
        (date(2026, 3, 2), "picklists", 0, 1, 0, 1),
        (date(2026, 3, 3), "picklists", 0, 1, 0, 0),
    ]
    assert find_drift(connection_id=connection.pk) == []


@pytest.mark.parametrize(
    ("open_for", "expected"),
    [
        (timedelta(), (0, 1, 1, 1)),
        (timedelta(hours=1), (3600, 1, 1, 1)),
        (timedelta(hours=1, seconds=1), (3601, 0, 1, 1)),
        (timedelta(days=1, seconds=1), (86401, 0, 0, 1)),
        (timedelta(days=7, seconds=1), (604801, 0, 0, 0)),
    ],
)
def test_time_to_resolve_runs_from_the_last_opening(
    connection: Connection, open_for: timedelta, expected: tuple[int, ...]
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(connection, "picklists/a")
        succeed(connection)
        clock.shift(timedelta(days=30))
        fail(connection, "picklists/a")
        clock.shift(open_for)
        succeed(connection)

    first = (0, 1, 1, 1)
    total = [sum(row[2:][n] for row in days(connection, *TIMES)) for n in range(4)]
    assert total == [one + other for one, other in zip(first, expected, strict=True)]
    assert find_drift(connection_id=connection.pk) == []


def test_a_day_ends_at_midnight_utc_whatever_the_time_zone(
    connection: Connection, settings: Any
) -> None:
    settings.TIME_ZONE = "Pacific/Kiritimati"
    with time_machine.travel(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), tick=False) as clock:
        fail(connection, "picklists/a")
        clock.shift(timedelta(seconds=1))
        fail(connection, "picklists/b", number=2)

    assert [row[0] for row in days(connection)] == [date(2026, 3, 1), date(2026, 3, 2)]


def test_what_is_rolled_back_is_not_counted(connection: Connection) -> None:
    def lost() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        record_outcomes(
            connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")], also=lost
        )

    assert not ErrorDay.objects.exists()


def test_the_migration_counts_what_happened_before_it(connection: Connection) -> None:
    other = make_connection()
    with time_machine.travel(NOON, tick=False) as clock:
        for one in (connection, other):
            fail(one, "picklists/a", "other/b")
        clock.shift(timedelta(hours=30))
        succeed(connection)
        fail(connection, "picklists/a")
    before = [days(one, *NUMBERS, *TIMES) for one in (connection, other)]
    ErrorDay.objects.all().delete()

    migration: Any = importlib.import_module("errors.migrations.0004_fill_error_days")
    editor = SimpleNamespace(connection=database)
    migration.fill(apps, editor)
    migration.fill(apps, editor)

    assert [days(one, *NUMBERS, *TIMES) for one in (connection, other)] == before


def test_recount_finds_a_wrong_day_and_repairs_it(connection: Connection) -> None:
    fail(connection, "picklists/a")
    ErrorDay.objects.update(opened=5, seconds_open=9)
    ErrorDay.objects.create(connection=connection, day=date(2020, 1, 1), type="other", resolved=1)

    assert {(one.stored, one.counted) for one in find_drift(connection_id=connection.pk)} == {
        (5, 1),
        (9, 0),
        (1, 0),
    }
    with pytest.raises(CommandError):
        call_command("recount", connection=connection.pk)
    call_command("recount", connection=connection.pk, repair=True)

    assert find_drift(connection_id=connection.pk) == []


def test_days_whose_events_are_not_all_there_are_left_alone(connection: Connection) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(connection, "picklists/a")
        clock.shift(timedelta(days=1))
        fail(connection, "picklists/b", number=2)
        clock.shift(timedelta(days=1))
        fail(connection, "other/c", number=3)
        clock.shift(timedelta(days=1))
        succeed(connection, 2)
    whole = days(connection, *NUMBERS, *TIMES)
    # Events of the first two days have gone; what was opened in them has been resolved since.
    ErrorEvent.objects.filter(at__lt=NOON + timedelta(days=2)).delete()

    assert find_drift(connection_id=connection.pk) == []
    call_command("recount", connection=connection.pk, repair=True)
    assert days(connection, *NUMBERS, *TIMES) == whole


def test_a_clock_that_goes_back_counts_no_negative_time() -> None:
    events = [
        (1, "opened", "other", NOON),
        (1, "resolved", "other", NOON - timedelta(seconds=5)),
    ]

    assert count_days(events) == {
        (NOON.date(), "other"): DayCount(
            opened=1, resolved=1, within_hour=1, within_day=1, within_week=1
        )
    }

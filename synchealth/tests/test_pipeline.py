"""One worker at a time, what stops a sync and when it goes on. The engine's pages are the test's own here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from common import clock
from errors.models import ErrorCounter, SyncError
from errors.tests.children import die, end_of, start_child
from integrations.clients.results import CallRefused, ConnectionFault, TransientFault
from integrations.engine import EnginePage
from integrations.metering import AllotmentSpent
from integrations.models import Connection, SyncCursor
from integrations.outcomes import Direction, Failure, Outcome, RecordRef, Status
from integrations.testing import make_connection
from synchealth import pipeline, tasks
from synchealth.pipeline import due_connections, run_sync

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def page(number: int, *, failures: tuple[Failure, ...] = (), apply: Any = None) -> EnginePage:
    record = RecordRef("contacts", "Contact", hubspot_id=str(number), label=f"Contact {number}")
    status = Status.FAILED if failures else Status.SYNCED
    return EnginePage(
        outcomes=[Outcome(record, Direction.TO_SALESFORCE, status, failures)],
        apply=apply or (lambda: None),
        records=1,
        label="Contacts to Salesforce",
    )


TOO_LONG = Failure("salesforce", "STRING_TOO_LONG", "Title: data value too large", ("Title",))


@pytest.fixture
def connection(transactional_db: None, settings: Any) -> Connection:
    settings.HUBSPOT_API_BASE_URL = settings.SALESFORCE_LOGIN_URL = "http://127.0.0.1:9"
    # Due at the frozen noon as well as today, whenever today is.
    return make_connection(
        limit_read_at=clock.now() + timedelta(days=3650), next_sync_at=NOON - timedelta(days=1)
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that says what the engine does: pages to yield, functions to call, exceptions to raise."""

    def script(*steps: Any) -> None:
        def sync_pages(**_: Any) -> Iterator[EnginePage]:
            for step in steps:
                if isinstance(step, Exception):
                    raise step
                if callable(step):
                    step()
                else:
                    yield step

        monkeypatch.setattr(pipeline, "sync_pages", sync_pages)

    return script


def test_a_run_records_its_pages_and_gives_the_connection_back(
    connection: Connection, engine: Any
) -> None:
    engine(page(1), page(2, failures=(TOO_LONG,)))

    report = run_sync(connection_id=connection.pk, reason="schedule")

    counts = report.mappings["Contacts to Salesforce"]
    assert (report.stopped, counts.synced, counts.failed, report.records) == ("", 1, 1, 2)
    assert SyncError.objects.count() == 1
    connection.refresh_from_db()
    assert connection.sync_lease_token == ""
    assert connection.last_sync_finished_at is not None
    assert not due_connections().exists()


def test_a_second_worker_finds_the_connection_busy(connection: Connection, engine: Any) -> None:
    reports = []
    engine(lambda: reports.append(run_sync(connection_id=connection.pk, reason="manual")), page(1))

    first = run_sync(connection_id=connection.pk, reason="manual")

    assert [report.stopped for report in reports] == ["busy"]
    assert first.stopped == ""


def test_eight_workers_at_once_run_one_sync(
    connection: Connection, engine: Any, tmp_path: Path
) -> None:
    started = tmp_path / "started"

    def note() -> None:
        with started.open("a") as file:
            file.write("run\n")

    engine(note, page(1))

    children = [
        start_child(lambda: run_sync(connection_id=connection.pk, reason="schedule"))
        for _ in range(8)
    ]

    assert [end_of(child) for child in children] == [0] * 8
    assert started.read_text() == "run\n"


def test_a_kill_between_page_and_commit_loses_neither_errors_nor_cursor(
    connection: Connection, engine: Any
) -> None:
    mapping = connection.object_mappings.create(
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    cursor = SyncCursor.objects.create(object_mapping=mapping, system="hubspot", position={"at": 0})

    def move() -> None:
        SyncCursor.objects.filter(pk=cursor.pk).update(position={"at": 1})

    def move_and_die() -> None:
        move()
        die()

    engine(page(1, failures=(TOO_LONG,), apply=move_and_die))
    child = start_child(lambda: run_sync(connection_id=connection.pk, reason="schedule"))

    assert end_of(child) == -9
    cursor.refresh_from_db()
    assert (cursor.position, SyncError.objects.count()) == ({"at": 0}, 0)
    assert not due_connections().exists()  # its lease holds

    engine(page(1, failures=(TOO_LONG,), apply=move))
    with time_machine.travel(clock.now() + timedelta(seconds=pipeline.LEASE_SECONDS + 1)):
        assert due_connections().exists()
        assert run_sync(connection_id=connection.pk, reason="schedule").stopped == ""

    cursor.refresh_from_db()
    assert (cursor.position, SyncError.objects.count()) == ({"at": 1}, 1)
    assert ErrorCounter.objects.get(type="property-values").open_errors == 1


def test_a_worker_whose_lease_is_gone_stores_nothing(connection: Connection, engine: Any) -> None:
    def lose() -> None:
        Connection.objects.update(sync_lease_token="another's")

    engine(lose, page(1, failures=(TOO_LONG,)))

    report = run_sync(connection_id=connection.pk, reason="schedule")

    assert report.stopped == "lease_lost"
    assert not SyncError.objects.exists()
    connection.refresh_from_db()
    assert connection.sync_lease_token == "another's"


def test_a_spent_allotment_holds_the_connection_until_calls_are_free(
    connection: Connection, engine: Any
) -> None:
    engine(page(1), AllotmentSpent(NOON + timedelta(hours=3)))

    with time_machine.travel(NOON, tick=False):
        report = run_sync(connection_id=connection.pk, reason="schedule")

    assert (report.stopped, report.records) == ("allotment_spent", 1)
    assert report.goes_on_at == NOON + timedelta(hours=3)
    with time_machine.travel(NOON + timedelta(hours=2)):
        assert run_sync(connection_id=connection.pk, reason="schedule").stopped == "held"
    with time_machine.travel(NOON + timedelta(hours=3, seconds=1)):
        assert due_connections().exists()


def test_a_refused_login_suspends_and_says_why(connection: Connection, engine: Any) -> None:
    engine(ConnectionFault("INVALID_GRANT", "expired access/refresh token", "salesforce"))

    report = run_sync(connection_id=connection.pk, reason="schedule")

    connection.refresh_from_db()
    assert report.stopped == "suspended"
    assert (connection.state, connection.suspended_code) == ("suspended", "INVALID_GRANT")
    assert run_sync(connection_id=connection.pk, reason="manual").stopped == "not_active"


def test_the_orgs_spent_calls_are_waited_for(connection: Connection, engine: Any) -> None:
    engine(ConnectionFault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", "salesforce"))

    with time_machine.travel(NOON, tick=False):
        report = run_sync(connection_id=connection.pk, reason="schedule")

    connection.refresh_from_db()
    assert (report.stopped, connection.state) == ("limit_reached", "active")
    assert connection.held_until == NOON + pipeline.LIMIT_WAIT


def test_a_silent_crm_is_asked_again_soon(connection: Connection, engine: Any) -> None:
    engine(page(1), TransientFault("TIMEOUT", "The server did not answer in time.", "hubspot"))

    with time_machine.travel(NOON, tick=False):
        report = run_sync(connection_id=connection.pk, reason="schedule")

    connection.refresh_from_db()
    assert report.stopped == "crm_unavailable"
    assert connection.next_sync_at == NOON + pipeline.LATER


def test_a_bug_gives_the_connection_back_and_is_not_swallowed(
    connection: Connection, engine: Any
) -> None:
    engine(ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        run_sync(connection_id=connection.pk, reason="schedule")

    connection.refresh_from_db()
    assert connection.sync_lease_token == ""


def test_a_read_that_is_refused_twice_suspends(connection: Connection, engine: Any) -> None:
    gone = Failure("salesforce", "INVALID_TYPE", "sObject type 'Account' is not supported.")
    engine(page(1), CallRefused([gone], status=400))

    report = run_sync(connection_id=connection.pk, reason="schedule")

    connection.refresh_from_db()
    assert (report.stopped, report.records) == ("suspended", 2)  # the page, before and after
    assert connection.suspended_code == "INVALID_TYPE"


def test_a_sync_asked_for_while_one_runs_is_not_forgotten(
    connection: Connection, engine: Any
) -> None:
    def ask() -> None:
        Connection.objects.update(next_sync_at=clock.now())

    engine(ask, page(1))

    run_sync(connection_id=connection.pk, reason="schedule")

    assert due_connections().exists()


def test_a_run_that_takes_too_long_hands_over(
    connection: Connection, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudges: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks, "nudge", lambda name, pk: nudges.append((name, pk)))
    monkeypatch.setattr(pipeline, "TIME_BUDGET", timedelta(0))
    engine(page(1), page(2))

    tasks.sync_connection(connection.pk)

    assert nudges == [("synchealth.sync_connection", connection.pk)]
    assert due_connections().exists()

"""The histories of records: runs of equal tries, kept only of records that failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from errors.attempts import prune_attempts
from errors.models import RecordAttempt, SyncError
from errors.recording import record_outcomes
from errors.tests.fakes import contact, failed, make_connection, skipped, synced
from integrations.models import Connection
from integrations.outcomes import Direction, Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(connection: Connection, *outcomes: Outcome, **more: Any) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=outcomes, **more)


def runs(connection: Connection) -> list[tuple[str, str, int, bool]]:
    """(key, result, times, latest), oldest first."""
    return list(
        RecordAttempt.objects.filter(connection=connection)
        .order_by("pk")
        .values_list("record_key", "result", "times", "latest")
    )


def test_equal_failures_in_a_row_are_one_run_with_a_count(connection: Connection) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            record(connection, failed(contact(1), "picklists/a"))
            clock.shift(timedelta(minutes=15))

    run = RecordAttempt.objects.get()
    assert (run.times, run.result, run.message) == (3, "failed", "No.")
    assert (run.first_at, run.last_at) == (NOON, NOON + timedelta(minutes=30))
    assert run.error_ids == [SyncError.objects.get().pk]


def test_another_error_or_another_result_begins_a_run(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/a"))
    record(connection, failed(contact(1), "picklists/a", "other/b"))
    record(connection, synced(contact(1)))
    record(connection, synced(contact(1)))
    record(connection, skipped(contact(1)))

    key = "contacts:hs:1"
    assert runs(connection) == [
        (key, "failed", 1, False),
        (key, "failed", 1, False),
        (key, "synced", 2, False),
        (key, "skipped", 1, True),
    ]


def test_the_two_directions_have_runs_of_their_own(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/a"))
    record(connection, synced(contact(1), direction=Direction.TO_HUBSPOT))
    record(connection, failed(contact(1), "picklists/a"))

    assert [(result, times) for _, result, times, _ in runs(connection)] == [
        ("failed", 2),
        ("synced", 1),
    ]


def test_a_first_sync_of_healthy_records_adds_and_asks_nothing(connection: Connection) -> None:
    healthy = [synced(contact(n, salesforce_id=f"003{n}")) for n in range(200)]

    with CaptureQueriesContext(database) as captured:
        record(connection, *healthy, skipped(contact(999)))

    assert not RecordAttempt.objects.exists()
    assert not [one for one in captured.captured_queries if "recordattempt" in one["sql"]]


def test_a_run_says_what_made_its_last_try(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/a"))
    record(connection, failed(contact(1), "picklists/a"), source=RecordAttempt.Source.RESYNC)
    record(connection, synced(contact(1)), source=RecordAttempt.Source.IMPORT)

    assert list(RecordAttempt.objects.order_by("pk").values_list("source", flat=True)) == [
        "resync",
        "import",
    ]


def test_a_record_that_gets_its_hubspot_id_goes_on_with_its_run(connection: Connection) -> None:
    before = contact("", salesforce_id="003A")
    record(connection, failed(before, "picklists/a", direction=Direction.TO_HUBSPOT))
    known = contact(7, salesforce_id="003A")
    record(connection, failed(known, "picklists/a", direction=Direction.TO_HUBSPOT))
    record(connection, synced(known, direction=Direction.TO_HUBSPOT))

    assert runs(connection) == [
        ("contacts:hs:7", "failed", 2, False),
        ("contacts:hs:7", "synced", 1, True),
    ]


def test_both_keys_of_a_record_may_have_a_run_when_they_meet(connection: Connection) -> None:
    record(connection, failed(contact(7), "picklists/a"))
    record(connection, failed(contact("", salesforce_id="003A"), "other/b"))
    record(connection, failed(contact(7, salesforce_id="003A"), "picklists/a"))

    assert runs(connection) == [
        ("contacts:hs:7", "failed", 2, True),
        ("Contact:sf:003A", "failed", 1, False),
    ]


def test_a_page_that_meets_a_record_under_both_keys_keeps_what_holds(
    connection: Connection,
) -> None:
    known = contact(7, salesforce_id="003A")
    early = contact("", salesforce_id="003A")
    record(connection, failed(known, "picklists/a"), failed(early, "picklists/b"), synced(known))
    assert runs(connection) == []  # nothing of it was an error in the end

    record(connection, failed(early, "picklists/b"), failed(known, "picklists/a"))
    assert runs(connection) == [("contacts:hs:7", "failed", 1, True)]


def test_what_cannot_be_stored_is_stored_readably(connection: Connection) -> None:
    record(connection, failed(contact(1), "other/b", message="a\x00b" + "x" * 9000))

    message = RecordAttempt.objects.get().message
    assert message.startswith("a�b")
    assert len(message) == 8000


def test_history_costs_the_same_queries_for_one_record_and_for_many(
    connection: Connection,
) -> None:
    def queries(number: int) -> int:
        many = [contact(n, salesforce_id=f"003{n}") for n in range(number)]
        record(connection, *(failed(one, "picklists/a") for one in many))
        with CaptureQueriesContext(database) as captured:
            record(connection, *(failed(one, "picklists/a") for one in many[::2]))
            record(connection, *(synced(one) for one in many))
        return sum("recordattempt" in one["sql"] for one in captured.captured_queries)

    # Read, counted on; read, ended, written.
    assert queries(2) == 5
    # SQLite inserts 76 rows at once.
    assert queries(100) <= 6


def test_a_lost_lease_leaves_no_trace(connection: Connection) -> None:
    def lost() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        record(connection, failed(contact(1), "picklists/a"), also=lost)

    assert not RecordAttempt.objects.exists()


def test_old_runs_are_pruned_and_those_that_go_on_are_kept(
    connection: Connection, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RECORD_HISTORY_DAYS = 90
    monkeypatch.setattr("errors.attempts._PRUNED_AT_ONCE", 2)
    other = make_connection()
    with time_machine.travel(NOON, tick=False) as clock:
        for one in (connection, other):
            record(one, *(failed(contact(n), "picklists/a") for n in range(5)))
        clock.shift(timedelta(days=80))
        record(connection, failed(contact(0), "picklists/a"))
        record(connection, synced(contact(1)))
        clock.shift(timedelta(days=11))

        assert prune_attempts() == 9
        assert prune_attempts() == 0

    assert runs(connection) == [
        ("contacts:hs:0", "failed", 2, True),
        ("contacts:hs:1", "synced", 1, True),
    ]

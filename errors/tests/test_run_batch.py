"""What a worker makes of a batch, with the engine at its interface."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from common import clock
from errors.counters import find_drift
from errors.models import AffectedRecord, ResyncBatch, ResyncItem, SyncError
from errors.recording import record_outcomes
from errors.resync import create_batch
from errors.resync.claiming import claim_batch, take_back_expired
from errors.resync.sweeping import sweep
from errors.resync.worker import run_batch
from errors.tests.crm_fake import FakeCrm
from errors.tests.fakes import contact, failed, synced
from integrations.clients.results import ConnectionFault, TransientFault
from integrations.metering import AllotmentSpent
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrm:
    fake = FakeCrm(written=tmp_path / "written")
    monkeypatch.setattr("errors.resync.crm.open_clients", fake.open_clients)
    monkeypatch.setattr("errors.resync.crm.retry_pages", fake.retry_pages)
    return fake


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was sent to the broker, which is always there."""
    sent: list[Any] = []

    def nudge(*args: Any) -> bool:
        sent.append(args)
        return True

    monkeypatch.setattr("errors.resync.sweeping.nudge", nudge)
    monkeypatch.setattr("errors.resync.worker.nudge", nudge)
    return sent


def fail(connection: Connection, *ids: int, code: str = "picklists/a") -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(n), code) for n in ids])


def batch_of(connection: Connection, key: str = "key") -> ResyncBatch:
    """A batch of all open errors of the connection."""
    ids = SyncError.objects.filter(connection=connection, status="open").values_list(
        "pk", flat=True
    )
    return create_batch(
        connection_id=connection.pk, error_ids=ids, user=None, idempotency_key=key
    ).batch


def item_of(batch: ResyncBatch, kind: str) -> ResyncItem:
    return batch.items.get(error__type=kind)


def test_a_fixed_error_is_gone_and_the_batch_says_so(connection: Connection, crm: FakeCrm) -> None:
    fail(connection, 1, 2, 3)
    batch = batch_of(connection)

    assert run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failed, batch.api_calls) == ("finished", 1, 0, 1)
    assert (batch.records_done, batch.records_total) == (3, 3)
    assert (batch.lease_token, batch.lease_until) == ("", None)
    item = batch.items.get()
    assert (item.state, item.records_resolved, item.reason) == ("resolved", 3, "")
    assert SyncError.objects.get().status == "resolved"
    assert crm.applied == 1


def test_an_error_that_still_fails_names_the_new_reason(
    connection: Connection, crm: FakeCrm
) -> None:
    fail(connection, 1, 2)
    batch = batch_of(connection)
    crm.broken = {"2": "picklists/a"}
    crm_message = "picklists/a again"
    # The same cause, so the same error: only its words are newer.
    error = SyncError.objects.get()

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.done, batch.failed) == (1, 0)  # another message is another error here
    assert batch.items.get().reason == crm_message
    error.refresh_from_db()
    assert error.status == "resolved"


def test_done_and_failed_add_up(connection: Connection, crm: FakeCrm, monkeypatch: Any) -> None:
    fail(connection, 1, code="picklists/a")
    fail(connection, 2, code="other/b")
    batch = batch_of(connection)
    crm.broken = {"2": "other/b"}
    monkeypatch.setattr("errors.tests.crm_fake.failure", lambda code, _: _failure(code))

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.total, batch.done, batch.failed) == ("finished", 2, 1, 1)
    assert (item_of(batch, "other").state, item_of(batch, "other").reason) == ("failed", "No.")
    assert item_of(batch, "picklists").state == "resolved"


def _failure(code: str) -> Any:
    from errors.tests.fakes import failure

    return failure(code)


def test_records_of_all_errors_go_to_the_engine_together(
    connection: Connection, crm: FakeCrm
) -> None:
    for n in range(100):
        fail(connection, n, code=f"picklists/{n}")
    fail(connection, 5, code="other/b")  # resolves picklists/5
    batch = batch_of(connection)

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.total, batch.done, batch.api_calls) == (100, 100, 1)
    assert sorted(crm.writes(), key=int) == [str(n) for n in range(100)]


def test_schemas_are_read_again_only_where_they_matter(
    connection: Connection, crm: FakeCrm
) -> None:
    for n, code in enumerate(("property-values/a", "picklists/a", "property-mappings/a"), 1):
        fail(connection, n, code=code)
        run_batch(batch_id=batch_of(connection, str(n)).pk)

    assert crm.asked_to_refresh == [False, True, True]


def test_an_error_that_resolved_meanwhile_has_nothing_to_do(
    connection: Connection, crm: FakeCrm
) -> None:
    fail(connection, 1)
    batch = batch_of(connection)
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.items.get().state) == ("finished", 1, "skipped")
    assert crm.writes() == []


def test_a_failure_after_the_claim_survives_the_success_of_the_retry(
    connection: Connection, crm: FakeCrm
) -> None:
    fail(connection, 1, 2)
    batch = batch_of(connection)
    crm.at["after write"] = lambda: fail(connection, 1)

    run_batch(batch_id=batch.pk)

    assert list(
        AffectedRecord.objects.filter(state="open").values_list("hubspot_id", flat=True)
    ) == ["1"]
    assert SyncError.objects.get().open_records == 1
    assert batch.items.get().state == "failed"


def test_two_workers_do_not_run_one_batch(connection: Connection, crm: FakeCrm) -> None:
    fail(connection, 1)
    batch = batch_of(connection)
    crm.at["before write"] = lambda: results.append(run_batch(batch_id=batch.pk))
    results: list[bool] = []

    run_batch(batch_id=batch.pk)

    assert results == [False]
    assert crm.writes() == ["1"]


def test_a_worker_that_lost_its_lease_changes_nothing(connection: Connection, crm: FakeCrm) -> None:
    fail(connection, 1)
    batch = batch_of(connection)

    def lose() -> None:
        take_back_expired(now=clock.now() + timedelta(hours=1))
        assert claim_batch(batch_id=batch.pk) is None  # not due yet
        ResyncBatch.objects.update(not_before=clock.now())
        assert claim_batch(batch_id=batch.pk) is not None

    crm.at["after write"] = lose

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert batch.state == "running"
    assert SyncError.objects.get().status == "open"
    assert crm.applied == 0


def test_a_spent_allotment_holds_the_batch_until_calls_are_free(
    connection: Connection, crm: FakeCrm, nudges: list[Any]
) -> None:
    fail(connection, 1)
    batch = batch_of(connection)
    later = clock.now() + timedelta(hours=3)

    def spent() -> None:
        raise AllotmentSpent(later)

    crm.at["before write"] = spent
    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.hold_reason, batch.not_before) == (
        "queued",
        "allotment_spent",
        later,
    )
    assert batch.items.get().attempt == 0
    assert sweep() == 0
    crm.at.clear()
    with time_machine.travel(later + timedelta(seconds=1), tick=False):
        assert sweep() == 1
        run_batch(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.hold_reason) == ("finished", 1, "")


def test_a_batch_that_needs_more_calls_than_a_day_has_goes_forward_and_ends(
    connection: Connection, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("errors.tests.crm_fake.failure", lambda code, _: _failure(code))
    fail(connection, *range(10))
    crm.broken = {str(n): "picklists/a" for n in range(10)}
    crm.page_size = 1
    batch = batch_of(connection)
    calls = {"left": 0}

    def spend() -> None:
        if not calls["left"]:
            raise AllotmentSpent(clock.now() + timedelta(days=1))
        calls["left"] -= 1

    crm.at["before write"] = spend
    days = 0
    with time_machine.travel(clock.now(), tick=False) as traveller:
        while ResyncBatch.objects.get().state == "queued" and days < 20:
            traveller.move_to(ResyncBatch.objects.get().not_before)
            # On the first day there is no call left at all.
            days, calls["left"] = days + 1, 3 if days else 0
            run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.failed, days) == ("finished", 1, 5)
    assert (batch.records_done, batch.records_total) == (10, 10)
    assert crm.writes() == [str(n) for n in range(10)]


def test_a_connection_that_cannot_go_on_is_suspended_and_the_batch_waits(
    connection: Connection, crm: FakeCrm, nudges: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ConnectionFault("INVALID_LOGIN", "No.", "salesforce")

    fail(connection, 1)
    batch = batch_of(connection)
    crm.at["opened"] = refuse

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    connection.refresh_from_db()
    assert (batch.state, batch.hold_reason) == ("queued", "connection_suspended")
    assert connection.state == "suspended"
    assert connection.suspended_code == "INVALID_LOGIN"
    assert sweep() == 0
    assert not run_batch(batch_id=batch.pk)


def test_a_daily_limit_holds_the_batch_and_the_connection(
    connection: Connection, crm: FakeCrm
) -> None:
    def refuse() -> None:
        raise ConnectionFault("REQUEST_LIMIT_EXCEEDED", "No.", "salesforce", retry_after=600)

    fail(connection, 1)
    batch = batch_of(connection)
    crm.at["before write"] = refuse

    with time_machine.travel(clock.now(), tick=False):
        run_batch(batch_id=batch.pk)
        later = clock.now() + timedelta(minutes=10)

    batch.refresh_from_db()
    connection.refresh_from_db()
    assert (batch.state, batch.hold_reason, batch.not_before) == ("queued", "limit_reached", later)
    assert (connection.state, connection.held_until) == ("active", later)


def test_a_passing_fault_is_retried_later_and_given_up_after_five_tries(
    connection: Connection, crm: FakeCrm
) -> None:
    def drop() -> None:
        raise TransientFault("HTTP_503", "Service unavailable.", "salesforce")

    fail(connection, 1)
    batch = batch_of(connection)
    crm.at["before write"] = drop
    tries = 0
    with time_machine.travel(clock.now(), tick=False) as traveller:
        while ResyncBatch.objects.get().state == "queued":
            traveller.move_to(ResyncBatch.objects.get().not_before)
            run_batch(batch_id=batch.pk)
            tries += 1

    batch.refresh_from_db()
    assert tries == 5
    assert (batch.state, batch.failed) == ("finished", 1)
    item = batch.items.get()
    assert item.state == "failed"
    assert "503" in item.reason
    assert SyncError.objects.get().status == "open"


def test_a_long_batch_goes_on_where_it_stopped(
    connection: Connection, crm: FakeCrm, nudges: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("errors.resync.worker.TIME_BUDGET", timedelta(0))
    crm.page_size = 2
    crm.broken = {"1": "picklists/a"}
    fail(connection, *range(1, 6))
    batch = batch_of(connection)

    runs = 0
    while run_batch(batch_id=batch.pk):
        runs += 1

    batch.refresh_from_db()
    assert (batch.state, batch.records_done) == ("finished", 5)
    assert sorted(crm.writes()) == ["1", "2", "3", "4", "5"]
    assert (runs, len(nudges)) == (3, 3)
    assert find_drift(connection_id=connection.pk) == []


def test_a_bug_in_the_engine_loses_nothing(connection: Connection, crm: FakeCrm) -> None:
    def bug() -> None:
        raise ZeroDivisionError

    fail(connection, 1)
    batch = batch_of(connection)
    crm.at["before write"] = bug

    with pytest.raises(ZeroDivisionError):
        run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.hold_reason) == ("queued", "unexpected_error")


def test_the_batch_tells_what_is_resolved_while_it_runs(
    connection: Connection, crm: FakeCrm
) -> None:
    for n in range(3):
        fail(connection, n, code=f"picklists/{n}")
    batch = batch_of(connection)
    crm.page_size = 1
    seen: list[tuple[int, int]] = []

    def look() -> None:
        batch.refresh_from_db()
        seen.append((batch.done, batch.records_done))

    crm.at["after page"] = look

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert seen == [(1, 1), (2, 2), (3, 3)]
    assert (batch.state, batch.done, batch.failed) == ("finished", 3, 0)


def test_a_record_that_is_not_to_be_synced_any_more_has_nothing_to_do(
    connection: Connection, crm: FakeCrm
) -> None:
    fail(connection, 1)
    batch = batch_of(connection)
    crm.skipped = {"1"}

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.done, batch.failed, batch.records_done) == (1, 0, 1)
    assert batch.items.get().state == "skipped"
    assert SyncError.objects.get().status == "resolved"


def test_a_batch_that_waits_says_why(connection: Connection) -> None:
    assert ResyncBatch(hold_reason="").why_waiting == ""
    for reason in ("allotment_spent", "connection_suspended", "connection_paused"):
        assert ResyncBatch(hold_reason=reason).why_waiting

"""A worker killed at any line: the batch goes on, nothing is lost, nothing is counted twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
import time_machine

from common import clock
from errors.counters import find_drift
from errors.models import AffectedRecord, ResyncBatch, SyncError
from errors.recording import record_outcomes
from errors.resync import claiming, create_batch, worker
from errors.resync.claim import LEASE
from errors.resync.sweeping import sweep
from errors.tests.children import die, end_of, start_child
from errors.tests.crm_fake import FakeCrm
from errors.tests.fakes import contact, failed, make_connection

pytestmark = [
    pytest.mark.crash,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("judge"),
]

MOMENTS = [
    "claiming",
    "opened",
    "before write",
    "after write",
    "in transaction",
    "after page",
    "settling",
    "settled",
]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrm:
    fake = FakeCrm(written=tmp_path / "written", page_size=2, broken={"4": "other/b"})
    monkeypatch.setattr("errors.resync.crm.open_clients", fake.open_clients)
    monkeypatch.setattr("errors.resync.crm.retry_pages", fake.retry_pages)
    monkeypatch.setattr("errors.resync.sweeping.nudge", lambda *args: True)
    return fake


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_anywhere_loses_nothing(
    crm: FakeCrm, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_connection()
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a", message="same") for n in range(4)]
        + [failed(contact(4), "other/b", message="other/b again")],
    )
    ids = list(SyncError.objects.values_list("pk", flat=True))
    batch = create_batch(
        connection_id=connection.pk, error_ids=ids, user=None, idempotency_key="key"
    ).batch

    assert end_of(start_child(partial(_run_and_die, batch.pk, crm, moment))) == -9

    with time_machine.travel(clock.now() + LEASE + timedelta(seconds=1)):
        if moment != "settled":
            assert sweep() == 1
            assert worker.run_batch(batch_id=batch.pk)
        assert sweep() == 0
    batch.refresh_from_db()
    assert (batch.state, batch.total, batch.done, batch.failed) == ("finished", 2, 1, 1)
    assert batch.records_done == 5
    assert {item.error.type: item.state for item in batch.items.select_related("error")} == {
        "picklists": "resolved",
        "other": "failed",
    }
    assert SyncError.objects.get(type="picklists").status == "resolved"
    still_open = AffectedRecord.objects.filter(state="open").get()
    assert (still_open.hubspot_id, still_open.failures) == ("4", 2)
    assert set(crm.writes()) == {"0", "1", "2", "3", "4"}
    # Only the page that was written and not recorded is written again.
    assert len(crm.writes()) <= 5 + crm.page_size
    assert find_drift(connection_id=connection.pk) == []


def _run_and_die(batch_id: int, crm: FakeCrm, moment: str) -> None:
    def die_with(*args: object, **values: object) -> None:
        die()

    crm.at[moment] = die
    if moment == "claiming":
        mock.patch.object(claiming, "_running", die_with).start()
    if moment == "settling":
        mock.patch.object(worker, "finish_if_done", die_with).start()
    worker.run_batch(batch_id=batch_id)
    if moment == "settled":
        die()


def test_a_batch_that_kills_its_worker_each_time_is_given_up(crm: FakeCrm) -> None:
    connection = make_connection()
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    batch = create_batch(
        connection_id=connection.pk,
        error_ids=[SyncError.objects.get().pk],
        user=None,
        idempotency_key="key",
    ).batch
    runs = 0
    now = clock.now()
    while ResyncBatch.objects.get().state != "finished":
        with time_machine.travel(now + runs * 2 * LEASE):
            sweep()
            if ResyncBatch.objects.get().state == "finished":
                break
            assert end_of(start_child(partial(_run_and_die, batch.pk, crm, "before write"))) == -9
        runs += 1

    assert runs == 5
    batch.refresh_from_db()
    assert (batch.done, batch.failed) == (0, 1)
    assert "5 tries" in batch.items.get().reason
    assert SyncError.objects.get().status == "open"

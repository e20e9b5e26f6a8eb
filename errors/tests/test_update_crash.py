"""A worker killed at any line of an update: it goes on, every record is written, and none is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from errors.counters import find_drift
from errors.jobs import updating
from errors.jobs.running import run_job
from errors.jobs.sweeping import sweep_jobs
from errors.models import AffectedRecord, BulkJob
from errors.tests.children import die, end_of, start_child
from errors.tests.update_world import GOOD, UpdateWorld
from integrations.clients.hubspot import HubSpotClient
from simulators.testing import Simulators

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]


def _after(target: Any, name: str, times: int) -> Any:
    """Dies right after the `times`th call."""
    real: Callable[..., Any] = getattr(target, name)
    calls = []

    def call(*args: Any, **values: Any) -> Any:
        answer = real(*args, **values)
        calls.append(1)
        if len(calls) == times:
            die()
        return answer

    return mock.patch.object(target, name, call)


MOMENTS: dict[str, Callable[[], Any]] = {
    "begun": lambda: _after(updating, "_begin", 1),
    "written": lambda: _after(HubSpotClient, "batch_update", 2),
    "tried again": lambda: _after(updating._Step, "_try_again", 2),
    "stored": lambda: _after(updating._Step, "_store", 2),
    "asked for the sync": lambda: _after(updating, "request_sync", 1),
    "over": lambda: _after(updating, "_ask_for_sync", 1),
}


def _run_and_die(job_id: int, moment: str) -> None:
    with MOMENTS[moment]():
        run_job(job_id=job_id)


@pytest.mark.parametrize("mode", ["set", "touch"])
@pytest.mark.parametrize("moment", list(MOMENTS))
def test_a_worker_killed_anywhere_writes_and_counts_each_record_once(
    simulators: Simulators, moment: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = UpdateWorld(simulators)
    error = world.make(25)
    if mode == "touch":
        world.learn()
    monkeypatch.setattr("errors.jobs.updating.RECORDS_A_STEP", 10)
    monkeypatch.setattr("errors.jobs.sweeping.nudge", lambda *args: True)
    job = world.start(error=error.pk, mode=mode, value=GOOD)

    assert end_of(start_child(partial(_run_and_die, job.pk, moment))) == -9

    assert not run_job(job_id=job.pk)  # the dead worker still holds it
    BulkJob.objects.update(lease_until=timezone.now())
    assert sweep_jobs() == 1
    job = world.run(job)
    world.sync()

    assert job.state == "finished"
    # Touched records that synced before the kill was noticed are not failing any more, and not counted.
    assert job.done == (25 if mode == "set" else job.done)
    assert job.total == 25
    assert job.done + job.failed <= 25
    assert not AffectedRecord.objects.filter(state="open").exists()
    error.refresh_from_db()
    assert error.status == "resolved"
    assert find_drift(connection_id=world.connection.pk) == []
    if mode == "set":
        assert set(world.held()) == {GOOD}

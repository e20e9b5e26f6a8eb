"""An import through a real broker, a real Celery worker and the simulators."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.import_world import World
from errors.counters import find_drift
from errors.models import AffectedRecord, BulkJob
from simulators.testing import Simulators
from tests.processes import CeleryWorker, wait_until

pytestmark = pytest.mark.broker


def test_a_stored_import_reaches_a_worker_and_resolves_its_records(
    simulators: Simulators, celery_worker_process: Callable[..., CeleryWorker]
) -> None:
    world = World(simulators)
    world.break_it()
    world.make_contacts(250)
    world.sync()
    world.mend()
    assert AffectedRecord.objects.filter(state="open").count() == 250
    celery_worker_process(queues="resync,sync")

    job = world.start()

    def ended() -> bool:
        job.refresh_from_db()
        return job.state not in BulkJob.LIVE

    wait_until(ended, within=60, what="the import finishes")
    assert (job.state, job.total, job.done, job.failed) == ("finished", 250, 250, 0)
    assert not AffectedRecord.objects.filter(state="open").exists()
    assert find_drift(connection_id=world.connection.pk) == []

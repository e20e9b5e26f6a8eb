"""The nudge through a real broker to a real Celery worker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from errors.models import ResyncBatch, SyncError
from errors.recording import record_outcomes
from errors.resync import create_batch
from errors.resync.sweeping import sweep
from errors.tests.fakes import contact, failed, make_connection, synced
from tests.processes import BrokerAddress, CeleryWorker, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.usefixtures("judge")]


def batch_of_a_resolved_error() -> ResyncBatch:
    """A batch that a worker can finish without a CRM: its error resolved before the worker came."""
    connection = make_connection()
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    error = SyncError.objects.get(connection=connection)
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])
    return create_batch(
        connection_id=connection.pk, error_ids=[error.pk], user=None, idempotency_key="key"
    ).batch


def finished(batch: ResyncBatch) -> bool:
    batch.refresh_from_db()
    return batch.state == ResyncBatch.State.FINISHED


def test_a_stored_batch_reaches_a_worker(
    celery_worker_process: Callable[..., CeleryWorker],
) -> None:
    celery_worker_process(queues="resync")

    batch = batch_of_a_resolved_error()

    wait_until(lambda: finished(batch), within=20, what="the batch finishes")
    assert (batch.done, batch.failed) == (1, 0)


def test_a_batch_whose_message_was_lost_is_found_by_the_sweeper(
    celery_worker_process: Callable[..., CeleryWorker], broker: BrokerAddress
) -> None:
    batch = batch_of_a_resolved_error()
    assert broker.length("resync") == 1
    broker.empty()
    celery_worker_process(queues="resync")

    assert sweep() == 1

    wait_until(lambda: finished(batch), within=20, what="the batch finishes")

"""250 errors of a real sync are resolved by Resync all matching in three batches, and every call is counted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from django.test import Client

from benchmarks.resync_world import World
from errors.counters import find_drift
from errors.filters import ErrorFilters
from errors.jobs import resync_all
from errors.jobs.running import run_job
from errors.models import BulkJob, ResyncBatch, SyncError
from errors.resync.sweeping import sweep
from errors.resync.worker import run_batch
from integrations.models import CallPurpose, Connection, UsageBucket
from simulators.testing import Simulators
from tests.people import make_people
from tests.processes import BrokerAddress, CeleryWorker, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# An estimate may be this much above what a resync really takes, a batch; never below it.
MOST_ABOVE_A_BATCH = 2


def salesforce_calls(simulators: Simulators) -> int:
    return int(simulators.control("GET", "calls/count?system=salesforce")["count"])


def bulk_calls(connection: Connection) -> int:
    rows = UsageBucket.objects.filter(connection=connection, purpose=CallPurpose.BULK)
    return sum(rows.values_list("calls", flat=True))


def world_of(simulators: Simulators, number: int) -> tuple[World, Connection]:
    world = World(simulators)
    world.make_errors(number)
    assert world.connection is not None
    return world, Connection.objects.get(pk=world.connection.pk)


def start_on_the_page(connection: Connection) -> BulkJob:
    people = make_people(connection)
    client = Client()
    client.force_login(people.of("operator"))
    address = f"/connections/{connection.pk}/resync/all/"
    asked = client.get(address, {"type": "picklists"})
    assert asked.status_code == 200
    assert "Resync 250 errors" in asked.content.decode()
    form = {"type": "picklists", "idempotency_key": str(asked.context["idempotency_key"])}
    answer = client.post(address, form)
    twice = client.post(address, form)

    job = BulkJob.objects.get()
    assert answer.status_code == twice.status_code == 302
    assert answer["Location"] == twice["Location"]
    assert answer["Location"].endswith(f"/jobs/{job.public_id}/")
    return job


def check_the_end(job: BulkJob, connection: Connection, counted: int) -> None:
    job.refresh_from_db()
    assert (job.state, job.total, job.done, job.failed) == ("finished", 250, 250, 0)
    batches = job.batches.order_by("pk")
    assert [(one.state, one.total, one.done) for one in batches] == [
        ("finished", 100, 100),
        ("finished", 100, 100),
        ("finished", 50, 50),
    ]
    for before, after in pairwise(batches):
        assert before.finished_at is not None
        assert before.finished_at <= after.created_at
    assert not SyncError.objects.filter(status="open").exists()
    assert find_drift(connection_id=connection.pk) == []
    assert job.api_calls == bulk_calls(connection) == counted


@pytest.mark.broker
def test_250_errors_are_resolved_by_a_worker_in_three_batches(
    simulators: Simulators,
    broker: BrokerAddress,
    celery_worker_process: Callable[..., CeleryWorker],
) -> None:
    world, connection = world_of(simulators, 250)
    world.mend()
    before = salesforce_calls(simulators)
    broker.empty()
    celery_worker_process(queues="sync,resync")

    job = start_on_the_page(connection)

    # Nobody sweeps here: the end of each batch wakes the job.
    wait_until(
        lambda: BulkJob.objects.get(pk=job.pk).state == "finished",
        within=90,
        what="the job finishes",
    )
    check_the_end(job, connection, salesforce_calls(simulators) - before)


def test_a_resync_takes_no_more_calls_than_was_said(simulators: Simulators) -> None:
    world, connection = world_of(simulators, 250)
    world.mend()
    said = resync_all.preview(connection_id=connection.pk, filters=ErrorFilters(type="picklists"))
    assert (said.selection.errors, said.selection.estimate.batches) == (250, 3)
    before = salesforce_calls(simulators)
    job = start_on_the_page(connection)

    while run_job(job_id=job.pk):
        run_batch(batch_id=ResyncBatch.objects.latest("pk").pk)

    counted = salesforce_calls(simulators) - before
    check_the_end(job, connection, counted)
    assert counted <= said.calls <= counted + MOST_ABOVE_A_BATCH * 3


@pytest.mark.broker
@pytest.mark.crash
def test_workers_killed_between_and_within_batches_lose_nothing(
    simulators: Simulators,
    broker: BrokerAddress,
    celery_worker_process: Callable[..., CeleryWorker],
) -> None:
    world, connection = world_of(simulators, 250)
    world.mend()
    broker.empty()
    before = salesforce_calls(simulators)
    job = start_on_the_page(connection)

    # One that takes the job's turns only: it stores the first batch, and dies with the job held or given back.
    first = celery_worker_process(queues="sync")
    wait_until(lambda: job.batches.exists(), within=30, what="the first batch is stored")
    first.kill()
    assert ResyncBatch.objects.count() == 1

    # The word that the batch waits is sent after it is stored, so it may have died with its sender:
    # here it always has, and the schedule sends another.
    broker.empty()
    assert sweep() == 1

    # One that runs batches only: it finishes the first, and dies.
    second = celery_worker_process(queues="resync")
    wait_until(
        lambda: job.batches.filter(state="finished").exists(), within=60, what="the batch finishes"
    )
    second.kill()
    job.refresh_from_db()
    assert (job.done, ResyncBatch.objects.count()) == (100, 1)

    # The dead worker's hold on the job, if it had one, is over.
    BulkJob.objects.filter(pk=job.pk).update(lease_until=None)
    while run_job(job_id=job.pk):
        run_batch(batch_id=ResyncBatch.objects.latest("pk").pk)

    check_the_end(job, connection, salesforce_calls(simulators) - before)

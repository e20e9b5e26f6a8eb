"""A worker of an import killed at any line, with both CRMs behind real sockets: nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest
import time_machine

from benchmarks.import_world import World
from common import clock
from errors.counters import find_drift
from errors.jobs.running import run_job
from errors.jobs.turn import LEASE_SECONDS, Turn
from errors.models import AffectedRecord, BulkJob
from errors.resync import crm
from errors.tests.children import die, end_of, start_child
from integrations.clients import HubSpotClient, SalesforceClient, open_clients
from integrations.models import CallPurpose, RecordLink
from simulators.testing import Simulators

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

RECORDS = 250  # two pages of affected records


@pytest.fixture
def world(simulators: Simulators) -> World:
    made = World(simulators)
    made.break_it()
    made.make_contacts(RECORDS)
    made.sync()
    made.mend()
    return made


def before(owner: Any, name: str, number: int) -> None:
    """Dies when `owner.name` is called for the time of that number."""
    real, calls = getattr(owner, name), iter(range(1, 1000))

    def called(*args: Any, **values: Any) -> Any:
        if next(calls) == number:
            die()
        return real(*args, **values)

    mock.patch.object(owner, name, called).start()


def after(owner: Any, name: str, number: int) -> None:
    """Dies when a call of `owner.name` has come back, the one of that number."""
    real, calls = getattr(owner, name), iter(range(1, 1000))

    def called(*args: Any, **values: Any) -> Any:
        answer = real(*args, **values)
        if next(calls) == number:
            die()
        return answer

    mock.patch.object(owner, name, called).start()


def between_pages(name: str) -> None:
    real = getattr(crm, name)

    def pages(**values: Any) -> Iterator[Any]:
        for page in real(**values):
            yield page
            die()

    mock.patch.object(crm, name, pages).start()


MOMENTS: dict[str, Callable[[], None]] = {
    "before the first query": partial(before, SalesforceClient, "query", 1),
    "after the first query": partial(after, SalesforceClient, "query", 1),
    "after HubSpot has written, before it is stored": partial(after, HubSpotClient, "batch_create", 1),
    "after the second page is written": partial(after, HubSpotClient, "batch_create", 2),
    "in the transaction, before the step": partial(before, Turn, "step", 2),
    "in the transaction, after the step": partial(after, Turn, "step", 2),
    "before the last step": partial(before, Turn, "step", 5),
    "when all is stored": partial(before, Turn, "end_if_live", 1),
}  # fmt: skip


def run_and_die(job_id: int, arm: Callable[[], None]) -> None:
    arm()
    run_job(job_id=job_id)


def go_on_after_the_lease(world: World, job: BulkJob) -> BulkJob:
    with time_machine.travel(clock.now() + timedelta(seconds=LEASE_SECONDS + 1), tick=True):
        return world.finish(job)


def contacts_in_hubspot(world: World) -> int:
    with open_clients(connection=world.connection, purpose=CallPurpose.SYNC) as clients:
        found = clients.hubspot.batch_read(
            "contacts",
            [f"person{n}@example.com" for n in range(RECORDS)],
            ["email"],
            id_property="email",
        )
    return len({str(record["id"]) for record in found.values()})


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_affected_records_survive_a_killed_worker(world: World, moment: str) -> None:
    job = world.start()

    assert end_of(start_child(partial(run_and_die, job.pk, MOMENTS[moment]))) == -9
    assert not run_job(job_id=job.pk), "the dead worker's lease still holds"
    job = go_on_after_the_lease(world, job)

    assert (job.state, job.total, job.done, job.failed) == ("finished", RECORDS, RECORDS, 0)
    assert job.result["synced"] == job.result["read"] == RECORDS
    assert not AffectedRecord.objects.filter(state="open").exists()
    assert set(AffectedRecord.objects.values_list("failures", flat=True)) == {1}
    assert find_drift(connection_id=world.connection.pk) == []
    assert (
        contacts_in_hubspot(world) == RecordLink.objects.exclude(hubspot_id="").count() == RECORDS
    )


@pytest.mark.parametrize(
    "arm",
    [
        pytest.param(partial(after, HubSpotClient, "batch_create", 1), id="written, not stored"),
        pytest.param(partial(after, Turn, "step", 2), id="in the transaction"),
        pytest.param(partial(between_pages, "import_pages"), id="between pages"),
    ],
)
def test_an_import_of_all_records_survives_a_killed_worker(
    world: World, arm: Callable[[], None]
) -> None:
    job = world.start(scope="all")

    assert end_of(start_child(partial(run_and_die, job.pk, arm))) == -9
    job = go_on_after_the_lease(world, job)

    assert (job.state, job.total, job.done, job.failed) == ("finished", RECORDS, RECORDS, 0)
    assert job.result["synced"] == job.result["read"] == RECORDS
    assert not AffectedRecord.objects.filter(state="open").exists()
    assert contacts_in_hubspot(world) == RECORDS
    assert find_drift(connection_id=world.connection.pk) == []


def test_what_failed_again_before_the_kill_is_not_tried_a_second_time(world: World) -> None:
    world.break_it()
    job = world.start()

    assert (
        end_of(start_child(partial(run_and_die, job.pk, partial(between_pages, "retry_pages"))))
        == -9
    )
    job = go_on_after_the_lease(world, job)

    assert (job.state, job.done, job.failed) == ("finished", 0, RECORDS)
    assert set(AffectedRecord.objects.values_list("state", "failures")) == {("open", 2)}

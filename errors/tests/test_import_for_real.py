"""Import from Salesforce with the real engine, clients and simulators."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from benchmarks.import_world import World
from common import clock
from errors.counters import find_drift
from errors.jobs import cancel_job, pause_job, resume_job
from errors.jobs.running import MOST_ATTEMPTS, run_job
from errors.jobs.turn import LEASE_SECONDS, OutOfTime, Turn
from errors.models import AffectedRecord, BulkJob, ErrorCounter, SyncError
from errors.resync import crm
from integrations import usage
from integrations.clients import open_clients
from integrations.models import CallPurpose, SyncCursor
from integrations.outcomes import Direction
from integrations.tests.engine.conftest import writes_of
from simulators.testing import Simulators

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(simulators: Simulators) -> World:
    return World(simulators)


def affect(world: World, number: int) -> None:
    """`number` contacts of Salesforce that HubSpot refuses, and a cause that has been put right since."""
    world.break_it()
    world.make_contacts(number)
    world.sync()
    assert opened() == number
    world.mend()


def opened() -> int:
    return AffectedRecord.objects.filter(state="open").count()


def bulk_calls(world: World) -> int:
    return usage.api_usage(connection_id=world.connection.pk).by_purpose["bulk"]


def check_resolved(world: World, job: BulkJob, number: int, calls: int) -> None:
    assert (job.state, job.total, job.done, job.failed) == ("finished", number, number, 0)
    assert job.result["read"] == job.result["synced"] == number
    assert opened() == 0
    assert not SyncError.objects.filter(status="open").exists()
    assert not ErrorCounter.objects.exclude(open_errors=0, open_records=0).exists()
    assert find_drift(connection_id=world.connection.pk) == []
    assert job.api_calls == calls == bulk_calls(world)


def test_affected_records_of_whatever_number_are_resolved(world: World) -> None:
    affect(world, 450)
    before = world.calls()

    job = world.finish(world.start())

    check_resolved(world, job, 450, world.calls() - before)
    assert job.api_calls == 1 + 3  # a describe, and a query for each 200 records


@pytest.mark.load
def test_12_000_affected_records_are_resolved_by_some_60_calls(world: World) -> None:
    affect(world, 12_000)
    before = world.calls()

    job = world.finish(world.start())

    check_resolved(world, job, 12_000, world.calls() - before)
    assert job.api_calls <= 62


def test_what_still_fails_is_told_in_hubspots_words_and_stays(world: World) -> None:
    affect(world, 30)
    world.break_it()

    job = world.finish(world.start())

    assert (job.state, job.total, job.done, job.failed) == ("finished", 30, 0, 30)
    assert (job.result["read"], job.result["failing"]) == (30, 30)
    assert len(job.result["messages"]) == 20
    first = job.result["messages"][0]
    assert "South" in first["message"]
    assert first["label"].startswith("Person")
    assert first["salesforce_id"].startswith("003")
    assert set(AffectedRecord.objects.values_list("state", "failures")) == {("open", 2)}
    assert find_drift(connection_id=world.connection.pk) == []


def after_page(number: int, monkeypatch: pytest.MonkeyPatch, event: Callable[[], object]) -> None:
    """Runs `event` when the page of that number (from 1) has been stored."""
    real = crm.retry_pages

    def pages(**values: Any) -> Iterator[Any]:
        for count, page in enumerate(real(**values), 1):
            yield page
            if count == number:
                event()

    monkeypatch.setattr("errors.resync.crm.retry_pages", pages)


def test_a_paused_import_stops_after_its_step_and_goes_on_when_resumed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    affect(world, 450)
    before = world.calls()
    job = world.start()
    with monkeypatch.context() as patch:
        real = crm.retry_pages

        def paused_while_reading(**values: Any) -> Iterator[Any]:
            for page in real(**values):
                if job.state == "queued":
                    pause_job(job=job)
                yield page

        patch.setattr("errors.resync.crm.retry_pages", paused_while_reading)
        job = world.finish(job)

    assert (job.state, job.done, job.lease_token) == ("paused", 200, "")
    assert opened() == 250
    assert not run_job(job_id=job.pk)

    resume_job(job=job)
    job = world.finish(job)

    check_resolved(world, job, 450, world.calls() - before)


def test_a_cancelled_import_keeps_what_it_did_and_does_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    affect(world, 450)
    job = world.start()
    real = crm.retry_pages

    def cancelled_while_reading(**values: Any) -> Iterator[Any]:
        for page in real(**values):
            if job.state == "queued":
                cancel_job(job=job)
            yield page

    monkeypatch.setattr("errors.resync.crm.retry_pages", cancelled_while_reading)

    job = world.finish(job)

    assert (job.state, job.done, opened()) == ("cancelled", 200, 250)
    assert not run_job(job_id=job.pk)
    assert find_drift(connection_id=world.connection.pk) == []


def test_a_spent_allotment_holds_the_import_which_goes_on_by_itself(world: World) -> None:
    affect(world, 450)
    used = usage.api_usage(connection_id=world.connection.pk).used_24h
    # The describe and the first query fit below the share that is for work on many records.
    world.connection.allotment = -(-(used + 2) * 100 // 75)
    world.connection.save(update_fields=["allotment"])
    before = world.calls()

    job = world.finish(world.start())

    assert (job.state, job.hold_reason) == ("queued", "allotment_spent")
    assert (job.done, opened()) == (200, 250)
    assert world.calls() - before == job.api_calls == 2
    assert job.waits_until is not None
    with time_machine.travel(job.waits_until + timedelta(hours=1), tick=True):
        job = world.finish(job)
    assert (job.state, job.done, job.failed, opened()) == ("finished", 450, 0, 0)
    assert find_drift(connection_id=world.connection.pk) == []


def test_a_turn_that_is_over_hands_the_rest_to_the_next_one(world: World) -> None:
    affect(world, 450)
    job = world.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("errors.jobs.turn.TIME_BUDGET", timedelta(seconds=0))
        assert run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("running", 0, 450)
    assert job.lease_token == ""

    job = world.finish(job)

    assert (job.state, job.done, opened()) == ("finished", 450, 0)


def test_a_worker_that_lost_its_lease_stores_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    affect(world, 450)
    job = world.start()

    def another_takes_over() -> None:
        BulkJob.objects.filter(pk=job.pk).update(
            lease_token="another", lease_until=clock.now() + timedelta(seconds=LEASE_SECONDS)
        )

    with monkeypatch.context() as patch:
        after_page(1, patch, another_takes_over)
        assert run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.done, opened(), job.lease_token) == (200, 250, "another")

    with time_machine.travel(clock.now() + timedelta(seconds=LEASE_SECONDS + 1), tick=True):
        job = world.finish(job)
    assert (job.state, job.done, opened()) == ("finished", 450, 0)


def test_a_record_that_fails_on_the_way_to_salesforce_is_tried_there_too(world: World) -> None:
    world.simulators.control(
        "PATCH", "salesforce/objects/Contact/fields/Sales_Region__c", {"restricted": True}
    )
    [known] = world.make_contacts(1, region="North")
    world.sync()
    with open_clients(connection=world.connection, purpose=CallPurpose.SYNC) as clients:
        found = clients.hubspot.batch_read(
            "contacts", ["person0@example.com"], ["email"], id_property="email"
        )
        hubspot_id = str(found["person0@example.com"]["id"])
        world.mapping.properties.filter(hubspot_property="sales_region").update(rule="two_way")
        world.simulators.control(
            "PATCH",
            "salesforce/objects/Contact/fields/Sales_Region__c",
            {"options": ["North"], "restricted": True},
        )
        clients.hubspot.batch_update(
            "contacts", [{"id": hubspot_id, "properties": {"sales_region": "South"}}]
        )
        # And one that Salesforce never had.
        clients.hubspot.batch_create(
            "contacts",
            [
                {
                    "properties": {
                        "email": "new@example.com",
                        "lastname": "New",
                        "sales_region": "South",
                    }
                }
            ],
        )
        time.sleep(0.01)
        world.sync()
        assert set(
            AffectedRecord.objects.filter(state="open").values_list("direction", "salesforce_id")
        ) == {(Direction.TO_SALESFORCE, known), (Direction.TO_SALESFORCE, "")}
        world.simulators.control(
            "PATCH",
            "salesforce/objects/Contact/fields/Sales_Region__c",
            {"options": ["North", "South"], "restricted": True},
        )

        job = world.finish(world.start())

        rows = clients.salesforce.query("SELECT Email, Sales_Region__c FROM Contact ORDER BY Id")
    assert (job.state, job.total, job.done, job.failed) == ("finished", 2, 2, 0)
    assert job.result["read"] == 1
    assert [row["Sales_Region__c"] for row in rows] == ["South", "South"]
    assert opened() == 0
    assert find_drift(connection_id=world.connection.pk) == []


def test_a_record_deleted_in_salesforce_is_over_and_told_as_such(world: World) -> None:
    affect(world, 3)
    row = AffectedRecord.objects.order_by("pk").first()
    assert row is not None
    with open_clients(connection=world.connection, purpose=CallPurpose.SYNC) as clients:
        clients.salesforce.delete([row.salesforce_id])

    job = world.finish(world.start())

    assert (job.state, job.done, job.failed, opened()) == ("finished", 3, 0, 0)
    assert (job.result["not_in_salesforce"], job.result["synced"]) == (1, 2)


def hubspot_writes(world: World, since: float) -> list[str]:
    calls = world.simulators.control("GET", f"calls?system=hubspot&since={since}")
    return writes_of(calls)


def cursors() -> list[Any]:
    return list(SyncCursor.objects.order_by("pk").values_list("pk", "position", "moved_at"))


def test_all_records_are_read_without_a_write_where_nothing_differs(world: World) -> None:
    world.make_contacts(20, region="North")
    world.sync()
    before, since, calls = cursors(), time.time(), world.calls()

    job = world.finish(world.start(scope="all"))

    assert (job.state, job.total, job.done, job.failed) == ("finished", 20, 20, 0)
    assert job.result["read"] == job.result["synced"] == 20
    assert hubspot_writes(world, since) == []
    assert cursors() == before
    assert job.api_calls == world.calls() - calls == 3  # a count, a describe and a query


def test_all_records_bring_over_what_the_sync_has_not_seen_and_what_failed(world: World) -> None:
    affect(world, 5)
    [parent] = world.salesforce({"Name": "Acme", "Website": "acme.example"}, sobject="Account")
    world.salesforce({"LastName": "Child", "Email": "child@example.com", "AccountId": parent})
    before = cursors()

    job = world.finish(world.start(scope="all"))

    assert (job.state, job.total, job.done, job.failed) == ("finished", 6, 6, 0)
    assert opened() == 0
    assert cursors() == before
    with open_clients(connection=world.connection, purpose=CallPurpose.SYNC) as clients:
        found = clients.hubspot.batch_read(
            "contacts", ["child@example.com"], ["lastname"], id_property="email"
        )
        child = found["child@example.com"]
        linked = clients.hubspot.associations_read("contacts", "companies", [str(child["id"])])
    assert len(linked[str(child["id"])]) == 1
    since = time.time()
    world.sync()
    assert hubspot_writes(world, since) == []


def test_only_what_was_changed_since_the_time_is_read(world: World) -> None:
    ids = world.make_contacts(12, region="North")
    world.sync()
    time.sleep(0.02)
    moment = clock.now()
    world.salesforce(*({"id": one, "Sales_Region__c": "South"} for one in ids[:5]))
    before = cursors()

    job = world.finish(world.start(scope="changed", since=moment.isoformat()))

    assert (job.state, job.total, job.done) == ("finished", 5, 5)
    assert job.result["read"] == 5
    assert cursors() == before
    with open_clients(connection=world.connection, purpose=CallPurpose.SYNC) as clients:
        found = clients.hubspot.batch_read(
            "contacts", ["person0@example.com"], ["sales_region"], id_property="email"
        )
    assert found["person0@example.com"]["properties"]["sales_region"] == "South"


@pytest.mark.parametrize("scope", ["affected", "all"])
def test_an_import_whose_writes_hubspot_never_takes_stops_until_a_person_looks(
    world: World, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    monkeypatch.setattr("integrations.clients.hubspot_http.pause", lambda seconds: None)
    affect(world, 3)
    fault = {"system": "hubspot", "method": "POST", "path": "contacts/batch/(create|update)"}
    world.simulators.control(
        "POST", "faults", fault | {"kind": "status", "status": 477, "rate": 1.0, "count": 999}
    )
    job = world.start(scope=scope)

    for attempts in range(1, MOST_ATTEMPTS):
        run_job(job_id=job.pk)
        job.refresh_from_db()
        assert (job.hold_reason, job.attempts, job.done) == ("crm_unavailable", attempts, 0)
        BulkJob.objects.update(not_before=job.created_at)
    run_job(job_id=job.pk)
    job.refresh_from_db()

    assert (job.state, job.done) == ("failed", 0)
    assert len(job.position.get("writes", ())) == 0


def test_an_import_of_all_that_is_broken_off_goes_on_behind_its_last_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_contacts(900, region="North")
    job = world.start(scope="all")
    real, checks = Turn.check, itertools.count()

    def every_second_time(turn: Turn) -> None:
        real(turn)
        if next(checks) % 2:
            raise OutOfTime

    monkeypatch.setattr(Turn, "check", every_second_time)

    job = world.finish(job)

    assert (job.state, job.total, job.done, job.failed) == ("finished", 900, 900, 0)
    assert job.result["read"] == 900

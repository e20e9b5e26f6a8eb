"""Updating a property with the real engine, clients and simulators: written in HubSpot, carried by the sync."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from errors.counters import find_drift
from errors.jobs import JobRefused, pause_job, resume_job, updating
from errors.models import AffectedRecord, BulkJob, SavedView, SavedViewRecord, SyncError
from errors.tests.update_world import BAD, GOOD, UpdateWorld
from integrations import schemas
from integrations.sync_requests import is_syncing
from simulators.testing import Simulators
from tests.people import make_people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(simulators: Simulators) -> UpdateWorld:
    return UpdateWorld(simulators)


def still_open() -> int:
    return AffectedRecord.objects.filter(state="open").count()


def test_a_value_is_written_by_full_calls_and_the_sync_resolves_the_error(
    world: UpdateWorld,
) -> None:
    error = world.make(230)
    before = world.calls("batch/update")

    job = world.run(world.start(error=error.pk, value=GOOD))

    assert (job.state, job.total, job.done, job.failed) == ("finished", 230, 230, 0)
    assert world.calls("batch/update") - before == 3
    assert job.api_calls == 1  # the describe: the sync carries the records, not the job
    assert set(world.held()) == {GOOD}
    assert still_open() == 230
    world.connection.refresh_from_db()
    assert is_syncing(world.connection)  # due now: the sync has been asked for

    world.sync()

    error.refresh_from_db()
    assert (error.status, error.open_records) == ("resolved", 0)
    assert find_drift(connection_id=world.connection.pk) == []


def test_touch_resolves_what_was_fixed_in_salesforce_without_a_resync(world: UpdateWorld) -> None:
    error = world.make(120)
    world.learn()
    world.sync()
    assert still_open() == 120  # nothing moved in HubSpot, so no sync reads the records

    job = world.run(world.start(error=error.pk, mode="touch"))
    world.sync()

    assert (job.state, job.done, job.failed) == ("finished", 120, 0)
    assert job.result["tried_again"] == 120
    assert set(world.held()) == {BAD}
    error.refresh_from_db()
    assert (error.status, error.open_records) == ("resolved", 0)
    assert find_drift(connection_id=world.connection.pk) == []


def test_touch_before_the_fix_tries_again_and_leaves_the_error_open(world: UpdateWorld) -> None:
    error = world.make(3)
    failures = error.failures

    job = world.run(world.start(error=error.pk, mode="touch"))

    error.refresh_from_db()
    assert (job.state, job.done) == ("finished", 3)
    assert (error.status, error.open_records, error.failures) == ("open", 3, failures + 3)


def test_touch_writes_each_record_its_own_value(world: UpdateWorld) -> None:
    error = world.make(3)
    chosen = error.records.order_by("pk")[0]
    world.in_hubspot(chosen.hubspot_id, loyalty_tier=GOOD)

    world.run(world.start(error=error.pk, mode="touch"))

    assert sorted(world.held()) == [GOOD, BAD, BAD]


def test_clear_leaves_the_property_empty(world: UpdateWorld) -> None:
    error = world.make(3)
    type(world.pair).objects.filter(pk=world.pair.pk).update(rule="two_way")

    world.run(world.start(error=error.pk, mode="clear"))
    world.sync()

    assert set(world.held()) == {""}
    assert still_open() == 0


def test_records_that_hubspot_refuses_are_counted_and_named(world: UpdateWorld) -> None:
    error = world.make(5)
    gone = error.records.order_by("pk")[2]
    world.delete_in_hubspot(gone.hubspot_id)

    job = world.run(world.start(error=error.pk, value=GOOD))

    assert (job.state, job.done, job.failed) == ("finished", 4, 1)
    [refusal] = job.result["refusals"]
    assert (refusal["label"], refusal["hubspot_id"]) == (gone.label, gone.hubspot_id)
    assert refusal["message"]


def test_a_fault_in_the_middle_goes_on_later_and_counts_each_record_once(
    world: UpdateWorld, simulators: Simulators
) -> None:
    error = world.make(230)
    simulators.control(
        "POST",
        "faults",
        {
            "system": "hubspot",
            "method": "POST",
            "path": "batch/update",
            "kind": "status",
            "status": 503,
            "rate": 1.0,
            "count": 50,
        },
    )
    job = world.run(world.start(error=error.pk, value=GOOD))
    assert (job.state, job.hold_reason, job.done) == ("queued", "crm_unavailable", 0)
    assert job.waits_until is not None

    simulators.control("DELETE", "faults")
    BulkJob.objects.update(not_before=job.created_at)
    job = world.run(job)

    assert (job.state, job.total, job.done) == ("finished", 230, 230)


def test_a_paused_job_goes_on_where_it_was(
    world: UpdateWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = world.make(25)
    monkeypatch.setattr("errors.jobs.updating.RECORDS_A_STEP", 10)
    job = world.start(error=error.pk, value=GOOD)
    steps = []
    real = updating._Step.run

    def then_pause(step: updating._Step) -> None:
        real(step)
        steps.append(len(step.records))
        if len(steps) == 1:
            pause_job(job=BulkJob.objects.get(pk=job.pk))

    monkeypatch.setattr(updating._Step, "run", then_pause)

    paused = world.run(job)
    assert (paused.state, paused.done, paused.total) == ("paused", 10, 25)
    resume_job(job=paused)
    job = world.run(paused)

    assert (job.state, job.done, steps) == ("finished", 25, [10, 10, 5])
    assert world.held().count(GOOD) == 25


@pytest.mark.parametrize("begun", [False, True], ids=["before it began", "half-way"])
def test_schemas_that_a_sync_forgot_meanwhile_are_read_again(
    world: UpdateWorld, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    error = world.make(3)
    monkeypatch.setattr(updating, "RECORDS_A_STEP", 2)
    job = world.start(error=error.pk, value=GOOD)
    if begun:
        real = updating._Step.run

        def pause_after(step: updating._Step) -> None:
            real(step)
            pause_job(job=BulkJob.objects.get(pk=job.pk))

        with monkeypatch.context() as patched:
            patched.setattr(updating._Step, "run", pause_after)
            assert world.run(job).done == 2
        resume_job(job=BulkJob.objects.get(pk=job.pk))
    schemas.forget(connection=world.connection)

    job = world.run(job)

    assert (job.state, job.done, job.detail) == ("finished", 3, "")
    assert set(world.held()) == {GOOD}


def test_all_records_of_a_type_are_written_once_each(world: UpdateWorld) -> None:
    world.make(12)
    other = SyncError.objects.get(type="picklists")
    # The same records fail for a second error of the type.
    rows = list(other.records.all())
    other.pk, other.fingerprint = None, "00000000-0000-0000-0000-0000000000aa"
    other.save()
    AffectedRecord.objects.bulk_create(
        [
            AffectedRecord(
                **{
                    name: getattr(row, name)
                    for name in (
                        "connection_id", "type", "direction", "record_key", "hubspot_object",
                        "salesforce_object", "hubspot_id", "salesforce_id", "label", "first_seen_at",
                        "last_seen_at", "write_no",
                    )
                },
                error=other,
            )
            for row in rows
        ]
    )  # fmt: skip

    job = world.run(world.start(type="picklists", value=GOOD))

    assert (job.total, job.done) == (12, 12)


def test_a_view_takes_its_members_alone(world: UpdateWorld) -> None:
    error = world.make(6)
    view = SavedView.objects.create(
        connection=world.connection, name="Three", error=error, total=3, open_records=3
    )
    for row in error.records.order_by("pk")[:3]:
        SavedViewRecord.objects.create(view=view, record=row)

    job = world.run(world.start(view=str(view.public_id), value=GOOD))
    world.sync()

    assert (job.total, job.done) == (3, 3)
    assert sorted(world.held()) == [GOOD] * 3 + [BAD] * 3
    with pytest.raises(JobRefused, match="nothing to write"):
        world.start(view=str(view.public_id), value=GOOD, key="open again")
    everyone = world.run(
        world.start(view=str(view.public_id), members="all", mode="clear", key="all of it")
    )
    assert (everyone.total, everyone.done) == (3, 3)


def test_what_came_after_the_preview_is_not_written(world: UpdateWorld) -> None:
    error = world.make(4)
    last = error.records.order_by("pk")[1].pk
    from errors.jobs import update_requests

    job = update_requests.start_update(
        plan=world.plan(error=error.pk, value=GOOD), user=None, idempotency_key="k", last_id=last
    ).job

    assert world.run(job).done == 2


def test_a_property_that_went_meanwhile_stops_the_job_with_a_word(world: UpdateWorld) -> None:
    error = world.make(2)
    job = world.start(error=error.pk, value=GOOD)
    world.pair.delete()

    job = world.run(job)

    assert (job.state, job.done) == ("failed", 0)
    assert "not mapped any more" in job.detail


def test_titles_that_are_too_long_are_shortened_in_one_go(world: UpdateWorld) -> None:
    world.simulators.control(
        "POST", "seed", {"contacts": 150, "companies": 40, "deals": 60, "seed": 3}
    )
    world.connect()
    world.sync()
    error = SyncError.objects.get(code="value-too-long", status="open")
    before = error.open_records

    job = world.run(world.start(error=error.pk, property_name="jobtitle", value="Head of Lab"))
    world.sync()

    error.refresh_from_db()
    assert before == job.done > 0
    assert error.status == "resolved"


@pytest.mark.load
def test_over_a_thousand_records(world: UpdateWorld) -> None:
    error = world.make(1250)
    before = world.calls("batch/update")

    job = world.run(world.start(error=error.pk, value=GOOD))
    world.sync()

    error.refresh_from_db()
    assert (job.done, error.status) == (1250, "resolved")
    assert world.calls("batch/update") - before == 13


def test_fields_are_read_again_when_a_person_asks(
    world: UpdateWorld, simulators: Simulators
) -> None:
    error = world.make(2)
    client = Client()
    client.force_login(make_people(world.connection).of("operator"))
    address = f"/connections/{world.connection.pk}/update/"
    query: dict[str, Any] = {
        "error": error.pk,
        "pair": world.pair.pk,
        "mode": "set",
        "value": BAD,
    }
    world.learn()
    before = simulators.control("GET", "calls/count?system=salesforce")["count"]
    assert "restricted picklist" in client.get(address, {**query, "preview": 1}).content.decode()
    assert simulators.control("GET", "calls/count?system=salesforce")["count"] == before

    answer = client.post(address, {**query, "action": "refresh"}, follow=True)

    assert "have been read again" in answer.content.decode()
    assert f'value="{BAD}" selected' in answer.content.decode()
    assert client.get(address, {**query, "preview": 1}).status_code == 200

    simulators.control(
        "POST",
        "faults",
        {
            "system": "hubspot",
            "method": "GET",
            "path": "properties",
            "kind": "status",
            "status": 503,
        },
    )
    answer = client.post(address, {**query, "action": "refresh"}, follow=True)
    assert "could not be read" in answer.content.decode()
    simulators.control("DELETE", "faults")

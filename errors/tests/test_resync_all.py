"""Resync all matching, turn by turn: batches of 100, pacing, pause, cancel, kills; the CRM is a fake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common import clock
from errors.counters import find_drift
from errors.filters import ErrorFilters
from errors.jobs import JobRefused, Turn, cancel_job, pause_job, resume_job, resync_all
from errors.jobs.running import run_job
from errors.jobs.sweeping import sweep_jobs
from errors.jobs.texts import texts_of, why_held
from errors.jobs.turn import LEASE_SECONDS
from errors.models import BulkJob, ResyncBatch, SyncError
from errors.recording import record_outcomes
from errors.resync import create_batch
from errors.resync.sweeping import sweep
from errors.resync.worker import run_batch
from errors.tests.children import die, end_of, start_child
from errors.tests.crm_fake import FakeClients, FakeCrm
from errors.tests.fakes import contact, failed, make_connection, synced
from integrations.models import CallPurpose, Connection, UsageBucket

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("judge")


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection(allotment=1000)


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrm:
    fake = FakeCrm(written=tmp_path / "written")

    def for_people(connection: Connection) -> Any:
        raise AssertionError("a job's batch may not spend the reserve of Resync")

    def for_jobs(connection: Connection) -> Any:
        fake.clients = FakeClients()
        return fake.open_clients(connection)

    monkeypatch.setattr("errors.resync.crm.open_clients", for_people)
    monkeypatch.setattr("errors.resync.crm.open_bulk_clients", for_jobs)
    monkeypatch.setattr("errors.resync.crm.retry_pages", fake.retry_pages)
    return fake


def make_errors(
    connection: Connection, number: int, *, code: str = "picklists/a", first: int = 0
) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(n, salesforce_id=f"003{n:012d}"), code, message=f"No {n}.")
            for n in range(first, first + number)
        ],
    )


def start(connection: Connection, key: str = "key", **filters: Any) -> BulkJob:
    made = resync_all.start(
        connection_id=connection.pk,
        filters=ErrorFilters(**filters),
        user=None,
        idempotency_key=key,
    )
    return made.job


def work(job: BulkJob, *, turns: int = 50) -> list[int]:
    """Workers as the nudges would wake them, until nobody has anything to do; the sizes of the batches."""
    for _ in range(turns):
        moved = run_job(job_id=job.pk)
        live = job.batches.exclude(state="finished").values_list("pk", flat=True)
        for pk in live:
            moved |= run_batch(batch_id=pk)
        if not moved:
            break
    job.refresh_from_db()
    return sizes(job)


def sizes(job: BulkJob) -> list[int]:
    return list(job.batches.order_by("pk").values_list("total", flat=True))


def numbers(job: BulkJob) -> tuple[str, int | None, int, int, int]:
    job.refresh_from_db()
    return job.state, job.total, job.done, job.failed, job.api_calls


def spend(connection: Connection, calls: int, when: datetime) -> None:
    UsageBucket.objects.create(
        connection=connection, start=when, purpose=CallPurpose.SYNC, calls=calls
    )


def test_250_errors_are_three_batches_one_after_another(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 249)
    stubborn = failed(contact(999), "picklists/a", message="picklists/a again")
    record_outcomes(connection_id=connection.pk, outcomes=[stubborn])
    crm.broken = {"999": "picklists/a"}
    job = start(connection, type="picklists")
    assert (job.total, job.request["filters"]) == (250, {"type": "picklists"})

    assert run_job(job_id=job.pk)
    assert sizes(job) == [100], "no second batch while the first is under way"
    assert work(job) == [100, 100, 50]

    assert numbers(job) == ("finished", 250, 249, 1, 3)
    assert job.result == {"skipped": 0, "batches": 3}
    assert SyncError.objects.filter(status="open").count() == 1
    assert len(set(crm.writes())) == len(crm.writes()) == 250
    assert find_drift(connection_id=connection.pk) == []


def test_only_what_matches_and_is_open_is_resynced(connection: Connection, crm: FakeCrm) -> None:
    make_errors(connection, 6)
    make_errors(connection, 4, code="other/b", first=10)
    ignored, resolved, *others = SyncError.objects.filter(type="picklists")
    wanted = {error.records.get().hubspot_id for error in others}
    SyncError.objects.filter(pk=ignored.pk).update(status="ignored")
    record = resolved.records.get()
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(record.hubspot_id))])

    job = start(connection, type="picklists", status=None)
    make_errors(connection, 3, first=20)  # later than the start
    work(job)

    assert numbers(job) == ("finished", 4, 4, 0, 1)
    assert set(crm.writes()) == wanted


def test_asking_for_ignored_errors_is_refused(connection: Connection) -> None:
    make_errors(connection, 1)
    with pytest.raises(JobRefused) as refused:
        start(connection, status="ignored")
    assert (refused.value.code, refused.value.field) == ("not_open", "status")


def test_nothing_that_matches_is_said_and_no_job_is_stored(connection: Connection) -> None:
    make_errors(connection, 1)
    with pytest.raises(JobRefused) as refused:
        start(connection, type="duplicates")
    assert refused.value.code == "no_errors"
    assert not BulkJob.objects.exists()


def test_the_same_key_is_the_same_job_though_other_errors_match_by_now(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 3)
    job = start(connection, type="picklists")
    make_errors(connection, 3, first=10)
    assert start(connection, type="picklists") == job

    work(job)
    SyncError.objects.update(status="resolved")
    assert start(connection, type="picklists") == job
    with pytest.raises(JobRefused):
        start(connection, type="other")


def test_errors_of_another_live_batch_are_left_out_and_told(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 130)
    ticked = list(SyncError.objects.order_by("pk").values_list("pk", flat=True)[:20])
    create_batch(connection_id=connection.pk, error_ids=ticked, user=None, idempotency_key="mine")

    job = start(connection)

    assert work(job) == [80, 30]
    assert numbers(job)[:4] == ("finished", 110, 110, 0)
    assert job.result["skipped"] == 20
    assert "20 errors were left out" in texts_of(job).notes[0]


def test_when_others_hold_all_of_it_the_job_ends(connection: Connection, crm: FakeCrm) -> None:
    make_errors(connection, 5)
    ids = list(SyncError.objects.values_list("pk", flat=True))
    create_batch(connection_id=connection.pk, error_ids=ids, user=None, idempotency_key="mine")
    job = start(connection)

    assert work(job) == []
    assert numbers(job)[:4] == ("finished", 0, 0, 0)


def test_pause_lets_the_batch_under_way_end_and_starts_no_further_one(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 250)
    job = start(connection)
    run_job(job_id=job.pk)

    pause_job(job=job)
    assert work(job) == [100]
    assert numbers(job)[:3] == ("paused", 250, 100)

    resume_job(job=job)
    assert work(job) == [100, 100, 50]
    assert numbers(job) == ("finished", 250, 250, 0, 3)


def test_cancel_keeps_what_was_done_and_counts_the_last_batch(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 250)
    job = start(connection)
    run_job(job_id=job.pk)

    cancel_job(job=job)
    assert work(job) == [100]

    assert numbers(job) == ("cancelled", 250, 100, 0, 1)
    assert SyncError.objects.filter(status="open").count() == 150
    assert find_drift(connection_id=connection.pk) == []


def test_cancel_frees_the_errors_of_a_batch_that_waits_for_calls(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 150)
    job = start(connection)
    run_job(job_id=job.pk)
    batch = job.batches.get()
    held = list(batch.items.values_list("error_id", flat=True))
    job.batches.update(hold_reason="allotment_spent", not_before=clock.now() + timedelta(hours=20))
    sweep()
    assert job.batches.get().state == "queued"

    cancel_job(job=job)
    sweep()

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failed, crm.writes()) == ("finished", 0, 100, [])
    assert numbers(job) == ("cancelled", 150, 0, 100, 0)
    by_hand = create_batch(
        connection_id=connection.pk, error_ids=held, user=None, idempotency_key="by hand"
    )
    assert (by_hand.batch.total, by_hand.skipped) == (100, [])
    assert find_drift(connection_id=connection.pk) == []


def test_the_end_of_a_batch_wakes_the_job(connection: Connection, crm: FakeCrm) -> None:
    make_errors(connection, 150)
    job = start(connection)
    run_job(job_id=job.pk)
    assert not run_job(job_id=job.pk), "it waits for its batch"
    job.refresh_from_db()
    assert (job.state, why_held(job)) == ("running", "")

    run_batch(batch_id=job.batches.get().pk)

    assert sweep_jobs() == 1
    assert run_job(job_id=job.pk)
    assert sizes(job) == [100, 50]


def test_a_batch_that_the_allotment_holds_does_not_fail_the_job(
    connection: Connection, crm: FakeCrm
) -> None:
    make_errors(connection, 150)
    job = start(connection)
    run_job(job_id=job.pk)
    until = clock.now() + timedelta(hours=5)
    job.batches.update(hold_reason="allotment_spent", not_before=until)

    for minutes in range(0, 300, 11):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
            sweep_jobs()
            run_job(job_id=job.pk)
    assert numbers(job)[0] == "running"
    assert (job.attempts, sizes(job)) == (0, [100])

    with time_machine.travel(until + timedelta(minutes=11)):
        assert work(job) == [100, 50]
    assert numbers(job)[0] == "finished"


def test_a_batch_waits_until_enough_calls_are_free(connection: Connection, crm: FakeCrm) -> None:
    Connection.objects.update(allotment=20)  # jobs stop at 15
    with time_machine.travel(NOON, tick=False):
        make_errors(connection, 150)
        spend(connection, 10, NOON - timedelta(hours=20))
        spend(connection, 5, NOON - timedelta(hours=3))
        job = start(connection)
        assert run_job(job_id=job.pk)

        job.refresh_from_db()
        assert (job.state, job.hold_reason, sizes(job)) == ("queued", "pacing", [])
        assert job.waits_until == NOON + timedelta(hours=4, minutes=5)
        assert "next batch does not fit" in why_held(job)

    with time_machine.travel(NOON + timedelta(hours=4, minutes=5), tick=False):
        assert sweep_jobs() == 1
        assert work(job) == [100, 50]
    assert numbers(job)[0] == "finished"


def test_a_large_batch_begins_after_a_day_though_the_sync_leaves_less_than_half_free(
    connection: Connection, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    Connection.objects.update(allotment=20)  # jobs stop at 15, so a large batch wants 7 free
    monkeypatch.setattr(resync_all, "calls_of", lambda ids: 100)
    make_errors(connection, 150)
    begun: list[float] = []
    with time_machine.travel(NOON - timedelta(days=1), tick=False) as traveller:
        for hours in range(0, 24 * 4, 2):
            traveller.move_to(NOON + timedelta(hours=hours - 24))
            spend(connection, 1, clock.now())
            if hours == 24:
                job = start(connection)
            if hours >= 24 and sweep_jobs():
                run_job(job_id=job.pk)
                for pk in job.batches.filter(state="queued").values_list("pk", flat=True):
                    begun.append((hours - 24) / 24)
                    run_batch(batch_id=pk)

    assert begun == [1.0, 2.0]
    job.refresh_from_db()
    assert (job.state, job.done) == ("finished", 150)


def test_an_allotment_of_nothing_is_told_as_such(connection: Connection, crm: FakeCrm) -> None:
    Connection.objects.update(allotment=1)
    make_errors(connection, 3)
    job = start(connection)

    run_job(job_id=job.pk)

    job.refresh_from_db()
    assert (job.hold_reason, sizes(job)) == ("allotment_too_small", [])
    assert "Raise" in why_held(job)


# --- kills ------------------------------------------------------------------------------------------------


class TestKills:
    pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

    @pytest.mark.parametrize("moment", ["batch stored", "position stored", "turn over"])
    def test_a_worker_killed_between_batches_makes_none_twice(
        self, connection: Connection, crm: FakeCrm, moment: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_errors(connection, 250)
        job = start(connection)

        def doomed() -> None:
            def store_and_die(**values: Any) -> None:
                create_batch(**values)
                die()

            def just_die(*args: Any, **values: Any) -> None:
                die()

            if moment == "batch stored":
                monkeypatch.setattr("errors.resync.create_batch", store_and_die)
            elif moment == "position stored":
                monkeypatch.setattr(resync_all, "Wait", just_die)
            else:
                monkeypatch.setattr(Turn, "hold", just_die)
            run_job(job_id=job.pk)

        assert end_of(start_child(doomed)) == -9
        assert ResyncBatch.objects.count() == (0 if moment == "batch stored" else 1)

        with time_machine.travel(clock.now() + timedelta(seconds=LEASE_SECONDS + 1)):
            assert sweep_jobs() == 1
            assert work(job) == [100, 100, 50]
        assert numbers(job) == ("finished", 250, 250, 0, 3)
        assert len(crm.writes()) == 250
        assert find_drift(connection_id=connection.pk) == []

    def test_many_workers_at_one_job_make_each_batch_once(
        self, connection: Connection, crm: FakeCrm
    ) -> None:
        make_errors(connection, 450)
        job = start(connection)

        workers = [start_child(partial(work, job)) for _ in range(4)]
        assert [end_of(pid) for pid in workers] == [0] * 4
        work(job)

        assert sizes(job) == [100, 100, 100, 100, 50]
        assert numbers(job)[:4] == ("finished", 450, 450, 0)
        assert len(crm.writes()) == 450


# --- what it will take -------------------------------------------------------------------------------------


def test_the_preview_says_what_it_takes_and_what_is_left(connection: Connection) -> None:
    Connection.objects.update(allotment=100)
    make_errors(connection, 250)
    make_errors(connection, 10, code="other/b", first=300)
    spend(connection, 40, clock.now())

    seen = resync_all.preview(connection_id=connection.pk, filters=ErrorFilters(type="picklists"))

    assert (seen.selection.errors, seen.selection.records, seen.selection.more) == (250, 250, False)
    assert (seen.selection.estimate.batches, seen.calls) == (3, 6)
    assert (seen.room.remaining, seen.left_after, seen.fits) == (60, 54, True)
    assert seen.waits_until is None


def test_the_preview_says_until_when_it_has_to_wait(connection: Connection) -> None:
    Connection.objects.update(allotment=20)
    with time_machine.travel(NOON, tick=False):
        make_errors(connection, 250)
        spend(connection, 14, NOON - timedelta(hours=20))
        seen = resync_all.preview(connection_id=connection.pk, filters=ErrorFilters())

    assert (seen.fits, seen.room.for_jobs, seen.days) == (False, 1, 1)
    assert seen.waits_until == NOON + timedelta(hours=4, minutes=5)


def test_counting_stops_at_its_bound(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("errors.jobs.loads.MOST", 100)
    make_errors(connection, 250)

    found = resync_all.preview(connection_id=connection.pk, filters=ErrorFilters(age="24h"))
    assert (found.selection.errors, found.selection.more) == (100, True)
    assert start(connection, age="24h").total is None

    # The cards know, without counting.
    kept = resync_all.preview(connection_id=connection.pk, filters=ErrorFilters()).selection
    assert (kept.errors, kept.records, kept.more) == (250, 250, False)
    assert (kept.estimate.batches, kept.estimate.calls) == (3, 6)


@pytest.mark.parametrize("number", [3, 300])
def test_the_preview_costs_the_same_whatever_matches(
    connection: Connection, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_errors(connection, number)
    with django_assert_num_queries(5):
        resync_all.preview(connection_id=connection.pk, filters=ErrorFilters(type="picklists"))


def test_a_cause_is_named_whether_its_type_is_asked_for_or_not(connection: Connection) -> None:
    make_errors(connection, 1)
    SyncError.objects.update(code="option-missing-in-salesforce")
    titles = [
        dict(texts_of(start(connection, key=key, **filters)).chosen)["Cause"]
        for key, filters in (
            ("without", {"code": "option-missing-in-salesforce"}),
            ("with", {"type": "picklists", "code": "option-missing-in-salesforce"}),
        )
    ]

    assert titles[0] == titles[1]


def test_the_filter_is_said_in_words(connection: Connection) -> None:
    person = User.objects.create(email="ann@example.com", name="Ann")
    make_errors(connection, 1)
    SyncError.objects.update(assigned_to=person)
    job = start(
        connection,
        type="picklists",
        search="No 0",
        direction="to_salesforce",
        object="contacts",
        age="24h",
        assigned=str(person.pk),
    )

    assert texts_of(job).chosen == [
        ("Type", "Picklists"),
        ("Search", "No 0"),
        ("Object", "contacts"),
        ("Direction", "HubSpot to Salesforce"),
        ("Opened", "Within 24 hours"),
        ("Assigned to", str(person)),
    ]

"""Jobs whatever their kind: turns, leases, faults, pause and cancel, and what a kill leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine

from accounts.models import User
from common import clock
from errors.jobs import (
    CannotGoOn,
    JobRefused,
    Turn,
    Wait,
    cancel_job,
    create_job,
    pause_job,
    resume_job,
    running,
)
from errors.jobs.running import MOST_ATTEMPTS, run_job
from errors.jobs.sweeping import sweep_jobs
from errors.jobs.turn import LEASE_SECONDS, TIME_BUDGET
from errors.models import BulkJob
from errors.tests import job_kind
from errors.tests.children import die, end_of, start_child
from errors.tests.fakes import make_connection
from integrations.clients.results import ConnectionFault, TransientFault
from integrations.metering import AllotmentSpent
from integrations.models import AllotmentChange, Connection

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LATER = timedelta(seconds=LEASE_SECONDS + 1)


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(running._RUNS, BulkJob.Kind.LIST, "errors.tests.job_kind.run")
    yield
    job_kind.at.clear()


@pytest.fixture
def job(connection: Connection, tmp_path: Path) -> BulkJob:
    return make_job(connection, tmp_path)


def make_job(connection: Connection, folder: Path, **values: Any) -> BulkJob:
    asked = {"steps": 5, "notes": str(folder / "notes")}
    return create_job(
        **{
            "connection_id": connection.pk,
            "kind": BulkJob.Kind.LIST,
            "request": asked,
            "user": None,
            "idempotency_key": "key",
            "total": 5,
            **values,
        }
    ).job


def steps_of(job: BulkJob) -> list[int]:
    notes = Path(job.request["notes"])
    return (
        [int(line.split()[0]) for line in notes.read_text().splitlines()] if notes.exists() else []
    )


def raising(error: Exception) -> Callable[[Turn], None]:
    def act(turn: Turn) -> None:
        raise error

    return act


def again(job: BulkJob) -> BulkJob:
    job.refresh_from_db()
    return job


def test_a_job_runs_to_its_end_once(job: BulkJob) -> None:
    assert run_job(job_id=job.pk)
    assert not run_job(job_id=job.pk)

    again(job)
    assert (job.state, job.done, job.position) == ("finished", 5, {"at": 5})
    assert job.finished_at is not None
    assert (job.lease_token, job.lease_until) == ("", None)
    assert steps_of(job) == [1, 2, 3, 4, 5]


def test_a_job_that_is_not_there_is_nothing_to_run(db: None) -> None:
    assert not run_job(job_id=12345)


# --- asking for it -----------------------------------------------------------------------------------


def test_the_same_key_is_the_same_job(connection: Connection, tmp_path: Path) -> None:
    first = make_job(connection, tmp_path)

    assert make_job(connection, tmp_path) == first
    assert BulkJob.objects.count() == 1


def test_the_same_key_with_other_work_is_refused(connection: Connection, tmp_path: Path) -> None:
    make_job(connection, tmp_path)

    with pytest.raises(JobRefused) as refused:
        make_job(connection, tmp_path, request={"steps": 6})
    assert (refused.value.code, refused.value.status_code) == ("key_reused", 409)


def test_what_was_only_found_at_the_start_does_not_make_it_other_work(
    connection: Connection, tmp_path: Path
) -> None:
    first = make_job(connection, tmp_path, request={"steps": 5, "last_id": 7}, found=("last_id",))

    again_sent = make_job(
        connection, tmp_path, request={"steps": 5, "last_id": 9}, found=("last_id",)
    )
    assert again_sent == first
    assert again_sent.request["last_id"] == 7


def test_the_same_key_on_another_connection_is_another_job(
    connection: Connection, tmp_path: Path
) -> None:
    assert make_job(connection, tmp_path) != make_job(make_connection(), tmp_path)


# --- pause, resume, cancel ------------------------------------------------------------------------------


def test_pausing_keeps_the_step_at_hand_and_starts_no_further_one(job: BulkJob) -> None:
    job_kind.at["step 2"] = lambda turn: pause_job(job=BulkJob.objects.get(pk=turn.job.pk))

    assert run_job(job_id=job.pk)

    again(job)
    assert (job.state, job.done, job.position) == ("paused", 2, {"at": 2})
    assert job.lease_token == ""
    assert not run_job(job_id=job.pk)

    job_kind.at.clear()
    resume_job(job=job)
    assert run_job(job_id=job.pk)
    assert (again(job).state, job.done) == ("finished", 5)
    assert steps_of(job) == [1, 2, 3, 4, 5]


def test_pausing_and_resuming_within_one_step_changes_nothing(job: BulkJob) -> None:
    def change_mind(turn: Turn) -> None:
        pause_job(job=job)
        resume_job(job=job)

    job_kind.at["step 3"] = change_mind

    assert run_job(job_id=job.pk)
    assert (again(job).state, job.done) == ("finished", 5)


def test_a_hold_does_not_overwrite_a_pause(job: BulkJob) -> None:
    def paused_then_spent(turn: Turn) -> None:
        pause_job(job=job)
        raise AllotmentSpent(clock.now() + timedelta(hours=3))

    job_kind.at["step 2"] = paused_then_spent

    run_job(job_id=job.pk)
    assert (again(job).state, job.hold_reason, job.lease_token) == ("paused", "", "")


def test_cancelling_ends_it_for_good(job: BulkJob) -> None:
    job_kind.at["step 2"] = lambda turn: cancel_job(job=BulkJob.objects.get(pk=turn.job.pk))

    run_job(job_id=job.pk)

    again(job)
    assert (job.state, job.done) == ("cancelled", 2)
    assert job.finished_at is not None
    assert not run_job(job_id=job.pk)
    with pytest.raises(JobRefused) as refused:
        resume_job(job=job)
    assert (refused.value.code, refused.value.status_code) == ("wrong_state", 409)
    assert "Cancelled" in refused.value.message


def test_a_job_that_finishes_while_it_is_cancelled_stays_cancelled(job: BulkJob) -> None:
    job_kind.at["in transaction 5"] = lambda turn: cancel_job(job=BulkJob.objects.get(pk=job.pk))

    run_job(job_id=job.pk)

    assert (again(job).state, job.done) == ("cancelled", 5)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("paused", pause_job),
        ("finished", pause_job),
        ("cancelled", pause_job),
        ("failed", pause_job),
        ("queued", resume_job),
        ("running", resume_job),
        ("finished", resume_job),
        ("finished", cancel_job),
        ("cancelled", cancel_job),
    ],
)
def test_what_makes_no_sense_in_a_state_is_refused(
    job: BulkJob, state: str, change: Callable[..., None]
) -> None:
    BulkJob.objects.update(state=state)

    with pytest.raises(JobRefused) as refused:
        change(job=job)
    assert refused.value.status_code == 409
    assert again(job).state == state


# --- what stops a turn ------------------------------------------------------------------------------


def test_a_spent_allotment_holds_it_until_calls_are_free(job: BulkJob) -> None:
    job_kind.at["step 3"] = raising(AllotmentSpent(NOON + timedelta(hours=3)))
    with time_machine.travel(NOON, tick=False):
        BulkJob.objects.update(not_before=NOON)
        run_job(job_id=job.pk)

        again(job)
        assert (job.state, job.hold_reason, job.attempts) == ("queued", "allotment_spent", 0)
        assert job.waits_until == NOON + timedelta(hours=3)
        assert not run_job(job_id=job.pk)
        assert sweep_jobs() == 0

    job_kind.at.clear()
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        assert sweep_jobs() == 1
        assert run_job(job_id=job.pk)
    assert (again(job).state, job.done, job.hold_reason) == ("finished", 5, "")


def test_a_raised_allotment_lets_it_go_at_once(job: BulkJob) -> None:
    job_kind.at["step 1"] = raising(AllotmentSpent(clock.now() + timedelta(hours=3)))
    run_job(job_id=job.pk)
    assert sweep_jobs() == 0

    AllotmentChange.objects.create(connection=job.connection, before=10, after=20)

    assert sweep_jobs() == 1


def test_a_fault_of_the_connection_suspends_it_and_the_job_waits(job: BulkJob) -> None:
    job_kind.at["step 2"] = raising(
        ConnectionFault("INVALID_LOGIN", "Wrong password.", "salesforce")
    )

    run_job(job_id=job.pk)

    again(job)
    assert (job.state, job.hold_reason) == ("queued", "connection_suspended")
    assert job.detail == "INVALID_LOGIN: Wrong password."
    assert Connection.objects.get(pk=job.connection_id).state == "suspended"
    assert not run_job(job_id=job.pk)
    assert sweep_jobs() == 0

    Connection.objects.update(state="active")
    job_kind.at.clear()
    assert sweep_jobs() == 1
    assert run_job(job_id=job.pk)
    assert again(job).state == "finished"


def test_pausing_the_connection_stops_it_after_the_step(job: BulkJob) -> None:
    job_kind.at["step 2"] = lambda turn: Connection.objects.update(state="paused")

    run_job(job_id=job.pk)
    assert (again(job).done, job.lease_token) == (2, "")

    assert not run_job(job_id=job.pk)
    assert (again(job).state in BulkJob.LIVE, job.hold_reason) == (True, "connection_paused")


def test_a_crm_that_does_not_answer_is_asked_again_later_and_later(job: BulkJob) -> None:
    job_kind.at["step 1"] = raising(TransientFault("TIMEOUT", "No answer.", "hubspot"))
    pauses = []
    now = clock.now()
    for _ in range(3):
        with time_machine.travel(now, tick=False):
            assert run_job(job_id=job.pk)
            again(job)
            pauses.append((job.not_before - now).total_seconds())
            now = job.not_before

    assert pauses == [30, 60, 120]
    assert (job.state, job.hold_reason) == ("queued", "crm_unavailable")
    assert job.detail == "TIMEOUT: No answer."


def test_an_unexpected_error_is_raised_and_tried_again(job: BulkJob) -> None:
    job_kind.at["step 2"] = raising(ZeroDivisionError("secret"))

    with pytest.raises(ZeroDivisionError):
        run_job(job_id=job.pk)

    again(job)
    assert (job.state, job.hold_reason, job.detail) == (
        "queued",
        "unexpected_error",
        "ZeroDivisionError",
    )
    assert (job.done, job.attempts) == (1, 1)


def test_it_gives_up_after_eight_turns_for_nothing_and_can_be_taken_up_again(job: BulkJob) -> None:
    job_kind.at["step 3"] = raising(TransientFault("TIMEOUT", "No answer.", "hubspot"))
    turns = 0
    now = clock.now()
    while again(job).state in BulkJob.LIVE:
        now = max(now, job.not_before)
        with time_machine.travel(now, tick=False):
            assert run_job(job_id=job.pk)
        turns += 1

    # The first turn has made two steps: it did not come to nothing.
    assert turns == MOST_ATTEMPTS
    assert (job.state, job.done, job.detail) == ("failed", 2, "TIMEOUT: No answer.")
    assert job.finished_at is not None

    job_kind.at.clear()
    resume_job(job=job)
    fresh = BulkJob.objects.get(pk=job.pk)
    assert (fresh.attempts, fresh.detail, fresh.finished_at) == (0, "", None)
    assert run_job(job_id=job.pk)
    assert (again(job).state, job.done) == ("finished", 5)


def test_what_cannot_be_done_as_asked_stops_at_once_and_says_why(job: BulkJob) -> None:
    job_kind.at["step 2"] = raising(CannotGoOn("The list was deleted in HubSpot."))

    run_job(job_id=job.pk)

    assert (again(job).state, job.detail) == ("failed", "The list was deleted in HubSpot.")


def test_a_turn_ends_when_its_time_is_over_and_the_next_goes_on(job: BulkJob) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        job_kind.at["step 2"] = lambda turn: traveller.shift(TIME_BUDGET)
        run_job(job_id=job.pk)

        again(job)
        assert (job.state, job.done, job.lease_token, job.hold_reason) == ("running", 2, "", "")
        job_kind.at.clear()
        assert run_job(job_id=job.pk)
    assert (again(job).state, job.done) == ("finished", 5)


@pytest.mark.parametrize(("working", "state"), [(False, "queued"), (True, "running")])
def test_a_wait_is_kept_until_its_time(job: BulkJob, working: bool, state: str) -> None:
    until = clock.now() + timedelta(minutes=9)
    job_kind.at["step 2"] = raising(Wait(until, "pacing", working=working))

    run_job(job_id=job.pk)

    assert (again(job).state, job.hold_reason, job.not_before) == (state, "pacing", until)
    assert not run_job(job_id=job.pk)


# --- several workers, and dead ones -------------------------------------------------------------------

CRASH = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]


class TestProcesses:
    pytestmark = CRASH

    def test_of_four_workers_one_has_the_turn(self, connection: Connection, tmp_path: Path) -> None:
        job = make_job(connection, tmp_path)
        job_kind.at["step 1"] = lambda turn: time.sleep(0.5)

        workers = [start_child(partial(run_job, job_id=job.pk)) for _ in range(4)]
        assert [end_of(pid) for pid in workers] == [0] * 4

        assert (again(job).state, job.done) == ("finished", 5)
        assert steps_of(job) == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("moment", ["step 3", "in transaction 3", "stored 3"])
    def test_a_killed_workers_job_goes_on_where_it_was(
        self, connection: Connection, tmp_path: Path, moment: str
    ) -> None:
        job = make_job(connection, tmp_path)
        job_kind.at[moment] = lambda turn: die()

        assert end_of(start_child(partial(run_job, job_id=job.pk))) == -9
        stored = 3 if moment == "stored 3" else 2
        assert (again(job).state, job.done) == ("running", stored)
        assert not run_job(job_id=job.pk), "the dead one still holds it"
        assert sweep_jobs() == 0

        job_kind.at.clear()
        with time_machine.travel(clock.now() + LATER):
            assert sweep_jobs() == 1
            assert run_job(job_id=job.pk)
        again(job)
        assert (job.state, job.done, job.position) == ("finished", 5, {"at": 5})
        repeated = [3] if moment == "in transaction 3" else []
        assert sorted(steps_of(job)) == sorted([1, 2, 3, 4, 5, *repeated])

    def test_a_worker_that_lost_its_lease_stores_nothing_more(
        self, connection: Connection, tmp_path: Path
    ) -> None:
        job = make_job(connection, tmp_path)

        def another_finishes_it(turn: Turn) -> None:
            job_kind.at.clear()
            with time_machine.travel(clock.now() + LATER):
                assert run_job(job_id=job.pk)

        job_kind.at["step 3"] = another_finishes_it

        assert run_job(job_id=job.pk)

        assert (again(job).state, job.done) == ("finished", 5)

    def test_a_job_that_kills_its_worker_each_time_is_given_up(
        self, connection: Connection, tmp_path: Path
    ) -> None:
        job = make_job(connection, tmp_path)
        job_kind.at["step 1"] = lambda turn: die()
        now = clock.now()
        deaths = 0
        while again(job).state in BulkJob.LIVE and deaths <= MOST_ATTEMPTS:
            with time_machine.travel(now + deaths * 2 * LATER):
                if end_of(start_child(partial(run_job, job_id=job.pk))) == -9:
                    deaths += 1

        assert deaths == MOST_ATTEMPTS
        assert job.state == "failed"
        assert "without a word" in job.detail


def test_who_asked_for_it_may_be_deleted(job: BulkJob, connection: Connection) -> None:
    person = User.objects.create(email="gone@example.com")
    BulkJob.objects.update(requested_by=person)
    person.delete()

    assert run_job(job_id=job.pk)

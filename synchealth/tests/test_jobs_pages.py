"""The page of one job, and pausing, resuming and cancelling it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from common import clock
from errors.jobs.turn import LEASE_SECONDS
from errors.models import BulkJob, ResyncBatch
from integrations.models import Connection
from synchealth.tests.jobs import make_job, page_of, text_of

LogIn = Callable[[str], Client]


def test_the_page_shows_progress_and_what_was_asked_for(
    connection: Connection, as_user: LogIn
) -> None:
    job = make_job(connection, done=40, failed=2, api_calls=7, state="running")

    answer = as_user("operator").get(page_of(job))
    page = text_of(answer)

    assert "42 of 250 errors" in page
    assert '<progress max="250" value="42"' in page
    assert "Picklists" in page
    assert f'hx-get="{page_of(job)}?said=start" hx-trigger="load delay:1s"' in page
    assert "<noscript><meta http-equiv=" in page
    assert "Refresh" in page


def test_the_batch_under_way_counts_as_it_goes(connection: Connection, as_user: LogIn) -> None:
    job = make_job(connection, done=100, api_calls=1, state="running")
    for state, done, calls in [("finished", 100, 1), ("running", 30, 2)]:
        ResyncBatch.objects.create(
            connection=connection,
            job=job,
            idempotency_key=state,
            selection_digest="d",
            total=100,
            state=state,
            done=done,
            api_calls=calls,
        )

    answer = as_user("viewer").get(page_of(job))

    assert "130 of 250 errors" in text_of(answer)
    assert answer.context["api_calls"] == 3


@pytest.mark.parametrize(
    ("state", "poll"),
    [
        ("queued", 1),
        ("running", 1),
        ("paused", 0),
        ("finished", 0),
        ("cancelled", 0),
        ("failed", 0),
    ],
)
def test_the_page_asks_again_only_while_there_is_more_to_learn(
    connection: Connection, as_user: LogIn, state: str, poll: int
) -> None:
    job = make_job(connection, state=state)
    client = as_user("viewer")

    assert client.get(page_of(job)).context["poll"] == poll
    BulkJob.objects.update(created_at=clock.now() - timedelta(minutes=1))
    assert client.get(page_of(job)).context["poll"] == (5 if poll else 0)


def test_a_paused_job_is_watched_until_its_last_step_has_ended(
    connection: Connection, as_user: LogIn
) -> None:
    until = clock.now() + timedelta(minutes=1)
    job = make_job(connection, state="paused", lease_token="held", lease_until=until)
    client = as_user("viewer")
    assert client.get(page_of(job)).context["poll"] == 1

    # Its worker died: nobody stores that step any more.
    BulkJob.objects.update(lease_until=clock.now())
    assert client.get(page_of(job)).context["poll"] == 0


@pytest.mark.parametrize(
    ("said", "values", "words"),
    [
        ("", {"state": "running"}, "has started"),
        ("start", {"state": "running", "done": 125}, "is half done"),
        ("half", {"state": "paused", "done": 125}, "is paused"),
        ("half", {"state": "finished", "done": 200, "failed": 50}, "200 done, 50 failed"),
        ("start", {"state": "running", "done": 5}, None),
        ("end", {"state": "finished"}, None),
    ],
)
def test_start_half_and_end_are_said_once(
    connection: Connection, as_user: LogIn, said: str, values: dict[str, Any], words: str | None
) -> None:
    job = make_job(connection, **values)

    answer = as_user("viewer").get(page_of(job) + f"?said={said}", headers={"HX-Request": "true"})
    part = text_of(answer)

    assert "<html" not in part
    assert ('role="status"' in part) == (words is not None)
    assert words is None or words in part


def test_a_held_job_says_why_and_until_when_and_the_last_answer(
    connection: Connection, as_user: LogIn
) -> None:
    job = make_job(
        connection,
        hold_reason="crm_unavailable",
        not_before=clock.now() + timedelta(hours=2),
        detail="TIMEOUT: <b>No answer.</b>",
    )

    page = text_of(as_user("viewer").get(page_of(job)))

    assert "Waiting" in page
    assert "A CRM did not answer" in page
    assert "It goes on at" in page
    assert "TIMEOUT: &lt;b&gt;No answer." in page


def test_a_job_whose_worker_is_silent_says_when_another_one_goes_on(
    connection: Connection, as_user: LogIn
) -> None:
    busy = make_job(
        connection, state="running", lease_until=clock.now() + timedelta(seconds=LEASE_SECONDS)
    )
    client = as_user("viewer")

    assert "Nothing has come of it" not in text_of(client.get(page_of(busy)))
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        for live in ("running", "queued"):  # resumed while its worker still held it
            BulkJob.objects.filter(pk=busy.pk).update(state=live)
            assert "Nothing has come of it" in text_of(client.get(page_of(busy)))
        BulkJob.objects.filter(pk=busy.pk).update(state="paused")
        assert "Nothing has come of it" not in text_of(client.get(page_of(busy)))


def test_the_reason_of_a_held_batch_is_the_jobs(connection: Connection, as_user: LogIn) -> None:
    job = make_job(connection, state="running", hold_reason="batch_under_way")
    ResyncBatch.objects.create(
        connection=connection,
        job=job,
        idempotency_key="k",
        selection_digest="d",
        total=100,
        hold_reason="allotment_spent",
        not_before=clock.now() + timedelta(hours=2),
    )

    page = text_of(as_user("viewer").get(page_of(job)))

    assert "It waits for free API calls. It goes on at" in page


def test_a_job_of_nobody_or_of_another_connection_is_not_there(
    connection: Connection, as_user: LogIn
) -> None:
    client = as_user("admin")
    assert client.get(f"/connections/{connection.pk}/jobs/{uuid.UUID(int=7)}/").status_code == 404
    other = Connection.objects.exclude(pk=connection.pk).first()
    assert other is not None
    foreign = make_job(other)
    address = f"/connections/{connection.pk}/jobs/{foreign.public_id}/"
    assert client.get(address).status_code == 404
    assert client.post(address + "cancel/").status_code == 404


@pytest.mark.parametrize("batches", [1, 15])
def test_the_page_costs_the_same_for_any_number_of_batches(
    connection: Connection,
    as_user: LogIn,
    batches: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    job = make_job(connection)
    for number in range(batches):
        ResyncBatch.objects.create(
            connection=connection,
            job=job,
            idempotency_key=str(number),
            selection_digest="d",
            total=100,
        )
    client = as_user("viewer")
    client.get(page_of(job))

    # Session, user, connection, role; the job, its batches; the menu's connections.
    with django_assert_num_queries(7):
        client.get(page_of(job))
    with django_assert_num_queries(6):
        client.get(page_of(job), headers={"HX-Request": "true"})


def test_operator_pauses_resumes_and_cancels(connection: Connection, as_user: LogIn) -> None:
    job = make_job(connection, state="running")
    client = as_user("operator")
    for action, state in [("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")]:
        answer = client.post(page_of(job, f"{action}/"), follow=True)
        job.refresh_from_db()
        assert job.state == state
        assert answer.redirect_chain == [(page_of(job), 302)]
    assert (
        "Cancelled. What has been done stays done; a step under way is still brought to its end."
        in text_of(answer)
    )


def test_what_is_not_possible_is_told_in_place(connection: Connection, as_user: LogIn) -> None:
    job = make_job(connection, state="finished", done=250)

    answer = as_user("operator").post(page_of(job, "pause/"))

    assert answer.status_code == 409
    assert "That is not possible now: this work is “Finished”." in text_of(answer)
    assert "250 of 250 errors" in text_of(answer)


def test_viewer_sees_no_buttons(connection: Connection, as_user: LogIn) -> None:
    job = make_job(connection, state="running")
    assert "job-pause" not in text_of(as_user("viewer").get(page_of(job)))
    assert "job-pause" in text_of(as_user("operator").get(page_of(job)))

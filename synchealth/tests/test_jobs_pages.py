"""The pages and the API of jobs, and the question before Resync all matching."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken
from common import clock
from errors.ignoring import ignore_errors
from errors.jobs.turn import LEASE_SECONDS
from errors.models import AffectedRecord, BulkJob, ResyncBatch, SavedView, SyncError
from errors.saved_views import create_view
from integrations.models import Connection
from tests.people import People, record_values

LogIn = Callable[[str], Client]


def make_job(connection: Connection, **values: Any) -> BulkJob:
    return BulkJob.objects.create(
        **{
            "connection": connection,
            "kind": "resync",
            "idempotency_key": str(uuid.uuid4()),
            "request": {"filters": {"type": "picklists"}, "last_id": 1},
            "total": 250,
            **values,
        }
    )


def page_of(job: BulkJob, more: str = "") -> str:
    return f"/connections/{job.connection_id}/jobs/{job.public_id}/{more}"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# --- the list ---------------------------------------------------------------------------------------------


def test_the_list_says_what_who_when_state_progress_and_calls(
    connection: Connection, as_user: LogIn, people: People
) -> None:
    asker = people.of("operator")
    make_job(connection, requested_by=asker, done=40, failed=2, api_calls=7, state="running")

    page = text_of(as_user("viewer").get(f"/connections/{connection.pk}/jobs/"))

    for words in ("Resync all matching", str(asker), "In progress", "42 of 250", ">7<"):
        assert words in page


def test_an_empty_list_says_what_comes_here(connection: Connection, as_user: LogIn) -> None:
    page = text_of(as_user("viewer").get(f"/connections/{connection.pk}/jobs/"))
    assert "Nothing of this kind has been asked for yet" in page


def test_the_list_goes_on_by_key(connection: Connection, as_user: LogIn) -> None:
    for number in range(51):
        make_job(connection, done=number)
    client = as_user("viewer")

    first = client.get(f"/connections/{connection.pk}/jobs/")
    cursor = first.context["page"].next_cursor
    second = client.get(f"/connections/{connection.pk}/jobs/", {"cursor": cursor})

    assert [row["job"].done for row in second.context["rows"]] == [0]


@pytest.mark.parametrize("number", [1, 40])
def test_the_list_costs_the_same_for_any_number(
    connection: Connection,
    as_user: LogIn,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        make_job(connection)
    client = as_user("viewer")
    client.get(f"/connections/{connection.pk}/jobs/")

    # Session, user, connection, role, the jobs; the menu's connections.
    with django_assert_num_queries(6):
        client.get(f"/connections/{connection.pk}/jobs/")


# --- one job ----------------------------------------------------------------------------------------------


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


# --- pause, resume, cancel ----------------------------------------------------------------------------------


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


# --- Resync all matching ------------------------------------------------------------------------------------


def ask(client: Client, connection: Connection, **query: str) -> Any:
    return client.get(f"/connections/{connection.pk}/resync/all/", query)


def test_the_question_says_errors_records_batches_calls_and_what_is_left(
    connection: Connection, as_user: LogIn
) -> None:
    record_values(connection, 120)
    Connection.objects.update(allotment=1000)

    answer = ask(as_user("operator"), connection, type="property-values", size="200", cursor="x")
    page = text_of(answer)

    number = SyncError.objects.filter(type="property-values", status="open").count()
    assert f"Resync {number} errors" in page
    assert "Property values" in page
    assert "1,000 are left now" in page
    assert (answer.context["seen"].selection.estimate.batches) == 2
    assert not SyncError.objects.filter(resync_items__isnull=False).exists()


def test_no_match_is_said_and_there_is_no_button(connection: Connection, as_user: LogIn) -> None:
    page = text_of(ask(as_user("operator"), connection, search="nowhere to be found"))

    assert "No open error matches" in page
    assert 'name="idempotency_key"' not in page


def test_too_small_an_allotment_is_said_before_the_start(
    connection: Connection, as_user: LogIn
) -> None:
    Connection.objects.update(allotment=0)
    assert "leaves no API call" in text_of(ask(as_user("operator"), connection))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("type", "nonsense", "Error type: “nonsense”"),
        ("direction", "up", "Direction: “up”"),
        ("age", "old", "Opened: “old”"),
        ("assigned", "x", "Assigned to: “x”"),
        ("status", "x", "State: “x”"),
    ],
)
def test_a_filter_that_makes_no_sense_is_400_and_says_which(
    connection: Connection, as_user: LogIn, name: str, value: str, words: str
) -> None:
    answer = ask(as_user("operator"), connection, **{name: value})

    assert answer.status_code == 400
    assert words in text_of(answer)


def test_viewer_sees_what_it_would_take_and_cannot_start_it(
    connection: Connection, as_user: LogIn
) -> None:
    client = as_user("viewer")
    assert "Operators and admins" in text_of(ask(client, connection, type="picklists"))
    answer = client.post(f"/connections/{connection.pk}/resync/all/", {"type": "picklists"})
    assert answer.status_code == 403
    assert not BulkJob.objects.exists()


def test_start_stores_the_panels_filter_and_goes_to_the_progress(
    connection: Connection, as_user: LogIn, people: People
) -> None:
    client = as_user("operator")
    error = SyncError.objects.get(type="picklists")
    shown = ask(client, connection, type="picklists", search=str(error.pk), assigned="nobody")
    hidden = dict(shown.context["hidden"])
    form = {**hidden, "idempotency_key": str(shown.context["idempotency_key"])}

    answer = client.post(f"/connections/{connection.pk}/resync/all/", form)

    job = BulkJob.objects.get()
    assert answer["Location"] == page_of(job)
    assert job.requested_by == people.of("operator")
    assert job.request == {
        "filters": {"type": "picklists", "search": str(error.pk), "assigned": "nobody"},
        "last_id": error.pk,
    }


def test_a_misspelt_filter_takes_in_nothing(connection: Connection, as_user: LogIn) -> None:
    client = as_user("operator")

    seen = ask(client, connection, serch="Kim", sort="records")
    started = client.post(f"/connections/{connection.pk}/resync/all/", {"serch": "Kim"})

    assert {seen.status_code, started.status_code} == {400}
    assert "Unknown filter: serch" in text_of(seen)
    assert not BulkJob.objects.exists()


def test_a_second_tab_does_not_start_the_same_work_again(
    connection: Connection, as_user: LogIn
) -> None:
    client = as_user("operator")
    tabs = [ask(client, connection, type="picklists").context["idempotency_key"] for _ in range(2)]

    first, second = [
        client.post(
            f"/connections/{connection.pk}/resync/all/",
            {"type": "picklists", "idempotency_key": str(key)},
        )
        for key in tabs
    ]

    assert (first.status_code, second.status_code) == (302, 409)
    assert "The same work is under way or paused already" in text_of(second)
    assert BulkJob.objects.count() == 1


def test_a_start_with_nothing_left_is_told_in_place(connection: Connection, as_user: LogIn) -> None:
    SyncError.objects.update(status="ignored")
    answer = as_user("operator").post(
        f"/connections/{connection.pk}/resync/all/", {"type": "picklists", "idempotency_key": "k"}
    )
    assert answer.status_code == 400
    assert "There is nothing to resync" in text_of(answer)


def test_panel_links_to_the_ways_past_100_with_its_filter(
    connection: Connection, as_user: LogIn
) -> None:
    address = f"/connections/{connection.pk}/sync-health/picklists/"
    here = f"/connections/{connection.pk}/resync/all/"

    plain = text_of(as_user("operator").get(address))
    assert f'href="{here}?type=picklists"' in plain
    assert "Resync all matching (1)…" in plain
    error = SyncError.objects.get(type="picklists")
    narrowed = text_of(as_user("operator").get(address + f"?search={error.pk}"))
    assert f'href="{here}?search={error.pk}&amp;type=picklists"' in narrowed
    assert here not in text_of(as_user("viewer").get(address))


@pytest.mark.parametrize("number", [1, 150])
def test_the_question_costs_the_same_whatever_matches(
    connection: Connection,
    as_user: LogIn,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    record_values(connection, number)
    client = as_user("operator")
    ask(client, connection, type="property-values")

    # Session, user, connection, role; errors, records, the card, allotment, use; the menu's connections.
    with django_assert_num_queries(10):
        ask(client, connection, type="property-values")


# --- the API ------------------------------------------------------------------------------------------------


@pytest.fixture
def call(connection: Connection, people: People) -> Callable[..., Any]:
    tokens = {
        role: ApiToken.issue(user=people.of(role), name="test")[1]
        for role in ("viewer", "operator", "stranger")
    }

    def make(role: str, method: str, path: str, data: Any = None, **headers: str) -> Any:
        return Client().generic(
            method,
            f"/api/v1/connections/{connection.pk}/{path}",
            data="" if data is None else json.dumps(data),
            content_type="application/json",
            headers={"Authorization": f"Bearer {tokens[role]}", **headers},
        )

    return make


def test_api_starts_watches_pauses_resumes_and_cancels(
    call: Callable[..., Any], connection: Connection
) -> None:
    said = call("viewer", "GET", "resync-all/?type=picklists").json()
    assert (said["errors"], said["batches"], said["more_errors"]) == (1, 1, False)
    assert {
        "records",
        "api_calls",
        "remaining",
        "remaining_after",
        "fits_now",
        "waits_until",
    } < set(said)

    body = {"filters": {"type": "picklists"}}
    started = call("operator", "POST", "resync-all/", body, **{"Idempotency-Key": "one"})
    assert started.status_code == 202
    job = started.json()
    assert (job["kind"], job["state"], job["total"], job["done"]) == ("resync", "queued", 1, 0)
    repeated = call("operator", "POST", "resync-all/", body, **{"Idempotency-Key": "one"})
    assert (repeated.status_code, repeated.json()["id"]) == (202, job["id"])

    listed = call("viewer", "GET", "jobs/").json()
    assert [one["id"] for one in listed["results"]] == [job["id"]]
    path = f"jobs/{job['id']}/"
    assert call("viewer", "GET", path).json() == job
    assert call("operator", "POST", path + "pause/").json()["state"] == "paused"
    assert call("operator", "POST", path + "resume/").json()["state"] == "queued"
    assert call("operator", "POST", path + "cancel/").json()["state"] == "cancelled"
    refused = call("operator", "POST", path + "cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ({"filters": {"type": "nonsense"}}, 400, "invalid_filter"),
        ({"filters": {"typ": "picklists"}}, 400, "invalid_filter"),
        ({"filters": ["picklists"]}, 400, "invalid"),
        ([], 400, "invalid"),
        ({"filters": {"status": "ignored"}}, 400, "not_open"),
        ({"filters": {"search": "nowhere to be found"}}, 400, "no_errors"),
        ({"filters": {"search": 7}}, 400, "invalid_filter"),
    ],
)
def test_api_refuses_nonsense_with_a_code(
    call: Callable[..., Any], data: Any, status: int, code: str
) -> None:
    answer = call("operator", "POST", "resync-all/", data)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not BulkJob.objects.exists()


def test_api_refuses_a_key_of_other_work_and_a_key_that_is_none(call: Callable[..., Any]) -> None:
    key = {"Idempotency-Key": "one"}
    call("operator", "POST", "resync-all/", {"filters": {"type": "picklists"}}, **key)

    other = call("operator", "POST", "resync-all/", {"filters": {"type": "duplicates"}}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    long = call("operator", "POST", "resync-all/", {}, **{"Idempotency-Key": "k" * 201})
    assert (long.status_code, long.json()["code"]) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("viewer", "POST", "resync-all/", 403),
        ("stranger", "GET", "resync-all/", 404),
        ("stranger", "GET", "jobs/", 404),
        ("operator", "GET", f"jobs/{uuid.UUID(int=7)}/", 404),
        ("operator", "POST", f"jobs/{uuid.UUID(int=7)}/pause/", 404),
        ("viewer", "POST", f"jobs/{uuid.UUID(int=7)}/cancel/", 403),
    ],
)
def test_api_lets_in_who_may(
    call: Callable[..., Any], role: str, method: str, path: str, status: int
) -> None:
    assert call(role, method, path).status_code == status


# --- which is which --------------------------------------------------------------------------------------


def jobs_of_every_kind(connection: Connection, people: People) -> None:
    """Two jobs of each kind that are told apart by what was chosen only."""
    contacts, _made = connection.object_mappings.get_or_create(
        hubspot_object="contacts", salesforce_object="Contact", defaults={"label": "Contacts"}
    )
    errors = list(SyncError.objects.filter(connection=connection).order_by("pk")[:2])
    nothing = {"type": "", "error": None, "view": None, "since": ""}
    write = {
        "mapping": contacts.pk,
        "pair": 1,
        "field": "Title",
        "object_type_id": "0-1",
        "last_id": 9,
    }
    member = {"type": "picklists", "assigned": str(people.operator.pk)}
    for number, error in enumerate(errors):
        view = SavedView.objects.create(connection=connection, name=f"View {number}")
        of_view = {
            **nothing,
            "mapping": contacts.pk,
            "scope": "affected",
            "view": str(view.public_id),
        }
        of_error = {**nothing, "mapping": contacts.pk, "scope": "affected", "error": error.pk}
        setting = {**write, "property": "jobtitle", "mode": "set", "value": f"Value {number}"}
        make_job(connection, kind="import", request=of_view)
        make_job(connection, kind="import", request=of_error)
        make_job(connection, kind="update", request={**setting, "error": error.pk})
        make_job(
            connection, kind="list", request={"view": str(view.public_id), "name": f"L{number}"}
        )
        make_job(connection, request={"filters": member, "last_id": 1})


def test_the_list_says_of_each_job_what_was_chosen(
    connection: Connection, as_user: LogIn, people: People, call: Callable[..., Any]
) -> None:
    jobs_of_every_kind(connection, people)

    page = text_of(as_user("viewer").get(f"/connections/{connection.pk}/jobs/"))
    told = [
        (one["title"], one["about"]) for one in call("viewer", "GET", "jobs/").json()["results"]
    ]

    for words in (
        "Import from Salesforce: Contacts",
        "Affected records of the saved view “View 1”",
        "Update of jobtitle in HubSpot",
        "Value: Value 0",
        "Name of the list: L1 · Saved view: View 1",
        f"Assigned to: {people.operator}",
    ):
        assert words in page
    assert (
        "Import from Salesforce: Contacts",
        "Affected records of the saved view “View 0”",
    ) in told
    assert len(set(told)) == 9  # the two of the same filter are the same
    one = BulkJob.objects.filter(kind="update").latest("pk")
    assert call("viewer", "GET", f"jobs/{one.public_id}/").json()["title"] == (
        "Update of jobtitle in HubSpot"
    )


def test_what_jobs_name_and_is_gone_is_said_to_be_gone(
    connection: Connection, as_user: LogIn, people: People
) -> None:
    jobs_of_every_kind(connection, people)
    SavedView.objects.all().delete()
    SyncError.objects.filter(connection=connection).delete()
    connection.object_mappings.all().delete()

    page = text_of(as_user("viewer").get(f"/connections/{connection.pk}/jobs/"))

    for words in (
        "Import from Salesforce: records",
        "Affected records of a saved view that was deleted",
        "What named the records is gone.",
        "Saved view: deleted since",
    ):
        assert words in page


@pytest.mark.parametrize("times", [1, 4])
def test_saying_what_was_chosen_costs_the_same_for_any_number_of_jobs(
    connection: Connection,
    as_user: LogIn,
    people: People,
    times: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _number in range(times):
        SavedView.objects.all().delete()
        jobs_of_every_kind(connection, people)
    client = as_user("viewer")
    client.get(f"/connections/{connection.pk}/jobs/")

    # As for a list of one kind, and the objects, errors, views and people that the jobs name.
    with django_assert_num_queries(10):
        client.get(f"/connections/{connection.pk}/jobs/")


# --- the errors of a saved view ---------------------------------------------------------------------------


def view_of(connection: Connection, *errors: SyncError) -> SavedView:
    records = AffectedRecord.objects.filter(error__in=errors)
    return create_view(
        connection_id=connection.pk,
        name="Partners",
        user=None,
        records=records,
        error_id=errors[0].pk if len(errors) == 1 else None,
    )


def test_the_open_errors_of_a_view_are_resynced_from_the_view(
    connection: Connection, as_user: LogIn
) -> None:
    errors = list(SyncError.objects.filter(connection=connection).order_by("pk")[:3])
    view = view_of(connection, *errors)
    ignore_errors(connection_id=connection.pk, error_ids=[errors[2].pk], reason="Known.")
    client = as_user("operator")
    address = f"/connections/{connection.pk}/resync/all/"

    page = text_of(client.get(f"/connections/{connection.pk}/views/{view.public_id}/"))
    asked = text_of(client.get(f"{address}?view={view.public_id}"))
    started = client.post(address, {"view": str(view.public_id), "idempotency_key": "k"})
    again = client.post(address, {"view": str(view.public_id), "idempotency_key": "k"})

    assert f'href="{address}?view={view.public_id}"' in page
    assert "Resync 2 errors" in asked
    assert "also those that are not in the view" in asked
    job = BulkJob.objects.get()
    assert job.request["filters"]["ids"] == f"{errors[0].pk},{errors[1].pk}"
    assert started.headers["Location"] == again.headers["Location"] == page_of(job)
    told = text_of(client.get(page_of(job)))
    assert "<dt>Saved view</dt><dd>Partners</dd>" in told
    assert "2 chosen errors" in told
    assert "Saved view: Partners" in text_of(client.get(f"/connections/{connection.pk}/jobs/"))


def test_a_view_without_open_errors_starts_nothing(connection: Connection, as_user: LogIn) -> None:
    error = SyncError.objects.filter(connection=connection).earliest("pk")
    view = view_of(connection, error)
    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], reason="Known.")
    client = as_user("operator")
    address = f"/connections/{connection.pk}/resync/all/"

    asked = client.get(f"{address}?view={view.public_id}")
    sent = client.post(address, {"view": str(view.public_id)})

    for answer in (asked, sent):
        assert answer.status_code == 400
        assert "No open error matches. There is nothing to resync." in text_of(answer)
    assert not BulkJob.objects.exists()


def test_a_view_of_too_many_errors_is_refused_and_of_no_view_is_404(
    connection: Connection, as_user: LogIn
) -> None:
    record_values(connection, 501)
    view = view_of(connection, *SyncError.objects.filter(type="property-values"))
    client = as_user("operator")
    address = f"/connections/{connection.pk}/resync/all/"

    refused = client.post(address, {"view": str(view.public_id)})

    assert refused.status_code == 400
    assert "more than 500 open errors" in text_of(refused)
    for nonsense in (uuid.uuid4(), "x", ""):
        assert client.get(f"{address}?view={nonsense}").status_code == 404
        assert client.post(address, {"view": str(nonsense)}).status_code == 404
    assert not BulkJob.objects.exists()

"""The question before Resync all matching: of a filter, and of the errors of a saved view."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from errors.ignoring import ignore_errors
from errors.models import AffectedRecord, BulkJob, SavedView, SyncError
from errors.saved_views import create_view
from integrations.models import Connection
from synchealth.tests.jobs import page_of, text_of
from tests.people import People, record_values

LogIn = Callable[[str], Client]


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

"""The list of jobs, on its page and in the API: what, who, when, how far, and which is which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from errors.models import BulkJob, SavedView, SyncError
from integrations.models import Connection
from synchealth.tests.jobs import make_job, text_of
from tests.people import People

LogIn = Callable[[str], Client]


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

"""Saved views and exports of records, as people and programs meet them."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken
from errors.models import AffectedRecord, BulkJob, SavedView, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from errors.view_lists import ask_for_lists
from integrations.models import Connection
from integrations.outcomes import Outcome, Status
from tests.people import People, refusal

LogIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
NAME = "Partners"


def fail(connection: Connection, number: int, *, start: int = 100, label: str = "") -> SyncError:
    """`number` more records of the connection's picklist error."""
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            refusal(ErrorType.PICKLISTS, start + n, label=label or f"Lead {start + n}")
            for n in range(number)
        ],
    )
    return SyncError.objects.get(connection=connection, type="picklists")


def succeed(connection: Connection, *numbers: int) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                record=refusal(ErrorType.PICKLISTS, n).record,
                direction=refusal(ErrorType.PICKLISTS, n).direction,
                status=Status.SYNCED,
            )
            for n in numbers
        ],
    )


@pytest.fixture
def error(connection: Connection) -> SyncError:
    return fail(connection, 11)


@pytest.fixture
def at(connection: Connection) -> str:
    return f"/connections/{connection.pk}"


@pytest.fixture
def view(at: str, error: SyncError, as_user: LogIn) -> SavedView:
    as_user("operator").post(f"{at}/errors/{error.pk}/records/create-view/", {"name": NAME})
    return SavedView.objects.get()


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def rows_of(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# --- the affected records --------------------------------------------------------------------------


def test_records_that_were_resolved_are_found_from_the_resolved_error(
    at: str, error: SyncError, as_user: LogIn, people: People
) -> None:
    succeed(error.connection, *range(1, 112))
    client = as_user("operator")
    address = f"{at}/errors/{error.pk}/records/"

    panel = page_of(client.get(f"{at}/sync-health/{error.type}/?status=resolved"))
    resolved = page_of(client.get(f"{address}?state=resolved&search=Lead 104"))
    rows = rows_of(client.get(f"{address}export/?state=resolved"))
    told = api_call(people, "viewer", "GET", f"{address}?state=resolved&limit=5").json()
    refused = api_call(people, "viewer", "GET", f"{address}?state=gone")

    assert f'{address}?state=resolved">Resolved records</a>' in panel
    assert resolved.count('<th scope="row">') == 1
    assert "create-view" not in resolved  # a view is made of what still fails
    assert "No record is affected any more" in page_of(client.get(address))
    assert {row[0] for row in rows[1:]} >= {f"Lead {n}" for n in range(100, 111)}
    assert {row[8] for row in rows[1:]} == {"Resolved"}
    assert len(told["results"]) == 5
    assert "state=resolved" in told["next"]
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["state"])


def test_records_are_listed_searched_and_linked_to_both_systems(
    at: str, error: SyncError, as_user: LogIn
) -> None:
    client = as_user("viewer")

    everything = page_of(client.get(f"{at}/errors/{error.pk}/records/"))
    one = page_of(client.get(f"{at}/errors/{error.pk}/records/?search=Lead 104"))

    assert everything.count('<th scope="row">') == 12
    assert one.count('<th scope="row">') == 1
    assert "/record/0-1/1104" in one
    assert "/lightning/r/Contact/003000000000104AAA/view" in one
    assert "create-view" not in one  # a viewer makes none


def test_the_page_of_records_costs_the_same_for_few_and_for_many(
    at: str,
    error: SyncError,
    connection: Connection,
    as_user: LogIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = as_user("operator")
    address = f"{at}/errors/{error.pk}/records/"
    # session, user, connection, role, error, records, switcher
    with django_assert_num_queries(7):
        client.get(address)
    fail(connection, 70, start=500)

    with django_assert_num_queries(7):
        assert page_of(client.get(address)).count('<th scope="row">') == 50


def test_the_export_is_the_list_with_its_search(
    at: str, error: SyncError, connection: Connection, as_user: LogIn
) -> None:
    fail(connection, 1, start=900, label="=HYPERLINK(1)")
    client = as_user("viewer")

    with time_machine.travel(datetime(2026, 11, 5, 12, tzinfo=UTC)):
        answer = client.get(f"{at}/errors/{error.pk}/records/export/?search=Lead 10")
        header, *rows = rows_of(answer)

    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="affected-records_northwind_picklists-{error.pk}_2026-11-05.csv"'
    )
    assert header[:5] == ["Record", "E-mail", "HubSpot object", "Salesforce object", "HubSpot ID"]
    assert [row[0] for row in rows] == [f"Lead {n}" for n in range(100, 110)]
    _, *all_rows = rows_of(client.get(f"{at}/errors/{error.pk}/records/export/"))
    assert len(all_rows) == 13
    assert all_rows[-1][0] == "'=HYPERLINK(1)"


def test_every_export_has_a_name_made_the_same_way(
    at: str, view: SavedView, as_user: LogIn, people: People
) -> None:
    with time_machine.travel(datetime(2026, 11, 5, 12, tzinfo=UTC)):
        page = as_user("viewer").get(f"{at}/sync-health/picklists/export/")
        api = api_call(people, "viewer", "GET", f"{at}/errors/export/?type=picklists")
        of_view = as_user("viewer").get(f"{at}/views/{view.public_id}/export/")

    name = 'attachment; filename="sync-errors_northwind_picklists_2026-11-05.csv"'
    assert page.headers["Content-Disposition"] == api.headers["Content-Disposition"] == name
    assert of_view.headers["Content-Disposition"] == (
        'attachment; filename="view_northwind_partners_2026-11-05.csv"'
    )


# --- making a view ---------------------------------------------------------------------------------


def test_create_view_is_a_dialog_and_a_page(at: str, error: SyncError, as_user: LogIn) -> None:
    client = as_user("operator")
    address = f"{at}/errors/{error.pk}/records/create-view/?search=Lead+10"

    dialog, page = client.get(address, headers=HTMX), client.get(address)

    assert "<html" not in page_of(dialog)
    assert page_of(page).count("<h1") == 1
    assert "“Lead 10”" in page_of(page)
    made = client.post(address, {"name": NAME})
    view = SavedView.objects.get()
    assert made.status_code == 302
    assert made.headers["Location"] == f"{at}/views/{view.public_id}/"
    assert (view.total, view.open_records, view.error) == (10, 10, error)
    assert str(view.created_by) == "Operator"


def test_a_dialog_goes_on_to_the_view(at: str, error: SyncError, as_user: LogIn) -> None:
    answer = as_user("operator").post(
        f"{at}/errors/{error.pk}/records/create-view/", {"name": NAME}, headers=HTMX
    )

    assert answer.headers["HX-Redirect"] == f"{at}/views/{SavedView.objects.get().public_id}/"


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("   ", 400, "Give the view a name."),
        ("n" * 121, 400, "at most 120"),
        ("pARTNERS", 409, "There is a view “pARTNERS” already."),
    ],
    ids=["none", "long", "taken"],
)
def test_a_wrong_name_is_told_in_place_and_nothing_typed_is_lost(
    at: str, view: SavedView, as_user: LogIn, name: str, status: int, said: str
) -> None:
    client = as_user("operator")
    address = f"{at}/errors/{view.error_id}/records/create-view/"

    page = client.post(address, {"name": name, "hubspot_list": "1"})
    dialog = client.post(address, {"name": name, "hubspot_list": "1"}, headers=HTMX)
    renamed = client.post(f"{at}/views/{_other(view)}/rename/", {"name": name})

    assert (page.status_code, dialog.status_code, renamed.status_code) == (status, 200, status)
    for answer in (page, dialog, renamed):
        assert said in page_of(answer)
        assert f'value="{name}"' in page_of(answer)
        assert 'aria-invalid="true"' in page_of(answer)
    assert 'value="1" checked' in page_of(page)
    assert set(SavedView.objects.values_list("name", flat=True)) == {NAME, "Other"}


def _other(view: SavedView) -> uuid.UUID:
    return SavedView.objects.create(connection_id=view.connection_id, name="Other").public_id


def test_a_view_of_nothing_is_refused(at: str, error: SyncError, as_user: LogIn) -> None:
    answer = as_user("operator").post(
        f"{at}/errors/{error.pk}/records/create-view/?search=nobody", {"name": NAME}
    )

    assert answer.status_code == 409
    assert "nothing to put in a view" in page_of(answer)
    assert not SavedView.objects.exists()


def test_a_panel_makes_a_view_of_all_its_records(at: str, error: SyncError, as_user: LogIn) -> None:
    client = as_user("operator")

    assert "create-view" in page_of(client.get(f"{at}/sync-health/picklists/"))
    client.post(f"{at}/sync-health/picklists/create-view/", {"name": NAME})
    client.post(f"{at}/sync-health/picklists/create-view/?search=nobody", {"name": "None"})

    view = SavedView.objects.get()
    assert (view.total, view.error) == (12, None)


def test_a_tick_asks_for_a_list_in_hubspot(at: str, error: SyncError, as_user: LogIn) -> None:
    client = as_user("operator")
    client.post(f"{at}/errors/{error.pk}/records/create-view/", {"name": NAME, "hubspot_list": "1"})

    job = BulkJob.objects.get()
    view = SavedView.objects.get()
    assert (job.kind, job.request) == ("list", {"view": str(view.public_id), "name": NAME})
    page = page_of(client.get(f"{at}/views/{view.public_id}/"))
    assert 'hx-trigger="load delay:2s"' in page
    part = client.get(f"{at}/views/{view.public_id}/", headers=HTMX)
    assert page_of(part).strip().startswith('<section id="hubspot-lists"')


# --- the view's page -------------------------------------------------------------------------------


def test_a_view_shows_what_fails_and_what_is_resolved(
    at: str, view: SavedView, connection: Connection, as_user: LogIn
) -> None:
    succeed(connection, *range(100, 108))
    client = as_user("viewer")
    address = f"{at}/views/{view.public_id}/"

    everything = page_of(client.get(address))
    failing = page_of(client.get(address + "?state=open"))
    resolved = page_of(client.get(address + "?state=resolved&search=Lead"))

    assert "8 of 12 resolved" in everything
    assert "Made by Operator" in everything
    assert everything.count('<th scope="row">') == 12
    assert failing.count('<th scope="row">') == 4
    assert resolved.count('<th scope="row">') == 8
    assert f"http://testserver{address}" in everything
    assert f"/errors/{view.error_id}/records/" in everything
    assert "Rename" not in everything


def test_the_view_costs_the_same_for_few_and_for_many(
    at: str,
    error: SyncError,
    connection: Connection,
    as_user: LogIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = as_user("operator")
    address = f"{at}/errors/{error.pk}/records/create-view/"
    client.post(address, {"name": "Few"})
    fail(connection, 90, start=500)
    client.post(address, {"name": "Many", "hubspot_list": "1"})
    few, many = SavedView.objects.order_by("pk")
    client.get(f"{at}/views/{few.public_id}/")  # the message

    # session, user, connection, role, view, records, switcher
    with django_assert_num_queries(7):
        client.get(f"{at}/views/{few.public_id}/")
    # … and the work on its list
    with django_assert_num_queries(8):
        page = page_of(client.get(f"{at}/views/{many.public_id}/?state=open&search=Lead"))
    assert page.count('<th scope="row">') == 50
    with django_assert_num_queries(6):
        client.get(f"{at}/views/{many.public_id}/", headers=HTMX)


def test_views_stand_beside_the_panels_and_on_a_page_of_their_own(
    at: str,
    connection: Connection,
    as_user: LogIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(60):
        SavedView.objects.create(
            connection=connection, name=f"View {number:02}", total=5, open_records=number % 6
        )
    client = as_user("viewer")

    tab = page_of(client.get(f"{at}/sync-health/"))
    with django_assert_num_queries(6):
        first = page_of(client.get(f"{at}/views/"))

    assert tab.count("/views/") == 11
    assert "All views" in tab
    assert "View 50" in tab
    assert "View 49" not in tab
    assert "5 still fail" in tab
    assert "All resolved" in tab
    assert first.count('<th scope="row">') == 50


def test_rename_and_delete(at: str, view: SavedView, as_user: LogIn) -> None:
    client = as_user("operator")
    address = f"{at}/views/{view.public_id}/"
    ask_for_lists(view=view, user=None)

    client.post(address + "rename/", {"name": "Others"})
    assert "Others" in page_of(client.get(address))
    assert "Lists" not in page_of(client.get(address + "delete/"))
    assert SavedView.objects.exists()
    answer = client.post(address + "delete/")

    assert answer.headers["Location"] == f"{at}/views/"
    assert not SavedView.objects.exists()
    assert BulkJob.objects.get().state == "cancelled"
    assert client.get(address).status_code == 404


def test_a_refused_list_is_told_with_a_form_for_another_name(
    at: str, view: SavedView, as_user: LogIn
) -> None:
    client = as_user("operator")
    job = ask_for_lists(view=view, user=None)
    BulkJob.objects.filter(pk=job.pk).update(state="finished")
    view.refresh_from_db()
    view.hubspot_lists.append(
        {
            "object": "contacts", "name": NAME, "list_id": "", "added": 0, "not_there": 0, "unknown": 0,
            "unknown_ids": [], "refusal": "List name <b>must</b> be unique",
            "refusal_code": "ILS.DUPLICATE_LIST_NAMES", "complete": False,
        }
    )  # fmt: skip
    view.save()
    address = f"{at}/views/{view.public_id}/"

    page = page_of(client.get(address))
    form = page_of(client.get(address + "hubspot-list/"))
    empty = client.post(address + "hubspot-list/", {"name": " "})
    client.post(address + "hubspot-list/", {"name": "Partners 2"})

    for shown in (page, form):
        assert "List name &lt;b&gt;must&lt;/b&gt; be unique" in shown
        assert "Choose another name" in shown
    assert "Try again" in page
    assert "Try again" not in page_of(as_user("viewer").get(address))
    assert empty.status_code == 400
    assert f'value="{NAME}"' in form
    assert BulkJob.objects.latest("pk").request["name"] == "Partners 2"


@pytest.mark.parametrize("path", ["", "export/", "rename/", "delete/", "hubspot-list/"])
def test_a_view_of_another_connection_is_not_there(
    connection: Connection, view: SavedView, as_user: LogIn, path: str
) -> None:
    other = Connection.objects.exclude(pk=connection.pk).get()

    answer = as_user("stranger").get(f"/connections/{other.pk}/views/{view.public_id}/{path}")

    assert answer.status_code == 404


# --- the REST API ----------------------------------------------------------------------------------


def api_call(people: People, role: str, method: str, path: str, data: Any = None) -> Any:
    _, token = ApiToken.issue(user=people.of(role), name="test")
    return Client().generic(
        method,
        f"/api/v1{path}",
        data="" if data is None else json.dumps(data),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_a_program_makes_reads_renames_and_deletes_a_view(
    at: str, error: SyncError, connection: Connection, people: People
) -> None:
    made = api_call(
        people,
        "operator",
        "POST",
        f"{at}/views/",
        {"name": NAME, "error": error.pk, "search": "Lead", "hubspot_list": True},
    )
    assert made.status_code == 201
    facts = made.json()
    assert (facts["name"], facts["records"], facts["open_records"]) == (NAME, 11, 11)
    assert (facts["error"], facts["created_by"]) == (error.pk, "Operator")
    assert (facts["hubspot_list"], facts["hubspot_lists"]) == ("queued", [])
    address = f"{at}/views/{facts['id']}/"
    succeed(connection, 100, 101)

    listed = api_call(people, "viewer", "GET", f"{at}/views/").json()
    shown = api_call(people, "viewer", "GET", address).json()
    assert listed["results"] == [shown]
    assert (shown["open_records"], shown["resolved"]) == (9, 2)
    records = api_call(people, "viewer", "GET", f"{address}records/?state=resolved&limit=1").json()
    assert (records["results"][0]["label"], records["results"][0]["state"]) == (
        "Lead 100",
        "resolved",
    )
    following = Client().get(
        records["next"],
        headers={"Authorization": f"Bearer {ApiToken.issue(user=people.viewer, name='n')[1]}"},
    )
    assert [row["label"] for row in following.json()["results"]] == ["Lead 101"]
    _, *rows = rows_of(api_call(people, "viewer", "GET", f"{address}records/export/?state=open"))
    assert len(rows) == 9
    _, *rows = rows_of(
        api_call(people, "viewer", "GET", f"{at}/errors/{error.pk}/records/export/?search=Lead 11")
    )
    assert [row[0] for row in rows] == ["Lead 110"]
    renamed = api_call(people, "operator", "PATCH", address, {"name": "Others"})
    assert renamed.json()["name"] == "Others"
    assert api_call(people, "operator", "DELETE", address).status_code == 204
    assert api_call(people, "viewer", "GET", address).status_code == 404
    assert AffectedRecord.objects.filter(error=error).count() == 12


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 400, "invalid", "error"),
        ({"name": "x", "error": "1"}, 400, "invalid", "error"),
        ({"name": "x", "error": True}, 400, "invalid", "error"),
        ({"error": 0}, 400, "name_required", "name"),
        ({"name": 5, "error": 0}, 400, "invalid", "name"),
        ({"name": "x" * 121, "error": 0}, 400, "name_too_long", "name"),
        ({"name": "x", "error": 0, "search": "y" * 201}, 400, "invalid", "search"),
        ({"name": "x", "error": 0, "search": "\x00"}, 400, "invalid", "search"),
        ({"name": "x", "error": 0, "hubspot_list": "yes"}, 400, "invalid", "hubspot_list"),
        ({"name": "PARTNERS", "error": 0}, 409, "name_taken", "name"),
        ({"name": "x", "error": 0, "search": "nobody"}, 409, "no_records", ""),
        ({"name": "x", "error": 10**30}, 404, "not_found", ""),
        ([], 400, "invalid", ""),
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_refused_with_a_code_and_the_field(
    at: str, view: SavedView, people: People, body: Any, status: int, code: str, field: str
) -> None:
    if isinstance(body, dict) and body.get("error") == 0 and body["error"] is not False:
        body = {**body, "error": view.error_id}

    answer = api_call(people, "operator", "POST", f"{at}/views/", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(answer.json()["fields"]) == ([field] if field else [])
    assert SavedView.objects.count() == 1


def test_a_filter_that_makes_no_sense_is_refused(at: str, view: SavedView, people: People) -> None:
    address = f"{at}/views/{view.public_id}/records/"

    for path in ("?state=broken", "?cursor=x", "?limit=0", "export/?state=broken"):
        assert api_call(people, "viewer", "GET", address + path).status_code == 400
    assert api_call(people, "viewer", "GET", f"{at}/views/?cursor=x").status_code == 400


def test_who_may_do_what_through_the_api(at: str, view: SavedView, people: People) -> None:
    address = f"{at}/views/{view.public_id}/"

    for path in (f"{at}/views/", address, f"{address}records/", f"{address}records/export/"):
        assert api_call(people, "viewer", "GET", path).status_code == 200
        assert api_call(people, "stranger", "GET", path).status_code == 404
    for role, status in (("viewer", 403), ("stranger", 404)):
        assert api_call(people, role, "POST", f"{at}/views/", {}).status_code == status
        assert api_call(people, role, "PATCH", address, {}).status_code == status
        assert api_call(people, role, "DELETE", address).status_code == status


def test_a_listing_of_views_costs_the_same_for_few_and_for_many(
    at: str,
    view: SavedView,
    connection: Connection,
    people: People,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ask_for_lists(view=view, user=None)
    for number in range(30):
        SavedView.objects.create(
            connection=connection, name=f"V{number}", hubspot_lists=view.hubspot_lists
        )

    with django_assert_max_num_queries(12):
        answer = api_call(people, "viewer", "GET", f"{at}/views/")

    assert len(answer.json()["results"]) == 31


def test_a_program_tries_a_list_again_under_another_name(
    at: str, view: SavedView, people: People
) -> None:
    answer = api_call(
        people,
        "operator",
        "PATCH",
        f"{at}/views/{view.public_id}/",
        {"hubspot_list": True, "hubspot_list_name": "Partners 2"},
    )

    assert answer.json()["hubspot_list"] == "queued"
    assert answer.json()["name"] == NAME
    assert BulkJob.objects.get().request["name"] == "Partners 2"


def test_a_program_whose_list_name_is_refused_has_changed_nothing(
    at: str, view: SavedView, people: People
) -> None:
    answer = api_call(
        people,
        "operator",
        "PATCH",
        f"{at}/views/{view.public_id}/",
        {"name": "Renamed", "hubspot_list": True, "hubspot_list_name": "x" * 121},
    )

    view.refresh_from_db()
    assert (answer.status_code, answer.json()["code"]) == (400, "name_too_long")
    assert (view.name, BulkJob.objects.count()) == (NAME, 0)

"""The REST API: who gets in, what it answers, and how it refuses."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken, User
from errors.models import ResyncBatch, SyncError
from errors.types import ErrorType
from integrations.models import Connection
from tests.people import People, record_values

Call = Callable[..., Any]
LogIn = Callable[[str], Client]


READS = ["api-usage/", "error-types/", "errors/", "errors/export/"]


@pytest.mark.parametrize("path", READS)
def test_without_a_token_nobody_gets_in(call: Call, path: str) -> None:
    answer = call("", "GET", path)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert set(answer.json()) == {"code", "detail", "fields"}


@pytest.mark.parametrize("path", READS)
def test_a_wrong_token_is_refused(call: Call, path: str) -> None:
    assert call("shp_wrong", "GET", path).status_code == 401


@pytest.mark.parametrize("path", READS)
def test_a_stranger_finds_nothing(call: Call, path: str) -> None:
    assert call("stranger", "GET", path).status_code == 404


def test_a_token_of_somebody_who_left_is_refused(call: Call, people: People) -> None:
    User.objects.filter(pk=people.of("viewer").pk).update(is_active=False)

    assert call("viewer", "GET", "errors/").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("PATCH", "api-usage/", {"allotted_to_hubspot": 5}),
        ("POST", "resync-batches/", {"errors": [1]}),
    ],
    ids=["allotment", "resync"],
)
def test_a_viewer_changes_nothing(call: Call, method: str, path: str, data: Any) -> None:
    answer = call("viewer", method, path, data)

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


@pytest.mark.parametrize(
    "value", [-1, "abc", "", None, 1.5, True, 10**12, [], {}], ids=lambda value: repr(value)
)
def test_an_allotment_that_cannot_be_is_refused_and_changes_nothing(
    call: Call, connection: Connection, value: Any
) -> None:
    answer = call("operator", "PATCH", "api-usage/", {"allotted_to_hubspot": value})

    assert answer.status_code == 400
    assert answer.json()["fields"]["allotted_to_hubspot"]
    before = connection.allotment
    connection.refresh_from_db()
    assert connection.allotment == before


@pytest.mark.parametrize("body", ["[]", '"x"', "5"], ids=["list", "text", "number"])
def test_a_body_that_is_no_object_is_refused(call: Call, body: str) -> None:
    assert call("operator", "PATCH", "api-usage/", body).status_code == 400
    assert call("operator", "POST", "resync-batches/", body).status_code == 400


def test_broken_json_is_refused(call: Call) -> None:
    answer = call("operator", "PATCH", "api-usage/", "{")

    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


def test_the_allotment_is_set(call: Call) -> None:
    answer = call("operator", "PATCH", "api-usage/", {"allotted_to_hubspot": 4321})

    assert answer.json()["allotted_to_hubspot"] == 4321
    assert len(answer.json()["hourly"]) == 24


def test_eight_types_in_their_order(call: Call) -> None:
    rows = call("viewer", "GET", "error-types/").json()["results"]

    assert [row["type"] for row in rows] == ErrorType.values
    assert all(row["errors"] == 1 for row in rows)


@pytest.mark.parametrize(
    "query",
    [
        "type=nonsense",
        "status=nonsense",
        "cursor=nonsense",
        "limit=0",
        "limit=201",
        "limit=x",
        f"limit={'9' * 5000}",
        "limit=%C2%B2",
        "search=%00",
        "search=" + "x" * 300,
    ],
    ids=lambda query: query[:20],
)
def test_a_filter_that_makes_no_sense_is_refused(call: Call, query: str) -> None:
    answer = call("viewer", "GET", f"errors/?{query}")

    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["fields"]


@pytest.mark.parametrize("number", ["999999999", "9" * 30, "0"])
def test_an_error_that_is_not_there(call: Call, number: str) -> None:
    assert call("viewer", "GET", f"errors/{number}/").status_code == 404
    assert call("viewer", "GET", f"errors/{number}/records/").status_code == 404


def test_an_error_of_another_connection_is_not_there(call: Call, connection: Connection) -> None:
    error = SyncError.objects.filter(connection=connection).earliest("pk")
    other = Connection.objects.exclude(pk=connection.pk).get()
    SyncError.objects.filter(pk=error.pk).update(connection=other)

    assert call("admin", "GET", f"errors/{error.pk}/").status_code == 404
    refused = call("admin", "POST", "resync-batches/", {"errors": [error.pk]})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_errors")


def test_pages_show_each_error_once_forwards_and_backwards(
    call: Call, connection: Connection
) -> None:
    record_values(connection, 60)
    path, seen, pages = "errors/?type=property-values&limit=7", [], []
    while path:
        body = call("viewer", "GET", path).json()
        pages.append([row["id"] for row in body["results"]])
        seen += pages[-1]
        path = (body["next"] or "").partition(f"/connections/{connection.pk}/")[2]
        last = body
    path = last["previous"].partition(f"/connections/{connection.pk}/")[2]

    assert len(seen) == len(set(seen)) == 61
    assert [row["id"] for row in call("viewer", "GET", path).json()["results"]] == pages[-2]


def test_one_error_says_what_it_means_and_what_to_do(call: Call) -> None:
    row = call("viewer", "GET", "errors/?type=picklists").json()["results"][0]
    one = call("viewer", "GET", f"errors/{row['id']}/").json()

    assert one["explanation"]
    assert len(one["steps"]) >= 2
    records = call("viewer", "GET", f"errors/{row['id']}/records/").json()["results"]
    assert {
        "object",
        "hubspot_id",
        "salesforce_id",
        "hubspot_url",
        "salesforce_url",
        "message",
    } <= set(records[0])


def test_texts_come_in_the_language_that_was_asked_for(call: Call) -> None:
    rows = call("stranger", "GET", "errors/", **{"Accept-Language": "pl"})
    assert rows.status_code == 404
    cards = call("viewer", "GET", "error-types/", **{"Accept-Language": "pl"}).json()["results"]

    assert cards[0]["label"] == "Powiązania"


@pytest.mark.parametrize("accept", ["text/csv", "*/*", ""], ids=["csv", "any", "none"])
def test_the_export_is_csv_whatever_is_accepted(call: Call, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = call("viewer", "GET", "errors/export/?type=picklists", **headers)

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], "no_errors"),
        (list(range(1, 102)), "too_many_errors"),
        ([10**30], "unknown_errors"),
        ([-1], "unknown_errors"),
        (["1"], "invalid"),
        ([True], "invalid"),
        ({"a": 1}, "invalid"),
        (None, "invalid"),
    ],
    ids=["none", "101", "huge", "negative", "text", "boolean", "object", "missing"],
)
def test_a_selection_that_cannot_be_resynced_says_why(call: Call, errors: Any, code: str) -> None:
    answer = call("operator", "POST", "resync-batches/", {"errors": errors})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not ResyncBatch.objects.exists()


def test_the_same_key_gives_the_same_batch_and_another_selection_a_conflict(
    call: Call, connection: Connection
) -> None:
    ids = list(SyncError.objects.filter(connection=connection).values_list("pk", flat=True)[:3])
    key = {"Idempotency-Key": "press-1"}

    first = call("operator", "POST", "resync-batches/", {"errors": ids}, **key)
    again = call("operator", "POST", "resync-batches/", {"errors": ids}, **key)
    other = call("operator", "POST", "resync-batches/", {"errors": ids[:1]}, **key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    batch = call("viewer", "GET", f"resync-batches/{first.json()['id']}/").json()
    assert (batch["state"], batch["total"], len(batch["errors"])) == ("queued", 3, 3)


def test_errors_of_a_live_batch_are_not_taken_twice(call: Call, connection: Connection) -> None:
    ids = list(SyncError.objects.filter(connection=connection).values_list("pk", flat=True)[:2])
    call("operator", "POST", "resync-batches/", {"errors": ids[:1]})

    both = call("operator", "POST", "resync-batches/", {"errors": ids})
    again = call("operator", "POST", "resync-batches/", {"errors": ids})

    assert (both.status_code, both.json()["skipped"]) == (202, ids[:1])
    assert (again.status_code, again.json()["code"]) == (409, "already_in_live_batch")


def test_a_method_that_is_not_there_is_refused_in_the_same_shape(call: Call) -> None:
    answer = call("admin", "DELETE", "errors/")

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_a_page_of_errors_costs_the_same_however_many_there_are(
    call: Call, connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    call("viewer", "GET", "errors/")  # the token's last use is noted now
    record_values(connection, 80)

    # The token with its user, the connection, the role, the page.
    with django_assert_num_queries(4):
        call("viewer", "GET", "errors/?limit=50")


def test_the_openapi_file_is_valid_and_open_to_all() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")

    assert Client().get("/api/v1/schema/").status_code == 200
    assert Client().get("/api/v1/docs/").status_code == 200


@pytest.mark.parametrize("path", ["errors/abc/", "jobs/999/", "views/9/", "moods/", "errors/abc"])
def test_an_address_that_is_no_call_is_refused_in_json(call: Call, path: str) -> None:
    answer = call("viewer", "GET", path)
    if answer.status_code == 301:  # the slash was missing
        answer = call("viewer", "GET", path + "/")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert set(answer.json()) == {"code", "detail", "fields"}


def test_the_root_says_where_to_begin(call: Call, people: People) -> None:
    _, token = ApiToken.issue(user=people.viewer, name="root")
    answer = Client().get("/api/v1/", headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["connections"] == "http://testserver/api/v1/connections/"
    assert Client().get("/api/v1/").status_code == 401
    assert Client().get("/api/v1/moods/").status_code == 401

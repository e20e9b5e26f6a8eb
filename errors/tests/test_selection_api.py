"""The REST calls that filter, sort, ignore, take up and assign errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken
from common import clock
from errors.models import SyncError
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
from integrations.testing import make_connection
from tests.people import People, record_every_type, record_values

Call = Callable[..., Any]


@pytest.fixture
def connection(db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    return made


@pytest.fixture
def call(connection: Connection, people: People) -> Call:
    """`call(role, path below the connection, body)`: POST with a body, GET without one."""
    tokens = {
        role: ApiToken.issue(user=people.of(role), name="test")[1]
        for role in ("viewer", "operator", "admin", "stranger")
    }

    def make(role: str, path: str, body: Any = None) -> Any:
        return Client().generic(
            "GET" if body is None else "POST",
            f"/api/v1/connections/{connection.pk}/{path}",
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {tokens[role]}"} if role else {},
        )

    return make


@pytest.fixture
def ids(connection: Connection) -> list[int]:
    errors = SyncError.objects.filter(connection=connection).order_by("pk")
    return list(errors.values_list("pk", flat=True))


def test_errors_are_ignored_and_say_so(call: Call, people: People, ids: list[int]) -> None:
    until = (clock.now() + timedelta(days=3)).replace(microsecond=0)
    body = {"errors": ids[:2], "reason": "Known.", "until": until.isoformat(), "above": 5}

    answer = call("operator", "errors/ignore/", body)
    again = call("operator", "errors/ignore/", body)

    assert (answer.status_code, answer.json()) == (200, {"changed": ids[:2], "unchanged": []})
    assert again.json() == {"changed": [], "unchanged": ids[:2]}
    listed = call("viewer", "errors/?status=ignored").json()["results"]
    assert {error["id"] for error in listed} == set(ids[:2])
    said = listed[0]["ignored"]
    assert (said["by"], said["reason"], said["above"]) == ("operator@example.com", "Known.", 5)
    assert said["until"] == until.isoformat().replace("+00:00", "Z")
    assert call("viewer", f"errors/{ids[0]}/").json()["ignored"]["reason"] == "Known."
    assert call("viewer", f"errors/{ids[2]}/").json()["ignored"] is None


def test_growth_can_be_measured_from_now(call: Call, ids: list[int]) -> None:
    call("operator", "errors/ignore/", {"errors": ids[:1], "reason": "Known.", "above": "now"})

    assert SyncError.objects.get(pk=ids[0]).ignored_above == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": 5}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"until": "soon"}, "until"),
        ({"until": 5}, "until"),
        ({"until": "2026-02-31T00:00:00Z"}, "until"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "9999-12-31T23:59:59Z"}, "until"),
        ({"above": "many"}, "above"),
        ({"above": True}, "above"),
        ({"above": 0}, "above"),
        ({"above": 10**12}, "above"),
        ({"errors": "1"}, "errors"),
        ({"errors": [True]}, "errors"),
        ({"errors": None}, "errors"),
    ],
    ids=repr,
)
def test_ignoring_that_makes_no_sense_names_the_field(
    call: Call, ids: list[int], changed: dict[str, Any], field: str
) -> None:
    answer = call("operator", "errors/ignore/", {"errors": ids[:1], "reason": "Known.", **changed})

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert field in answer.json()["fields"]
    assert not SyncError.objects.filter(status="ignored").exists()


def test_a_number_that_is_passed_already_names_the_errors(call: Call, ids: list[int]) -> None:
    SyncError.objects.filter(pk=ids[1]).update(open_records=9)

    answer = call("operator", "errors/ignore/", {"errors": ids[:2], "reason": "Known.", "above": 4})

    assert (answer.status_code, answer.json()["code"]) == (400, "already_above")
    assert answer.json()["fields"]["errors"] == [ids[1]]


def test_errors_are_taken_up_again(call: Call, ids: list[int]) -> None:
    call("operator", "errors/ignore/", {"errors": ids[:1], "reason": "Known."})

    answer = call("operator", "errors/take-up/", {"errors": ids[:2]})

    assert answer.json() == {"changed": ids[:1], "unchanged": ids[1:2]}
    taken = call("viewer", f"errors/{ids[0]}/").json()
    assert (taken["status"], taken["ignored"], taken["came_back"]) == ("open", None, 1)


def test_errors_are_assigned_by_mail_address(call: Call, ids: list[int]) -> None:
    given = call("operator", "errors/assign/", {"errors": ids[:2], "to": "Viewer@Example.com"})
    back = call("operator", "errors/assign/", {"errors": ids[:1], "to": None})

    assert given.json() == {"changed": ids[:2], "unchanged": []}
    assert back.json() == {"changed": ids[:1], "unchanged": []}
    mine = call("viewer", "errors/?assigned=me").json()["results"]
    assert [(error["id"], error["assigned_to"]) for error in mine] == [
        (ids[1], "viewer@example.com")
    ]
    assert len(call("viewer", "errors/?assigned=nobody").json()["results"]) == len(ids) - 1


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("stranger@example.com", "not_a_member"),
        ("", "not_a_member"),
        (5, "invalid"),
        ([], "invalid"),
    ],
    ids=repr,
)
def test_who_cannot_have_an_error_is_refused(
    call: Call, ids: list[int], to: Any, code: str
) -> None:
    answer = call("operator", "errors/assign/", {"errors": ids[:1], "to": to})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert "to" in answer.json()["fields"]


def test_whom_to_assign_to_must_be_said(call: Call, ids: list[int]) -> None:
    assert call("operator", "errors/assign/", {"errors": ids[:1]}).status_code == 400


CALLS: dict[str, dict[str, Any]] = {
    "errors/ignore/": {"reason": "Known."},
    "errors/take-up/": {},
    "errors/assign/": {"to": None},
}


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ([], "no_errors"),
        ([999999], "unknown_errors"),
        ([10**30], "unknown_errors"),
        ([-1], "unknown_errors"),
        (list(range(1, 202)), "too_many_errors"),
    ],
    ids=["none", "unknown", "huge", "negative", "many"],
)
def test_a_selection_that_cannot_be_is_refused(
    call: Call, path: str, chosen: list[int], code: str
) -> None:
    answer = call("operator", path, {"errors": chosen, **CALLS[path]})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    if code == "unknown_errors":
        assert answer.json()["fields"]["errors"] == chosen


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("errors/ignore/", {"errors": [1], "reason": "\ud800"}),
        ("views/", {"name": "Mine", "error": 1, "search": "\ud800"}),
        ("resync-all/", {"filters": {"search": "\ud800"}}),
        ("imports/", {"object": "\ud800", "scope": "all"}),
    ],
    ids=["ignore", "views", "resync-all", "imports"],
)
def test_half_a_character_is_refused(call: Call, path: str, body: dict[str, Any]) -> None:
    assert call("operator", path, body).status_code == 400


@pytest.mark.parametrize("path", CALLS)
def test_who_may_not_changes_nothing(call: Call, path: str, ids: list[int]) -> None:
    body = {"errors": ids[:1], **CALLS[path]}

    assert call("viewer", path, body).status_code == 403
    assert call("stranger", path, body).status_code == 404
    assert call("", path, body).status_code == 401
    assert call("operator", path, ["no", "object"]).status_code == 400
    assert not SyncError.objects.filter(status="ignored").exists()


def test_an_error_of_another_connection_is_unknown(call: Call, ids: list[int]) -> None:
    other = Connection.objects.exclude(errors__pk=ids[0]).get()
    SyncError.objects.filter(pk=ids[0]).update(connection=other)

    for path, more in CALLS.items():
        answer = call("admin", path, {"errors": ids[:2], **more})
        assert answer.json()["code"] == "unknown_errors"


def test_members_are_listed_for_choosing(call: Call) -> None:
    answer = call("viewer", "members/").json()

    assert [(row["name"], row["email"], row["role"]) for row in answer["results"]] == [
        ("Admin", "admin@example.com", "admin"),
        ("Operator", "operator@example.com", "operator"),
        ("Viewer", "viewer@example.com", "viewer"),
    ]
    assert call("stranger", "members/").status_code == 404
    assert call("", "members/").status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "code=nonsense",
        "object=cars",
        "direction=up",
        "age=soon",
        "assigned=stranger@example.com",
        "assigned=0",
        "sort=up",
        "type=picklists&code=waiting-for-account",
    ],
)
def test_a_filter_that_makes_no_sense_names_the_parameter(call: Call, query: str) -> None:
    wrong = query.rpartition("&")[2].partition("=")[0]

    answer = call("viewer", f"errors/?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [wrong]
    if wrong != "sort":
        assert call("viewer", f"errors/export/?{query}").status_code == 400


def test_errors_are_filtered_by_object_direction_and_age(
    call: Call, connection: Connection, ids: list[int]
) -> None:
    ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        salesforce_object="Contact",
        label="Contacts",
    )
    SyncError.objects.filter(pk=ids[0]).update(opened_at=clock.now() - timedelta(days=8))

    def found(query: str) -> int:
        return len(call("viewer", f"errors/?{query}").json()["results"])

    assert found("object=contacts") == found("object=Contact") == len(ids)
    assert found("direction=to_hubspot") == 0
    assert found("age=over-7d") == 1
    assert found("age=24h&type=") == len(ids) - 1
    assert found("status=all") == found("status=") == len(ids)


@pytest.mark.parametrize("sort", ["newest", "records", "first-seen", "last-seen"])
def test_each_order_is_paged_without_losing_a_row(
    call: Call, connection: Connection, sort: str
) -> None:
    record_values(connection, 7)
    path, found = f"errors/?type=property-values&sort={sort}&limit=3", []
    for _ in range(4):
        page = call("viewer", path).json()
        found += [row["id"] for row in page["results"]]
        if not page["next"]:
            break
        path = page["next"].partition(f"/connections/{connection.pk}/")[2]

    errors = SyncError.objects.filter(connection=connection, type=ErrorType.PROPERTY_VALUES)
    assert sorted(found) == sorted(errors.values_list("pk", flat=True))


def test_a_cursor_of_another_order_is_refused(call: Call) -> None:
    following = call("viewer", "errors/?sort=records&limit=2").json()["next"].partition("?")[2]

    answer = call("viewer", "errors/?" + following.replace("sort=records", "sort=newest"))

    assert answer.status_code == 400
    assert "cursor" in answer.json()["fields"]


def test_queries_of_the_listing_do_not_grow(
    call: Call,
    connection: Connection,
    people: People,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    call("viewer", "errors/")  # notes the use of the token once

    for number in (3, 60):
        record_values(connection, number)
        SyncError.objects.update(assigned_to=people.viewer, ignored_by=people.admin)
        # token with its user, connection, role, members to filter by, page of errors; errors of blocking records,
        # names of duplicates
        with django_assert_num_queries(7):
            call("viewer", f"errors/?limit=200&assigned={people.viewer.email}")

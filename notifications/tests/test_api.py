"""GET and PUT connections/{id}/notifications/."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from errors.types import ErrorType
from integrations.models import Connection
from notifications.models import Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(connection: Connection, reader: User) -> Any:
    _token, text = ApiToken.issue(user=reader, name="test")
    client = Client(headers={"Authorization": f"Bearer {text}"})
    url = f"/api/v1/connections/{connection.pk}/notifications/"

    def run(method: str, body: Any = None) -> Any:
        return client.generic(
            method,
            url,
            data=b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
        )

    return run


def test_who_never_chose_is_off_with_the_defaults(call: Any) -> None:
    answer = call("GET")

    assert answer.status_code == 200
    assert answer.json() == {
        "enabled": False,
        "frequency": "daily",
        "hour": 8,
        "weekday": 0,
        "types": list(ErrorType.values),
        "when_quiet": False,
        "about_connection": True,
        "time_zone": "Europe/Warsaw",
        "next_digest_at": None,
        "address": "reader@example.com",
        "refused": "",
    }
    assert not Subscription.objects.exists()


def test_put_stores_the_choice_and_says_when_the_next_digest_is_due(
    call: Any, reader: User
) -> None:
    answer = call(
        "PUT",
        {
            "enabled": True,
            "frequency": "weekly",
            "hour": 6,
            "weekday": 4,
            "types": ["picklists", "duplicates"],
        },
    )

    assert answer.status_code == 200
    told = answer.json()
    assert (told["enabled"], told["frequency"], told["hour"], told["weekday"]) == (
        True,
        "weekly",
        6,
        4,
    )
    assert told["types"] == ["duplicates", "picklists"]
    assert told["next_digest_at"]
    assert call("GET").json() == told
    assert Subscription.objects.get(user=reader).frequency == "weekly"


def test_what_is_not_sent_stays(call: Any) -> None:
    call("PUT", {"enabled": True, "frequency": "daily", "hour": 17, "types": ["other"]})
    answer = call("PUT", {"enabled": True, "frequency": "weekly"})

    assert (answer.json()["hour"], answer.json()["types"]) == (17, ["other"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"enabled", "frequency"}),
        ({"enabled": True, "frequency": "hourly"}, {"frequency"}),
        ({"enabled": "perhaps", "frequency": "daily"}, {"enabled"}),
        ({"enabled": True, "frequency": "daily", "hour": 24}, {"hour"}),
        ({"enabled": True, "frequency": "daily", "hour": -1, "weekday": 7}, {"hour", "weekday"}),
        ({"enabled": True, "frequency": "weekly", "weekday": "monday"}, {"weekday"}),
        ({"enabled": True, "frequency": "daily", "types": []}, {"types"}),
        ({"enabled": True, "frequency": "daily", "types": ["nonsense"]}, {"types"}),
        ([1, 2], {"non_field_errors"}),
    ],
)
def test_bad_input_is_answered_field_by_field(call: Any, body: Any, fields: set[str]) -> None:
    answer = call("PUT", body)

    assert answer.status_code == 400
    refusal = answer.json()
    assert refusal["code"] == "invalid"
    assert refusal["detail"]
    assert set(refusal["fields"]) == fields
    assert not Subscription.objects.exists()


def test_stranger_finds_no_connection_there(connection: Connection) -> None:
    stranger = User.objects.create_user("stranger@example.com", "x")
    _token, text = ApiToken.issue(user=stranger, name="test")
    client = Client(headers={"Authorization": f"Bearer {text}"})
    url = f"/api/v1/connections/{connection.pk}/notifications/"

    assert client.get(url).status_code == 404
    assert client.put(url).status_code == 404
    assert Client().get(url).status_code == 401

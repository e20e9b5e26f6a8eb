"""REST calls that preview and start an update of a property."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken
from errors.models import BulkJob, SavedView, SyncError
from errors.tests.update_connection import fail_contacts, let_contacts_sync, make_updatable, pair
from integrations.models import Connection, ObjectMapping, PropertyMapping
from integrations.testing import make_connection
from tests.people import make_people

Call = Callable[..., Any]


@pytest.fixture
def connection(db: None) -> Connection:
    return make_updatable()


@pytest.fixture
def error(connection: Connection) -> SyncError:
    return fail_contacts(connection, 12)


@pytest.fixture
def call(connection: Connection) -> Call:
    people = make_people(connection)
    tokens = {
        role: ApiToken.issue(user=people.of(role), name="test")[1]
        for role in ("viewer", "operator", "stranger")
    }

    def post(path: str, data: Any, role: str = "operator", **headers: str) -> Any:
        if role:
            headers["Authorization"] = f"Bearer {tokens[role]}"
        return Client().post(
            f"/api/v1/connections/{connection.pk}/{path}",
            json.dumps(data),
            content_type="application/json",
            headers=headers,
        )

    return post


def test_preview_says_what_it_would_do(call: Call, error: SyncError) -> None:
    answer = call(
        "updates/preview/", {"error": error.pk, "property": "jobtitle", "value": "Head of Lab"}
    )
    found = answer.json()

    assert answer.status_code == 200
    assert (found["records"], found["at_most"], found["without_hubspot"]) == (12, False, 0)
    assert (found["hubspot_calls"], found["salesforce_calls"]) == (1, 2)
    assert found["sample"][0]["before"] == "<i>Very</i> long"
    assert found["sample"][0]["after"] == "Head of Lab"
    assert not BulkJob.objects.exists()


def test_the_same_key_gives_the_same_job(call: Call, error: SyncError) -> None:
    asked = {"error": error.pk, "property": "tier", "value": "gold"}
    first = call("updates/", asked, **{"Idempotency-Key": "once"})
    fail_contacts(error.connection, 2, start=500)  # the newest record is another now
    again = call("updates/", asked, **{"Idempotency-Key": "once"})
    other = call("updates/", {**asked, "mode": "touch"}, **{"Idempotency-Key": "once"})

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["kind"] == "update"
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert BulkJob.objects.get().requested_by is not None


def test_who_may(call: Call, error: SyncError) -> None:
    asked = {"error": error.pk, "property": "jobtitle", "mode": "touch"}
    for path in ("updates/", "updates/preview/"):
        assert call(path, asked, role="").status_code == 401
        assert call(path, asked, role="viewer").status_code == 403
        assert call(path, asked, role="stranger").status_code == 404
    assert not BulkJob.objects.exists()


WRONG = [
    ({}, 400, "invalid", "error"),
    ({"type": "picklists", "error": 1}, 400, "invalid", "error"),
    ({"type": "moods"}, 400, "invalid", "type"),
    ({"error": "many"}, 400, "invalid", "error"),
    ({"error": 999_999}, 404, "not_found", ""),
    ({"error": 10**30}, 400, "invalid", "error"),
    ({"view": "x"}, 400, "invalid", "view"),
    ({"view": "00000000-0000-0000-0000-000000000000"}, 404, "not_found", ""),
    ({"ok": 1, "property": ""}, 400, "invalid", "property"),
    ({"ok": 1, "property": "mood"}, 400, "invalid", "property"),
    ({"ok": 1, "pair": 999_999}, 400, "invalid_update", "pair"),
    ({"ok": 1, "property": "jobtitle", "mode": "shout"}, 400, "invalid", "mode"),
    ({"ok": 1, "property": "jobtitle"}, 400, "invalid_update", "value"),
    ({"ok": 1, "property": "jobtitle", "value": "x" * 41}, 400, "invalid_update", "value"),
    ({"ok": 1, "property": "jobtitle", "value": ["x"]}, 400, "invalid", "value"),
    ({"ok": 1, "property": "born", "value": "soon"}, 400, "invalid_update", "value"),
    ({"ok": 1, "property": "tier", "value": "iron"}, 400, "invalid_update", "value"),
    ({"ok": 1, "property": "made", "mode": "touch"}, 400, "invalid_update", "pair"),
]


@pytest.mark.parametrize(("data", "status", "code", "field"), WRONG)
def test_what_cannot_be_is_refused_with_a_code_and_its_field(
    call: Call, error: SyncError, data: dict[str, Any], status: int, code: str, field: str
) -> None:
    asked = dict(data)
    if asked.pop("ok", None):
        asked["error"] = error.pk
    for path in ("updates/", "updates/preview/"):
        answer = call(path, asked)
        said = answer.json()
        assert (answer.status_code, said["code"]) == (status, code), said
        assert list(said["fields"]) == ([field] if field else [])
    assert not BulkJob.objects.exists()


def test_view_of_another_connection_is_not_there(call: Call, error: SyncError) -> None:
    other = make_connection(name="Other", hub_id="77")
    view = SavedView.objects.create(connection=other, name="Theirs")

    answer = call("updates/", {"view": str(view.public_id), "property": "tier", "mode": "touch"})

    assert answer.status_code == 404


def test_property_that_is_mapped_twice_needs_its_pair(call: Call, error: SyncError) -> None:
    mapping = ObjectMapping.objects.get()
    PropertyMapping.objects.create(
        object_mapping=mapping, hubspot_property="tier", salesforce_field="Other__c"
    )
    first = PropertyMapping.objects.filter(hubspot_property="tier").earliest("pk")
    asked = {"error": error.pk, "property": "tier", "mode": "touch"}

    assert "pair" in call("updates/", asked).json()["fields"]
    assert call("updates/", {**asked, "pair": first.pk}).status_code == 202


def test_records_that_sync_again_leave_nothing_to_update(call: Call, error: SyncError) -> None:
    asked = {"error": error.pk, "property": "tier", "value": "gold"}
    first = call("updates/", asked, **{"Idempotency-Key": "once"})
    let_contacts_sync(error.connection, 12)

    lost = call("updates/", asked, **{"Idempotency-Key": "once"})
    new = call("updates/", asked)

    assert (lost.status_code, lost.json()["id"]) == (202, first.json()["id"])
    assert (new.status_code, new.json()["code"]) == (400, "nothing_to_update")
    assert BulkJob.objects.count() == 1


def test_object_that_does_not_sync_is_refused(call: Call, error: SyncError) -> None:
    ObjectMapping.objects.update(enabled=False)
    answer = call("updates/", {"error": error.pk, "pair": pair("tier"), "mode": "touch"})

    assert (answer.status_code, answer.json()["code"]) == (400, "object_not_synced")

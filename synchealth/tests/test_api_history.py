"""The REST calls about one record, the history, and the log of resyncs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from errors.models import AffectedRecord, ErrorDay, ResyncBatch, SyncError
from errors.recording import record_outcomes
from errors.tests.world import link_contact, map_contacts
from errors.types import ErrorType
from integrations.models import Connection
from synchealth.tests.test_api import Call
from tests.people import refusal

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)


@pytest.fixture
def row(connection: Connection) -> AffectedRecord:
    return AffectedRecord.objects.get(error__type=ErrorType.PICKLISTS)


def test_a_record_tells_values_errors_and_attempts(
    call: Call, connection: Connection, row: AffectedRecord
) -> None:
    link_contact(map_contacts(connection), row.hubspot_id, row.salesforce_id)

    told = call("viewer", "GET", f"records/{row.pk}/").json()

    assert (told["id"], told["hubspot_id"]) == (row.pk, row.hubspot_id)
    assert told["hubspot_url"].endswith(f"/record/0-1/{row.hubspot_id}")
    title = told["values"][1]
    assert title == {
        "property": "jobtitle",
        "field": "Title",
        "rule": "prefer_salesforce",
        "paused": False,
        "hubspot_value": "x" * 300,
        "salesforce_value": "Countess",
        "differs": True,
        "pending": ["to_salesforce"],
    }
    assert told["values"][3]["hubspot_value"] is None
    assert [(one["id"], one["open"]) for one in told["errors"]] == [(row.error_id, True)]
    attempt = told["attempts"][0]
    assert (attempt["result"], attempt["times"], attempt["errors"]) == ("failed", 1, [row.error_id])
    assert told["attempts_next"] is None


def test_attempts_go_on_behind_a_cursor(
    call: Call, connection: Connection, row: AffectedRecord
) -> None:
    number = int(row.hubspot_id) - 1000
    for index in range(4):
        record_outcomes(
            connection_id=connection.pk,
            outcomes=[refusal(ErrorType.PICKLISTS, number, field=f"f{index}")],
        )

    first = call("viewer", "GET", f"records/{row.pk}/?limit=3").json()
    path = first["attempts_next"].split(f"/connections/{connection.pk}/")[1]
    rest = call("viewer", "GET", path).json()

    assert (len(first["attempts"]), len(rest["attempts"]), rest["attempts_next"]) == (3, 2, None)


@pytest.mark.parametrize("number", [0, 10**6, 2**63])
def test_an_unknown_record_is_404(call: Call, number: int) -> None:
    for method, path in (("GET", ""), ("POST", "resync/")):
        answer = call("operator", method, f"records/{number}/{path}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


def test_a_record_is_resynced_once_a_key(call: Call, row: AffectedRecord) -> None:
    first, again = (
        call("operator", "POST", f"records/{row.pk}/resync/", **{"Idempotency-Key": "k"})
        for _ in range(2)
    )
    other = call("operator", "POST", f"records/{row.pk}/resync/")

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert [one["id"] for one in first.json()["errors"]] == [row.error_id]
    assert (other.status_code, other.json()["code"]) == (409, "already_in_live_batch")
    assert ResyncBatch.objects.get().record_key == row.record_key


def test_a_viewer_resyncs_no_record_and_a_stranger_finds_none(
    call: Call, row: AffectedRecord
) -> None:
    assert call("viewer", "POST", f"records/{row.pk}/resync/").status_code == 403
    assert call("stranger", "GET", f"records/{row.pk}/").status_code == 404
    for path in ("history/", "resync-batches/"):
        assert call("stranger", "GET", path).status_code == 404
        assert call("", "GET", path).status_code == 401


def test_a_key_that_is_none_is_refused(call: Call, row: AffectedRecord) -> None:
    answer = call("operator", "POST", f"records/{row.pk}/resync/", **{"Idempotency-Key": "k" * 201})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


@time_machine.travel(NOON, tick=False)
def test_the_history_has_every_day_and_the_time_to_resolve(
    call: Call, connection: Connection
) -> None:
    ErrorDay.objects.all().delete()
    ErrorDay.objects.create(
        connection=connection,
        day=NOON.date() - timedelta(days=2),
        type="other",
        opened=3,
        resolved=2,
        seconds_open=7200,
        within_day=2,
        within_week=2,
    )

    told = call("viewer", "GET", "history/?days=7").json()

    assert len(told["days"]) == 7
    assert told["days"][4] == {
        "day": "2026-03-28",
        "opened": 3,
        "reopened": 0,
        "resolved": 2,
        "ignored": 0,
    }
    assert told["time_to_resolve"] == {
        "resolved": 2,
        "average_seconds": 3600,
        "within_hour": 0,
        "within_day": 2,
        "within_week": 2,
    }
    none = call("viewer", "GET", "history/?days=7&type=picklists").json()
    assert none["time_to_resolve"]["average_seconds"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("history/?days=0", "days"),
        ("history/?days=367", "days"),
        ("history/?days=x", "days"),
        ("history/?days=٣", "days"),
        ("history/?type=nonsense", "type"),
        ("resync-batches/?cursor=x", "cursor"),
        ("resync-batches/?limit=0", "limit"),
    ],
)
def test_nonsense_is_refused_by_name(call: Call, query: str, field: str) -> None:
    answer = call("viewer", "GET", query)

    assert answer.status_code == 400
    assert answer.json()["fields"][field]


def test_the_log_goes_page_by_page_and_says_which_errors(call: Call) -> None:
    ids = list(SyncError.objects.order_by("pk").values_list("pk", flat=True))
    for start in (0, 2, 5):
        call("operator", "POST", "resync-batches/", {"errors": ids[start : start + 3 - start // 2]})

    first = call("viewer", "GET", "resync-batches/?limit=2").json()

    assert len(first["results"]) == 2
    assert first["previous"] is None
    newest = first["results"][0]
    assert newest["requested_by"] == "Operator"
    assert sum(one["errors"] for one in newest["types"]) == newest["total"]
    rest = call("viewer", "GET", first["next"].split("/", 7)[-1]).json()
    assert len(rest["results"]) == 1
    assert rest["next"] is None


def test_the_log_costs_the_same_for_one_batch_and_for_many(
    call: Call, django_assert_num_queries: Any
) -> None:
    ids = list(SyncError.objects.order_by("pk").values_list("pk", flat=True))

    call("operator", "POST", "resync-batches/", {"errors": ids[:1]})
    call("viewer", "GET", "resync-batches/")
    # Token, its use noted, connection, role, batches, their types.
    with django_assert_num_queries(5):
        call("viewer", "GET", "resync-batches/")
    for pk in ids[1:]:
        call("operator", "POST", "resync-batches/", {"errors": [pk]})
    with django_assert_num_queries(5):
        call("viewer", "GET", "resync-batches/")

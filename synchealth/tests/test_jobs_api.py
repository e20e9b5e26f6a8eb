"""REST calls about jobs, and Resync all matching by them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from errors.models import BulkJob
from integrations.models import Connection

LogIn = Callable[[str], Client]


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

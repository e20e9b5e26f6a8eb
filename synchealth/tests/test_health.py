from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client


def test_live_answers_without_a_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_ready_when_database_and_cache_answer(client: Client) -> None:
    assert client.get("/healthz/ready").json() == {"ready": True, "database": "ok", "cache": "ok"}


@pytest.mark.django_db
def test_not_ready_without_a_database_and_no_detail_is_told(client: Client) -> None:
    with patch("synchealth.health.MigrationExecutor", side_effect=DatabaseError("secret host")):
        answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json()["database"] == "no answer"
    assert b"secret" not in answer.content

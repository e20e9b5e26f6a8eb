"""Fixtures of the errors app's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from errors.tests.fakes import make_connection, simple_judge
from integrations.models import Connection
from tests.people import People, make_people


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are judged by the rules of `fakes.simple_judge`."""
    monkeypatch.setattr("errors.folding.judge", simple_judge)


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection()


@pytest.fixture
def people(connection: Connection) -> People:
    return make_people(connection)


@pytest.fixture
def as_user(people: People) -> Callable[[str], Client]:
    """`as_user("viewer")` is a client that is logged in as that person."""

    def log_in(role: str) -> Client:
        client = Client()
        client.force_login(people.of(role))
        return client

    return log_in

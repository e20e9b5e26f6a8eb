from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from integrations.models import Connection
from integrations.testing import make_connection
from tests.people import People, make_people, record_every_type


@pytest.fixture
def connection(db: None) -> Connection:
    """A connection with one error of every type."""
    made = make_connection(name="Northwind")
    record_every_type(made)
    return made


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

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken
from integrations.connections import CredentialInput, create_connection
from integrations.models import Connection, Credential, PropertyMapping
from integrations.testing import HUBSPOT_SECRET, SALESFORCE_SECRET, make_connection
from simulators.testing import Simulators
from synchealth.pipeline import run_sync
from tests.people import People, make_people, record_every_type

WORLD = {"contacts": 150, "companies": 40, "deals": 60, "seed": 3}


@pytest.fixture
def synced(transactional_db: None, simulators: Simulators) -> Connection:
    """A connection after its first real sync with a small world, which fails in all eight ways."""
    simulators.control("POST", "seed", WORLD)
    made = create_connection(
        name="World",
        hubspot_credential=CredentialInput(Credential.Kind.HUBSPOT_SERVICE_KEY, HUBSPOT_SECRET),
        salesforce_credential=CredentialInput(
            Credential.Kind.SALESFORCE_CLIENT_CREDENTIALS, SALESFORCE_SECRET
        ),
        user=None,
    )
    PropertyMapping.objects.create(
        object_mapping=made.object_mappings.get(hubspot_object="contacts"),
        hubspot_property="legacy_score",
        salesforce_field="Legacy_Score__c",
    )
    assert run_sync(connection_id=made.pk, reason="manual").stopped == ""
    return made


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


@pytest.fixture
def call(connection: Connection, people: People) -> Callable[..., Any]:
    """`call(role, method, path below the connection, …)` with that person's token; role "" has none."""
    tokens = {
        role: ApiToken.issue(user=people.of(role), name="test")[1]
        for role in ("viewer", "operator", "admin", "stranger")
    }

    def make(role: str, method: str, path: str, data: Any = None, **headers: str) -> Any:
        if role:
            headers["Authorization"] = f"Bearer {tokens.get(role, role)}"
        return Client().generic(
            method,
            f"/api/v1/connections/{connection.pk}/{path}",
            data=data if isinstance(data, str | bytes) else _json(data),
            content_type="application/json",
            headers=headers,
        )

    return make


def _json(data: Any) -> str:
    return "" if data is None else json.dumps(data)

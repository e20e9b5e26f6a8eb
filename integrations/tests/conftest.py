"""A connection to the simulators, and both clients on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.clients import Clients, HubSpotClient, SalesforceClient, open_clients
from integrations.models import CallPurpose, Connection
from integrations.testing import make_connection
from simulators.testing import Simulators


@pytest.fixture
def connection(db: None, simulators: Simulators) -> Connection:
    """A connection to the simulators with plenty of calls; nobody has logged in yet."""
    return make_connection()


@pytest.fixture
def clients(connection: Connection) -> Iterator[Clients]:
    with open_clients(connection=connection, purpose=CallPurpose.SYNC) as opened:
        yield opened


@pytest.fixture
def salesforce(clients: Clients) -> SalesforceClient:
    return clients.salesforce


@pytest.fixture
def hubspot(clients: Clients) -> HubSpotClient:
    return clients.hubspot


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clients' waits take no time; answers the seconds they would have taken."""
    waits: list[float] = []
    for module in ("salesforce", "hubspot_http"):
        monkeypatch.setattr(f"integrations.clients.{module}.pause", waits.append)
    return waits

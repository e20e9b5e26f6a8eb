from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.hubspot import defaults
from simulators.testing import Simulators, start_simulators


class Account:
    """Calls the simulated account over its socket, as one token."""

    def __init__(self, simulators: Simulators) -> None:
        self.simulators, self.url = simulators, simulators.hubspot_url
        self.session = requests.Session()
        self.token = defaults.SERVICE_KEY

    def call(self, method: str, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return self.session.request(
            method,
            self.url + path,
            json=json,
            headers=headers,
            timeout=30,
            allow_redirects=False,
            **kwargs,
        )

    def control(self, method: str, path: str, json: Any = None) -> Any:
        return self.simulators.control(method, f"hubspot/{path}", json)

    def create(self, object_type: str, **properties: Any) -> str:
        made = self.call("POST", f"/crm/objects/2026-09/{object_type}", {"properties": properties})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def read(self, object_type: str, record_id: str, *names: str) -> dict[str, Any]:
        path = f"/crm/objects/2026-09/{object_type}/{record_id}?properties={','.join(names)}"
        found: dict[str, Any] = self.call("GET", path).json()["properties"]
        return found

    def link(self, from_type: str, from_id: str, to_type: str, to_id: str) -> requests.Response:
        path = f"/crm/objects/2026-09/{from_type}/{from_id}/associations/default/{to_type}/{to_id}"
        return self.call("PUT", path)


@pytest.fixture(scope="session")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    with start_simulators(tmp_path_factory.mktemp("hubspot-simulator")) as running:
        yield running


@pytest.fixture
def account(simulators: Simulators) -> Account:
    simulators.control("POST", "reset")
    account = Account(simulators)
    # The default limits are real ones: a test file at full speed would run into them.
    account.control("POST", "limits", {"ten_secondly": 0, "search_secondly": 0})
    return account

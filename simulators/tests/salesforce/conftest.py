from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.salesforce import defaults
from simulators.testing import Simulators, start_simulators

VERSION = "v66.0"


class SimulatedOrg:
    """Calls the simulated org over its socket, as its integration user."""

    def __init__(self, simulators: Simulators) -> None:
        self.simulators = simulators
        self.url = f"{simulators.salesforce_url}/services/data/{VERSION}/"
        self.session = requests.Session()
        self.log_in()

    def token(self, **form: str) -> requests.Response:
        url = f"{self.simulators.salesforce_url}/services/oauth2/token"
        return requests.post(url, data=form, timeout=30)

    def log_in(self) -> None:
        answer = self.token(
            grant_type="client_credentials",
            client_id=defaults.CLIENT_ID,
            client_secret=defaults.CLIENT_SECRET,
        ).json()
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def call(self, method: str, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=json, timeout=30, **kwargs)

    def create(self, name: str, **values: Any) -> str:
        made = self.call("POST", f"sobjects/{name}", values)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def refusal(self, method: str, path: str, json: Any = None) -> tuple[int, str, str, list[str]]:
        """Status, code, message and fields of the first error of a refused call."""
        answer = self.call(method, path, json)
        assert answer.status_code >= 400, answer.text
        error = answer.json()[0]
        return answer.status_code, error["errorCode"], error["message"], error.get("fields", [])

    def query(self, soql: str) -> Any:
        return self.call("GET", "query", params={"q": soql}).json()

    def names(self, soql: str) -> list[str]:
        return [row["Name"] for row in self.query(soql)["records"]]

    def control(self, method: str, path: str, json: Any = None) -> Any:
        return self.simulators.control(method, f"salesforce/{path}", json)

    def metered(self) -> int:
        return int(self.simulators.control("GET", "calls/count?system=salesforce")["count"])


def row(name: str, **values: Any) -> dict[str, Any]:
    """A row of a collection."""
    return {"attributes": {"type": name}, **values}


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    with start_simulators(tmp_path_factory.mktemp("salesforce-simulator")) as found:
        yield found


@pytest.fixture
def org(running: Simulators) -> SimulatedOrg:
    running.control("POST", "reset")
    return SimulatedOrg(running)

"""How long a request may be: as at Salesforce, not as at the server below."""

from __future__ import annotations

import pytest
import requests

from simulators.salesforce import defaults
from simulators.testing import Simulators


@pytest.fixture
def session(simulators: Simulators) -> requests.Session:
    answer = requests.post(
        f"{simulators.salesforce_url}/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": defaults.CLIENT_ID,
            "client_secret": defaults.CLIENT_SECRET,
        },
        timeout=10,
    )
    made = requests.Session()
    made.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return made


@pytest.mark.parametrize(
    ("addresses", "status"), [(300, 200), (450, 414)], ids=["fits", "too long"]
)
def test_an_address_of_up_to_16_kilobytes_is_answered(
    simulators: Simulators, session: requests.Session, addresses: int, status: int
) -> None:
    emails = ", ".join(f"'somebody.or.other{n:04d}@example.com'" for n in range(addresses))
    soql = f"SELECT Id FROM Contact WHERE Email IN ({emails})"

    answer = session.get(
        f"{simulators.salesforce_url}/services/data/v67.0/query?q={soql}", timeout=10
    )

    assert len(answer.url) > 8_190
    assert answer.status_code == status

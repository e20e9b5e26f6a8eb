"""Salesforce's Python client on the simulator, unchanged but for the missing TLS."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from simulators.salesforce import defaults
from simulators.tests.salesforce.conftest import SimulatedOrg


class PlainHttp(HTTPAdapter):
    """simple-salesforce writes https:// into every address; the simulator has no certificate."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def salesforce(org: SimulatedOrg) -> Any:
    session = requests.Session()
    session.mount("https://", PlainHttp())
    answer = org.token(
        grant_type="client_credentials",
        client_id=defaults.CLIENT_ID,
        client_secret=defaults.CLIENT_SECRET,
    ).json()
    return Salesforce(
        session_id=answer["access_token"],
        instance=urlsplit(answer["instance_url"]).netloc,
        session=session,
        version="66.0",
    )


def test_simple_salesforce_works_unchanged(salesforce: Any) -> None:
    account = salesforce.Account.create({"Name": "Acme"})["id"]
    assert salesforce.Account.get(account)["Name"] == "Acme"
    assert salesforce.Account.update(account, {"Website": "acme.example"}) == 204
    assert (
        salesforce.query("SELECT Website FROM Account")["records"][0]["Website"] == "acme.example"
    )
    assert [one["Id"] for one in salesforce.query_all_iter("SELECT Id FROM Account")] == [account]
    assert salesforce.Contact.describe()["name"] == "Contact"
    assert len(salesforce.describe()["sobjects"]) >= 8
    assert salesforce.limits()["DailyApiRequests"]["Max"] == defaults.DAILY_API_LIMIT
    rows = [{"attributes": {"type": "Account"}, "Name": str(number)} for number in range(3)]
    made = salesforce.restful("composite/sobjects", method="POST", json={"records": rows})
    assert [one["success"] for one in made] == [True] * 3
    assert salesforce.api_usage["api-usage"].total == defaults.DAILY_API_LIMIT
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        salesforce.Contact.create({})
    assert salesforce.Account.delete(account) == 204
    with pytest.raises(SalesforceResourceNotFound):
        salesforce.Account.get(account)


def test_simple_salesforce_follows_pages(salesforce: Any, org: SimulatedOrg) -> None:
    org.control(
        "POST", "records/Account", {"rows": [{"Name": str(number)} for number in range(4500)]}
    )
    assert (
        len(salesforce.query_all("SELECT Id FROM Account ORDER BY SystemModstamp, Id")["records"])
        == 4500
    )
    assert org.metered() == 3

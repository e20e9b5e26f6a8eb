from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulators.hubspot import defaults
from simulators.tests.hubspot.conftest import Account

APP = {"client_id": defaults.OAUTH_CLIENT_ID, "client_secret": defaults.OAUTH_CLIENT_SECRET}
REDIRECT = "http://localhost:9/callback"
SCOPES = "oauth crm.objects.contacts.read"


def test_a_wrong_token_is_refused(account: Account) -> None:
    account.token = "nonsense"
    refused = account.call("GET", "/crm/v3/objects/contacts")
    assert (refused.status_code, refused.json()["category"]) == (401, "INVALID_AUTHENTICATION")


@pytest.mark.parametrize("token", [defaults.SERVICE_KEY, defaults.PRIVATE_APP_TOKEN])
def test_service_keys_and_private_app_tokens_are_let_in(account: Account, token: str) -> None:
    account.token = token
    assert (
        account.call("GET", "/account-info/2026-09/details").json()["portalId"]
        == defaults.PORTAL_ID
    )
    assert account.call("GET", "/integrations/v1/me").json()["portalId"] == defaults.PORTAL_ID


def test_a_missing_scope_is_named(account: Account) -> None:
    account.token = defaults.READ_ONLY_TOKEN
    assert account.call("GET", "/crm/v3/objects/contacts").status_code == 200
    refused = account.call(
        "POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@example.com"}}
    )
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert refused.json()["errors"][0]["context"]["requiredGranularScopes"] == [
        "crm.objects.contacts.write"
    ]


def authorize(account: Account, **form: str) -> requests.Response:
    asked = {
        "client_id": APP["client_id"],
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "s1",
    }
    login = {
        "email": defaults.LOGIN_EMAIL,
        "password": defaults.LOGIN_PASSWORD,
        "answer": "grant",
        **form,
    }
    url = account.url + "/oauth/authorize"
    return requests.post(url, params=asked, data=login, allow_redirects=False, timeout=30)


def token(account: Account, version: str = "2026-09", **form: str) -> requests.Response:
    return requests.post(f"{account.url}/oauth/{version}/token", data={**APP, **form}, timeout=30)


@pytest.mark.parametrize("version", ["v1", "2026-09"])
def test_an_app_is_authorized_and_its_token_refreshed(account: Account, version: str) -> None:
    sent = parse_qs(urlsplit(authorize(account).headers["Location"]).query)
    assert sent["state"] == ["s1"]
    exchange = {
        "grant_type": "authorization_code",
        "code": sent["code"][0],
        "redirect_uri": REDIRECT,
    }
    granted = token(account, version, **exchange).json()
    assert granted["expires_in"] == 1800
    assert token(account, version, **exchange).json()["status"] == "BAD_AUTH_CODE"

    account.token = granted["access_token"]
    assert account.call("GET", "/crm/v3/objects/contacts").status_code == 200
    assert account.call("GET", "/crm/v3/objects/companies").status_code == 403
    info = requests.get(f"{account.url}/oauth/v1/access-tokens/{account.token}", timeout=30).json()
    assert (info["hub_id"], info["scopes"]) == (defaults.PORTAL_ID, SCOPES.split())

    account.control("POST", "expire-tokens")
    expired = account.call("GET", "/crm/v3/objects/contacts")
    assert (expired.status_code, expired.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    again = token(
        account, version, grant_type="refresh_token", refresh_token=granted["refresh_token"]
    ).json()
    account.token = again["access_token"]
    assert account.call("GET", "/crm/v3/objects/contacts").status_code == 200

    requests.delete(f"{account.url}/oauth/v1/refresh-tokens/{granted['refresh_token']}", timeout=30)
    assert account.call("GET", "/crm/v3/objects/contacts").status_code == 401
    gone = token(
        account, version, grant_type="refresh_token", refresh_token=granted["refresh_token"]
    )
    assert (gone.status_code, gone.json()["status"]) == (400, "BAD_REFRESH_TOKEN")


def test_authorizing_needs_the_right_password_and_can_be_denied(account: Account) -> None:
    assert authorize(account, password="wrong").status_code == 401
    denied = parse_qs(urlsplit(authorize(account, answer="deny").headers["Location"]).query)
    assert denied == {"error": ["access_denied"], "state": ["s1"]}


def test_a_redirect_elsewhere_is_not_followed(account: Account) -> None:
    asked = {
        "client_id": APP["client_id"],
        "redirect_uri": "https://evil.example/",
        "scope": SCOPES,
    }
    refused = requests.get(account.url + "/oauth/authorize", params=asked, timeout=30)
    assert refused.status_code == 400
    assert "redirect address" in refused.text


def burst(
    account: Account, method: str, path: str, json: Any, calls: int
) -> list[requests.Response]:
    return [account.call(method, path, json) for _ in range(calls)]


def test_ten_second_limit_refuses_with_its_policy(account: Account) -> None:
    account.control("POST", "limits", {"ten_secondly": 3})
    *good, refused = burst(account, "GET", "/crm/v3/owners", None, 4)
    assert [each.headers["X-HubSpot-RateLimit-Remaining"] for each in good] == ["2", "1", "0"]
    assert refused.status_code == 429
    assert refused.json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert refused.json()["errorType"] == "RATE_LIMIT"
    account.token = defaults.PRIVATE_APP_TOKEN
    assert account.call("GET", "/crm/v3/owners").status_code == 200


def test_searches_have_a_limit_of_their_own_and_no_interval_headers(account: Account) -> None:
    account.control("POST", "limits", {"search_secondly": 1})
    started = time.monotonic()
    good, refused = burst(account, "POST", "/crm/v3/objects/contacts/search", {}, 2)
    if time.monotonic() - started > 1:
        pytest.skip("this machine is too slow for two calls a second")
    assert refused.status_code == 429
    assert refused.json()["category"] == "RATE_LIMITS"
    assert refused.json()["message"] == "You have reached your secondly limit."
    for answer in (good, refused):
        assert "X-HubSpot-RateLimit-Max" not in answer.headers
        assert "X-HubSpot-RateLimit-Daily-Remaining" in answer.headers


def test_daily_limit_and_usage(account: Account) -> None:
    account.control("POST", "limits", {"daily": 2})
    usage = account.call("GET", "/account-info/2026-09/api-usage/daily/private-apps").json()[
        "results"
    ][0]
    assert (usage["usageLimit"], usage["currentUsage"]) == (2, 1)
    *_, refused = burst(account, "GET", "/crm/v3/owners", None, 2)
    assert (refused.status_code, refused.json()["policyName"]) == (429, "DAILY")

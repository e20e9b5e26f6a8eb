from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulators.salesforce import defaults
from simulators.tests.salesforce.conftest import SimulatedOrg

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
APP = {"client_id": defaults.CLIENT_ID, "client_secret": defaults.CLIENT_SECRET}


def test_token_answer_names_the_instance_by_the_address_called(org: SimulatedOrg) -> None:
    answer = org.token(grant_type="client_credentials", **APP).json()
    assert answer["instance_url"] == org.simulators.salesforce_url
    assert answer["id"].startswith(f"{org.simulators.salesforce_url}/id/{defaults.ORG_ID}/005")
    assert answer["token_type"] == "Bearer"


def test_wrong_secret_and_unknown_app_are_refused(org: SimulatedOrg) -> None:
    wrong = org.token(
        grant_type="client_credentials", client_id=APP["client_id"], client_secret="x"
    )
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_client")
    unknown = org.token(grant_type="client_credentials", client_id="x", client_secret="x")
    assert unknown.json() == {
        "error": "invalid_client_id",
        "error_description": "client identifier invalid",
    }


def test_refresh_token_works_until_it_is_revoked(org: SimulatedOrg) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": defaults.REFRESH_TOKEN, **APP}
    assert org.token(**form).status_code == 200
    revoke = f"{org.simulators.salesforce_url}/services/oauth2/revoke"
    assert (
        requests.post(revoke, data={"token": defaults.REFRESH_TOKEN}, timeout=30).status_code == 200
    )
    assert org.token(**form).json() == {
        "error": "invalid_grant",
        "error_description": "expired access/refresh token",
    }


def assertion(key: Any = KEY, **changed: Any) -> dict[str, str]:
    claims = {
        "iss": defaults.CLIENT_ID, "sub": defaults.INTEGRATION_USER, "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 120,
    }  # fmt: skip
    token = jwt.encode(claims | changed, key, algorithm="RS256")
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": token}


@pytest.fixture
def org_with_key(org: SimulatedOrg) -> SimulatedOrg:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    org.control("POST", "certificate", {"pem": public.decode()})
    return org


def test_jwt_bearer_lets_in_who_holds_the_private_key(org_with_key: SimulatedOrg) -> None:
    assert org_with_key.token(**assertion()).json()["access_token"]
    assert (
        org_with_key.token(**assertion(aud=org_with_key.simulators.salesforce_url)).status_code
        == 200
    )


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda: assertion(OTHER_KEY), id="another-key"),
        pytest.param(lambda: assertion(aud="https://example.com"), id="another-audience"),
        pytest.param(lambda: assertion(exp=int(time.time()) - 300), id="expired"),
        pytest.param(lambda: assertion(exp=int(time.time()) + 7200), id="too-far-in-the-future"),
        pytest.param(lambda: assertion(sub="nobody@demo.example"), id="unknown-user"),
        pytest.param(lambda: assertion(iss="nobody"), id="unknown-app"),
        pytest.param(lambda: assertion() | {"assertion": "x"}, id="no-jwt"),
    ],
)
def test_jwt_bearer_refuses(org_with_key: SimulatedOrg, form: Any) -> None:
    answer = org_with_key.token(**form())
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_client_id")


def test_authorization_code_with_pkce(org: SimulatedOrg) -> None:
    verifier = "v" * 64
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    )
    asked = {
        "response_type": "code", "client_id": defaults.CLIENT_ID, "redirect_uri": "http://127.0.0.1/back",
        "state": "s1", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    url = f"{org.simulators.salesforce_url}/services/oauth2/authorize"
    assert "Simulator" in requests.get(url, params=asked, timeout=30).text

    def code() -> str:
        form = asked | {"username": defaults.INTEGRATION_USER, "password": defaults.PASSWORD}
        sent = requests.post(url, data=form, allow_redirects=False, timeout=30)
        back = parse_qs(urlsplit(sent.headers["Location"]).query)
        assert back["state"] == ["s1"]
        return back["code"][0]

    form = {"grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1/back", **APP}
    assert org.token(code=code(), code_verifier="wrong", **form).json()["error"] == "invalid_grant"
    good = code()
    answer = org.token(code=good, code_verifier=verifier, **form).json()
    assert answer["refresh_token"]
    assert org.token(code=good, code_verifier=verifier, **form).json()["error"] == "invalid_grant"


def test_wrong_password_stays_on_the_login_page(org: SimulatedOrg) -> None:
    form = {"response_type": "code", "client_id": defaults.CLIENT_ID, "redirect_uri": "http://127.0.0.1/",
            "username": defaults.INTEGRATION_USER, "password": "x"}  # fmt: skip
    url = f"{org.simulators.salesforce_url}/services/oauth2/authorize"
    assert requests.post(url, data=form, allow_redirects=False, timeout=30).status_code == 401


def test_deactivated_integration_user_loses_session_and_login(org: SimulatedOrg) -> None:
    org.control("PATCH", f"users/{defaults.INTEGRATION_USER}", {"active": False})
    assert org.refusal("GET", "limits")[:2] == (401, "INVALID_SESSION_ID")
    assert (
        org.token(grant_type="client_credentials", **APP).json()["error_description"]
        == "inactive user"
    )


def test_userinfo_and_introspect_tell_who_it_is(org: SimulatedOrg) -> None:
    base = f"{org.simulators.salesforce_url}/services/oauth2"
    assert (
        org.session.get(f"{base}/userinfo", timeout=30).json()["preferred_username"]
        == defaults.INTEGRATION_USER
    )
    token = str(org.session.headers["Authorization"]).removeprefix("Bearer ")
    told = requests.post(f"{base}/introspect", data={"token": token, **APP}, timeout=30).json()
    assert (told["active"], told["username"]) == (True, defaults.INTEGRATION_USER)

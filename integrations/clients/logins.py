"""Logging in: from a stored secret to an access token, one HTTP call, no database.

None of these calls is metered by Salesforce. No exception holds a secret: the texts are the server's code and
description, and what caused them is cut off.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests

from integrations.clients.http import make_session, never_sent
from integrations.clients.results import ConnectionFault, TransientFault
from integrations.clients.versions import HUBSPOT_VERSION
from integrations.models import Credential, SystemName

# HubSpot's keys and private-app tokens are tokens already: they have no login and no end.
STATIC_KINDS = (Credential.Kind.HUBSPOT_SERVICE_KEY, Credential.Kind.HUBSPOT_PRIVATE_APP)
REQUIRED: Mapping[str, tuple[str, ...]] = {
    Credential.Kind.HUBSPOT_SERVICE_KEY: ("key",),
    Credential.Kind.HUBSPOT_PRIVATE_APP: ("key",),
    Credential.Kind.HUBSPOT_OAUTH: ("client_id", "client_secret", "refresh_token"),
    Credential.Kind.SALESFORCE_CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    Credential.Kind.SALESFORCE_JWT: ("client_id", "username", "private_key"),
    Credential.Kind.SALESFORCE_REFRESH_TOKEN: ("client_id", "refresh_token"),
}
ASSERTION_SECONDS = 180  # Salesforce takes no assertion that ends later than in three minutes.


@dataclass(frozen=True, slots=True)
class Login:
    """`expires_in` in seconds, None where the server does not say; `refresh_token` when a new one was issued."""

    access_token: str = field(repr=False)
    instance_url: str = ""
    expires_in: float | None = None
    refresh_token: str = field(default="", repr=False)


def missing_parts(kind: str, secret: Mapping[str, Any]) -> list[str]:
    """The names that a secret of this kind lacks."""
    return [name for name in REQUIRED[kind] if not secret.get(name)]


def log_in(*, kind: str, secret: Mapping[str, Any], base_url: str) -> Login:
    """Exchange `secret` for an access token at `base_url` (HubSpot's API or Salesforce's login address).

    Raises ConnectionFault when the login is refused or the secret is incomplete, TransientFault when no
    answer came.
    """
    system = str(SystemName.HUBSPOT if kind.startswith("hubspot") else SystemName.SALESFORCE)
    if missing := missing_parts(kind, secret):
        raise ConnectionFault(
            "invalid_client", f"The credential lacks {', '.join(missing)}.", system
        )
    if kind in STATIC_KINDS:
        return Login(access_token=str(secret["key"]))
    if kind == Credential.Kind.HUBSPOT_OAUTH:
        form = {
            "grant_type": "refresh_token",
            **_chosen(secret, "client_id", "client_secret", "refresh_token"),
        }
        return _token(f"{base_url}/oauth/{HUBSPOT_VERSION}/token", form, system)
    url = f"{base_url}/services/oauth2/token"
    if kind == Credential.Kind.SALESFORCE_CLIENT_CREDENTIALS:
        form = {"grant_type": "client_credentials", **_chosen(secret, "client_id", "client_secret")}
    elif kind == Credential.Kind.SALESFORCE_JWT:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": _assertion(secret, base_url),
        }
    else:
        form = {
            "grant_type": "refresh_token",
            **_chosen(secret, "client_id", "client_secret", "refresh_token"),
        }
    return _token(url, form, system)


def _chosen(secret: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(secret[name]) for name in names if secret.get(name)}


def audience(base_url: str) -> str:
    """Who an assertion is meant for: behind a My Domain it is still login or test.salesforce.com."""
    host = urlsplit(base_url).hostname or ""
    if host.endswith(".my.salesforce.com"):
        return f"https://{'test' if '.sandbox.' in host else 'login'}.salesforce.com"
    return base_url


def _assertion(secret: Mapping[str, Any], base_url: str) -> str:
    claims = {
        "iss": secret["client_id"],
        "sub": secret["username"],
        "aud": secret.get("audience") or audience(base_url),
        "exp": int(time.time()) + ASSERTION_SECONDS,
    }
    try:
        return jwt.encode(claims, str(secret["private_key"]), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise ConnectionFault(
            "invalid_private_key",
            "The private key is not an RSA key in PEM form.",
            str(SystemName.SALESFORCE),
        ) from None


def _token(url: str, form: Mapping[str, str], system: str) -> Login:
    with make_session() as session:
        try:
            response = session.post(url, data=dict(form))
        except requests.RequestException as error:
            text = (
                "The login server cannot be reached."
                if never_sent(error)
                else "The login server did not answer."
            )
            raise TransientFault("LOGIN_UNREACHABLE", text, system) from None
    try:
        body = response.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    if response.status_code == 429 or response.status_code >= 500:
        raise TransientFault(
            f"HTTP_{response.status_code}", "The login server is not available now.", system
        )
    if not response.ok or not body.get("access_token"):
        code = body.get("error") or body.get("status") or f"HTTP_{response.status_code}"
        text = body.get("error_description") or body.get("message") or "The login was refused."
        raise ConnectionFault(_without(str(code), form), _without(str(text), form), system)
    expires = body.get("expires_in")
    return Login(
        access_token=str(body["access_token"]),
        instance_url=str(body.get("instance_url") or "").rstrip("/"),
        expires_in=float(expires) if isinstance(expires, int | float) else None,
        refresh_token=str(body.get("refresh_token") or ""),
    )


def _without(text: str, form: Mapping[str, str]) -> str:
    """`text` without any secret that the server echoed."""
    for name in ("client_secret", "refresh_token", "assertion"):
        if form.get(name):
            text = text.replace(form[name], "[secret]")
    return text

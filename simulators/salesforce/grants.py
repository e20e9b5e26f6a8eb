"""OAuth grants of the token endpoint: who gets in by which proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
from typing import Any

import jwt
from flask import request

from simulators.salesforce.certificates import public_keys
from simulators.salesforce.org import Org
from simulators.salesforce.sessions import Sessions, user_named, user_row

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuthRefused(Exception):
    """`error` and `error_description` of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


def base_address() -> str:
    """What the caller reached this simulator by; the org's addresses begin with it."""
    return request.host_url.rstrip("/")


def bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else ""


def client_credentials() -> tuple[str, str]:
    """Client id and secret, from the form or from HTTP Basic."""
    if request.authorization and request.authorization.type == "basic":
        return request.authorization.username or "", request.authorization.password or ""
    return request.values.get("client_id", ""), request.values.get("client_secret", "")


def app_of(org: Org, client: str) -> dict[str, Any]:
    found = org.setting("apps").get(client)
    if found is None:
        raise OAuthRefused("invalid_client_id", "client identifier invalid")
    return found  # type: ignore[no-any-return]


def check_secret(app: dict[str, Any], secret: str) -> None:
    if not hmac.compare_digest(app["secret"].encode(), secret.encode()):
        raise OAuthRefused("invalid_client", "invalid client credentials")


def _active(row: sqlite3.Row | None) -> str:
    if row is None or not row["IsActive"]:
        raise OAuthRefused(
            "invalid_grant",
            "user hasn't approved this consumer" if row is None else "inactive user",
        )
    return str(row["Id"])


def _by_client_credentials(org: Org) -> tuple[str, str, str | None]:
    client, secret = client_credentials()
    app = app_of(org, client)
    check_secret(app, secret)
    row = user_named(org, app.get("run_as") or "")
    if row is None:
        raise OAuthRefused("invalid_grant", "no client credentials user enabled")
    return _active(row), client, None


def _by_refresh_token(org: Org) -> tuple[str, str, str | None]:
    client, secret = client_credentials()
    app = app_of(org, client)
    if secret:
        check_secret(app, secret)
    row = (
        org.store.read()
        .execute(
            "SELECT * FROM sforg_refresh WHERE token = ?",
            (request.values.get("refresh_token", ""),),
        )
        .fetchone()
    )
    if row is None or row["client"] != client:
        raise OAuthRefused("invalid_grant", "expired access/refresh token")
    return _active(user_row(org, row["user"])), client, None


def _by_jwt(org: Org) -> tuple[str, str, str | None]:
    assertion = request.values.get("assertion", "")
    try:
        client = str(jwt.decode(assertion, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError as error:
        raise OAuthRefused("invalid_grant", "invalid assertion") from error
    app = app_of(org, client)
    own = base_address()
    audiences = [
        "https://login.salesforce.com",
        "https://test.salesforce.com",
        own,
        own + "/salesforce",
    ]
    audiences += [one.replace("http://", "https://") for one in (own, own + "/salesforce")]
    audiences += [one + "/services/oauth2/token" for one in audiences] + [
        one + "/" for one in audiences
    ]
    problem = "invalid assertion"
    for key in public_keys(app["certificates"]):
        try:
            claims = jwt.decode(
                assertion, key, algorithms=["RS256"], audience=audiences, leeway=30,
                options={"require": ["iss", "sub", "aud", "exp"]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError as error:
            raise OAuthRefused("invalid_grant", "expired authorization code") from error
        except jwt.InvalidAudienceError as error:
            raise OAuthRefused("invalid_grant", "audience is invalid") from error
        except jwt.MissingRequiredClaimError as error:
            raise OAuthRefused("invalid_grant", f"invalid assertion: {error}") from error
        except jwt.PyJWTError:
            continue
        if claims["exp"] > time.time() + 330:
            raise OAuthRefused("invalid_grant", "invalid assertion: exp is too far in the future")
        return _active(user_named(org, str(claims["sub"]))), client, None
    raise OAuthRefused("invalid_grant", problem)


def _by_code(org: Org) -> tuple[str, str, str | None]:
    client, secret = client_credentials()
    app = app_of(org, client)
    with org.store.write() as db:
        row = db.execute(
            "DELETE FROM sforg_code WHERE code = ? RETURNING *", (request.values.get("code", ""),)
        ).fetchone()
    if row is None or row["client"] != client:
        raise OAuthRefused("invalid_grant", "invalid authorization code")
    if row["expires"] < time.time():
        raise OAuthRefused("invalid_grant", "expired authorization code")
    if row["redirect"] != request.values.get("redirect_uri", ""):
        raise OAuthRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
    if row["challenge"]:
        digest = hashlib.sha256(request.values.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != row["challenge"]:
            raise OAuthRefused("invalid_grant", "invalid code verifier")
        if secret:
            check_secret(app, secret)
    else:
        check_secret(app, secret)
    user = _active(user_row(org, row["user"]))
    refresh = f"5Aep861{secrets.token_urlsafe(60)}"
    with org.store.write() as db:
        db.execute("INSERT INTO sforg_refresh VALUES (?, ?, ?)", (refresh, user, client))
    return user, client, refresh


GRANTS = {
    "client_credentials": _by_client_credentials,
    "refresh_token": _by_refresh_token,
    "authorization_code": _by_code,
    JWT_GRANT: _by_jwt,
}


def token_answer(sessions: Sessions, user: str, client: str, refresh: str | None) -> dict[str, Any]:
    """The body of a good token answer. `signature` is made as Salesforce does, from id and issued_at."""
    org, base = sessions.org, base_address()
    identity = f"{base}/salesforce/id/{org.setting('org_id')}/{user}"
    issued = str(int(time.time() * 1000))
    secret = org.setting("apps")[client]["secret"]
    signature = hmac.new(secret.encode(), (identity + issued).encode(), hashlib.sha256).digest()
    answer = {
        "access_token": sessions.open(user, client),
        "signature": base64.b64encode(signature).decode(),
        "scope": "api refresh_token id" if refresh else "api id",
        "instance_url": base + "/salesforce",
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }
    if refresh:
        answer["refresh_token"] = refresh
    return answer

"""OAuth 2.0 of the org: token, authorize with a login page, revoke, introspect, userinfo, sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt
from flask import Blueprint, Response, jsonify, redirect, render_template, request

from simulators.salesforce import defaults
from simulators.salesforce.org import Org

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuthRefused(Exception):
    """`error` and `error_description` of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


def base_address() -> str:
    """What the caller reached this simulator by; the org's addresses begin with it."""
    return request.host_url.rstrip("/")


def user_row(org: Org, user: str) -> sqlite3.Row | None:
    found = org.store.read().execute('SELECT * FROM "sf_User" WHERE "Id" = ?', (user,)).fetchone()
    return found  # type: ignore[no-any-return]


def user_named(org: Org, username: str) -> sqlite3.Row | None:
    found = org.store.read().execute('SELECT * FROM "sf_User" WHERE "Username" = ?', (username,)).fetchone()
    return found  # type: ignore[no-any-return]


class Sessions:
    """Access tokens. Looked up on every call, so a copy is kept in memory."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._known: dict[str, tuple[str, float]] = {}

    def open(self, user: str, client: str) -> str:
        token = f"{defaults.ORG_ID[:15]}!AQ{secrets.token_urlsafe(54)}"
        now = time.time()
        with self.org.store.write() as db:
            db.execute(
                "INSERT INTO sforg_session VALUES (?, ?, ?, ?, ?)",
                (token, user, client, now, now + self.org.setting("session_seconds")),
            )
            db.execute("DELETE FROM sforg_session WHERE expires < ?", (now - 86_400,))
        return token

    def user_of(self, token: str) -> str | None:
        """The active user of a valid token."""
        known = self._known.get(token)
        if known is None:
            row = self.org.store.read().execute(
                "SELECT s.user, s.expires FROM sforg_session s JOIN \"sf_User\" u ON u.\"Id\" = s.user"
                ' WHERE s.token = ? AND u."IsActive" = 1',
                (token,),
            ).fetchone()
            if row is None:
                return None
            known = self._known[token] = (row["user"], row["expires"])
        return known[0] if known[1] > time.time() else None

    def forget(self) -> None:
        """Read the table again: after a reset, a revocation or a change of users."""
        self._known.clear()

    def close(self, token: str) -> None:
        with self.org.store.write() as db:
            db.execute("DELETE FROM sforg_session WHERE token = ?", (token,))
        self.forget()

    def close_all(self) -> None:
        """End every session, as an admin may; refresh tokens stay."""
        with self.org.store.write() as db:
            db.execute("DELETE FROM sforg_session")
        self.forget()


def bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else ""


def client_credentials() -> tuple[str, str]:
    """Client id and secret, from the form or from HTTP Basic."""
    if request.authorization and request.authorization.type == "basic":
        return request.authorization.username or "", request.authorization.password or ""
    return request.values.get("client_id", ""), request.values.get("client_secret", "")


def _app(org: Org, client: str) -> dict[str, Any]:
    found = org.setting("apps").get(client)
    if found is None:
        raise OAuthRefused("invalid_client_id", "client identifier invalid")
    return found  # type: ignore[no-any-return]


def _check_secret(app: dict[str, Any], secret: str) -> None:
    if not hmac.compare_digest(app["secret"].encode(), secret.encode()):
        raise OAuthRefused("invalid_client", "invalid client credentials")


def _active(row: sqlite3.Row | None) -> str:
    if row is None or not row["IsActive"]:
        raise OAuthRefused("invalid_grant", "user hasn't approved this consumer" if row is None else "inactive user")
    return str(row["Id"])


def _by_client_credentials(org: Org) -> tuple[str, str, str | None]:
    client, secret = client_credentials()
    app = _app(org, client)
    _check_secret(app, secret)
    row = user_named(org, app.get("run_as") or "")
    if row is None:
        raise OAuthRefused("invalid_grant", "no client credentials user enabled")
    return _active(row), client, None


def _by_refresh_token(org: Org) -> tuple[str, str, str | None]:
    client, secret = client_credentials()
    app = _app(org, client)
    if secret:
        _check_secret(app, secret)
    row = org.store.read().execute(
        "SELECT * FROM sforg_refresh WHERE token = ?", (request.values.get("refresh_token", ""),)
    ).fetchone()
    if row is None or row["client"] != client:
        raise OAuthRefused("invalid_grant", "expired access/refresh token")
    return _active(user_row(org, row["user"])), client, None


def _by_jwt(org: Org) -> tuple[str, str, str | None]:
    from simulators.salesforce.certificates import public_keys

    assertion = request.values.get("assertion", "")
    try:
        client = str(jwt.decode(assertion, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError as error:
        raise OAuthRefused("invalid_grant", "invalid assertion") from error
    app = _app(org, client)
    own = base_address()
    audiences = ["https://login.salesforce.com", "https://test.salesforce.com", own, own + "/salesforce"]
    audiences += [one.replace("http://", "https://") for one in (own, own + "/salesforce")]
    audiences += [one + "/services/oauth2/token" for one in audiences] + [one + "/" for one in audiences]
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
    app = _app(org, client)
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
            _check_secret(app, secret)
    else:
        _check_secret(app, secret)
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


def userinfo(org: Org, user: str) -> dict[str, Any]:
    """OpenID Connect's claims about a user, with Salesforce's own."""
    row = user_row(org, user)
    assert row is not None
    base = base_address()
    version = f"{base}/salesforce/services/data/v{{version}}/"
    return {
        "sub": f"{base}/salesforce/id/{org.setting('org_id')}/{user}",
        "user_id": user,
        "organization_id": org.setting("org_id"),
        "preferred_username": row["Username"],
        "nickname": row["Alias"],
        "name": row["Name"],
        "email": row["Email"],
        "email_verified": True,
        "given_name": row["FirstName"],
        "family_name": row["LastName"],
        "zoneinfo": row["TimeZoneSidKey"],
        "active": bool(row["IsActive"]),
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "urls": {
            "rest": version,
            "sobjects": version + "sobjects/",
            "query": version + "query/",
            "custom_domain": base + "/salesforce",
        },
    }


def add_routes(blueprint: Blueprint, sessions: Sessions) -> None:
    """OAuth below /services/oauth2, and the identity address below /id."""
    org = sessions.org

    @blueprint.route("/services/oauth2/token", methods=["POST"])
    def token() -> Response:
        grant = GRANTS.get(request.values.get("grant_type", ""))
        try:
            if grant is None:
                raise OAuthRefused("unsupported_grant_type", "grant type not supported")
            answer = token_answer(sessions, *grant(org))
        except OAuthRefused as error:
            answer = {"error": error.error, "error_description": error.description}
            refused = jsonify(answer)
            refused.status_code = error.status
            return refused
        response = jsonify(answer)
        response.headers["Cache-Control"] = "no-cache, no-store"
        return response

    @blueprint.route("/services/oauth2/revoke", methods=["GET", "POST"])
    def revoke() -> Response:
        given = request.values.get("token", "")
        with org.store.write() as db:
            found = db.execute("DELETE FROM sforg_session WHERE token = ?", (given,)).rowcount
            rows = db.execute("DELETE FROM sforg_refresh WHERE token = ? RETURNING *", (given,)).fetchall()
            for row in rows:
                db.execute(
                    "DELETE FROM sforg_session WHERE user = ? AND client = ?", (row["user"], row["client"])
                )
        sessions.forget()
        if not found and not rows:
            refused = jsonify({"error": "unsupported_token_type", "error_description": "this token type is not supported"})
            refused.status_code = 400
            return refused
        return Response(status=200)

    @blueprint.route("/services/oauth2/introspect", methods=["POST"])
    def introspect() -> Response:
        client, secret = client_credentials()
        try:
            _check_secret(_app(org, client), secret)
        except OAuthRefused as error:
            refused = jsonify({"error": error.error, "error_description": error.description})
            refused.status_code = 401
            return refused
        given = request.values.get("token", "")
        row = org.store.read().execute("SELECT * FROM sforg_session WHERE token = ?", (given,)).fetchone()
        user = sessions.user_of(given)
        if row is None or user is None:
            return jsonify({"active": False})
        person = user_row(org, user)
        return jsonify(
            {
                "active": True,
                "scope": "api id",
                "client_id": row["client"],
                "username": person["Username"] if person else "",
                "sub": f"{base_address()}/salesforce/id/{org.setting('org_id')}/{user}",
                "token_type": "access_token",
                "exp": int(row["expires"]),
                "iat": int(row["issued"]),
                "nbf": int(row["issued"]),
            }
        )

    @blueprint.route("/services/oauth2/userinfo", methods=["GET", "POST"])
    @blueprint.route("/id/<org_id>/<user_id>", methods=["GET"])
    def about_user(org_id: str | None = None, user_id: str | None = None) -> Response:
        user = sessions.user_of(bearer() or request.values.get("access_token", ""))
        if user is None:
            return Response("Bad_OAuth_Token", status=403, content_type="text/html;charset=UTF-8")
        return jsonify(userinfo(org, user))

    @blueprint.route("/services/oauth2/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        asked = {k: request.values.get(k, "") for k in (
            "response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "scope",
        )}  # fmt: skip
        app = org.setting("apps").get(asked["client_id"])
        allowed = app["redirect_uris"] if app else []
        problem = None
        if app is None:
            problem = "error=invalid_client_id: client identifier invalid"
        elif not asked["redirect_uri"] or (allowed and asked["redirect_uri"] not in allowed):
            problem = "error=redirect_uri_mismatch: redirect_uri must match configuration"
        elif asked["response_type"] != "code":
            problem = "error=unsupported_response_type: response type not supported"
        elif asked["code_challenge"] and asked["code_challenge_method"] not in ("", "S256"):
            problem = "error=invalid_request: code challenge method must be S256"
        if problem:
            return render_template("salesforce/login.html", problem=problem, asked=None, org=org), 400
        users = org.store.read().execute('SELECT "Username" FROM "sf_User" WHERE "IsActive" = 1').fetchall()
        if request.method == "GET":
            return render_template("salesforce/login.html", asked=asked, users=users, app=app, org=org)
        if "deny" in request.form:
            return redirect(_with(asked["redirect_uri"], error="access_denied",
                                  error_description="end-user denied authorization", state=asked["state"]))  # fmt: skip
        person = user_named(org, request.form.get("username", ""))
        if person is None or not person["IsActive"] or request.form.get("password") != defaults.PASSWORD:
            wrong = "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
            page = render_template(
                "salesforce/login.html", asked=asked, users=users, app=app, org=org, problem=wrong
            )
            return page, 401
        code = "aPrx" + secrets.token_urlsafe(40)
        with org.store.write() as db:
            db.execute(
                "INSERT INTO sforg_code VALUES (?, ?, ?, ?, ?, ?)",
                (code, person["Id"], asked["client_id"], asked["redirect_uri"],
                 asked["code_challenge"] or None, time.time() + 900),
            )  # fmt: skip
        return redirect(_with(asked["redirect_uri"], code=code, state=asked["state"]))


def _with(address: str, **values: str) -> str:
    parts = urlsplit(address)
    query = parse_qsl(parts.query) + [(name, value) for name, value in values.items() if value]
    return urlunsplit(parts._replace(query=urlencode(query)))

"""OAuth 2.0: a login and consent page, then codes, access tokens (30 minutes) and refresh tokens.

Bodies of refusals: public issues and fixtures of HubSpot integrations (`BAD_REFRESH_TOKEN`, `BAD_AUTH_CODE`, …).
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request

from simulators.hubspot import defaults
from simulators.hubspot.database import get_meta
from simulators.hubspot.http import DATE, answer
from simulators.hubspot.times import now_ms
from simulators.store import Store

TOKEN_SECONDS, CODE_SECONDS = 1_800, 600


class OAuthRefused(Exception):
    """A refusal in the form of the token endpoint, which differs from the other APIs'."""

    def __init__(self, error: str, status: str, message: str) -> None:
        super().__init__(message)
        self.body = {
            "status": status,
            "message": message,
            "error": error,
            "error_description": message,
        }


def find_app(connection: sqlite3.Connection, client_id: str | None) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM hs_app WHERE client_id = ?", (client_id,)
    ).fetchone()
    return row


def redirect_allowed(app: sqlite3.Row, uri: str) -> bool:
    """A registered address or one below it, or any on this machine."""
    parts = urlsplit(uri)
    if parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return True
    return parts.scheme == "https" and any(
        uri.startswith(each) for each in json.loads(app["redirect_uris"])
    )


def _store_token(
    connection: sqlite3.Connection, kind: str, app: sqlite3.Row, scopes: list[str], seconds: int | None,
    extra: dict[str, str],
) -> str:  # fmt: skip
    token = f"{'C' if kind == 'oauth' else 'eu1-'}{secrets.token_urlsafe(32)}"
    connection.execute(
        "INSERT INTO hs_token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (token, kind, app["name"], json.dumps(scopes), app["app_id"], app["client_id"], defaults.LOGIN_EMAIL,
         None if seconds is None else now_ms() + seconds * 1000, json.dumps(extra)),
    )  # fmt: skip
    return token


def _checked_app(connection: sqlite3.Connection, form: Any) -> sqlite3.Row:
    app = find_app(connection, form.get("client_id"))
    if app is None:
        raise OAuthRefused("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id")
    if not secrets.compare_digest(
        app["client_secret"].encode(), form.get("client_secret", "").encode()
    ):
        raise OAuthRefused(
            "invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret"
        )
    return app


def _token_row(
    connection: sqlite3.Connection, token: str | None, *kinds: str
) -> sqlite3.Row | None:
    marks = ",".join("?" * len(kinds))
    row: sqlite3.Row | None = connection.execute(
        f"SELECT * FROM hs_token WHERE token = ? AND kind IN ({marks})", (token, *kinds)
    ).fetchone()
    return row


def _exchange_code(
    connection: sqlite3.Connection, app: sqlite3.Row, form: Any
) -> tuple[str, list[str]]:
    row = _token_row(connection, form.get("code"), "code")
    if row is None or row["client_id"] != app["client_id"] or row["expires"] <= now_ms():
        raise OAuthRefused("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
    if json.loads(row["extra"])["redirect_uri"] != form.get("redirect_uri"):
        raise OAuthRefused(
            "invalid_grant", "BAD_REDIRECT_URI", "redirect_uri does not match the one authorized"
        )
    connection.execute("DELETE FROM hs_token WHERE token = ?", (row["token"],))
    scopes: list[str] = json.loads(row["scopes"])
    return _store_token(connection, "refresh", app, scopes, None, {}), scopes


def _refresh(connection: sqlite3.Connection, app: sqlite3.Row, form: Any) -> tuple[str, list[str]]:
    row = _token_row(connection, form.get("refresh_token"), "refresh")
    if row is None or row["client_id"] != app["client_id"]:
        raise OAuthRefused("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
    return row["token"], json.loads(row["scopes"])


def _described(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "token": row["token"],
        "user": row["user_email"],
        "hub_domain": defaults.HUB_DOMAIN,
        "scopes": json.loads(row["scopes"]),
        "hub_id": get_meta(connection, "portal")["portalId"],
        "user_id": 9_000_001,
    }
    if row["kind"] == "refresh":
        return {**shown, "client_id": row["client_id"], "token_type": "refresh"}
    left = (
        max(0, (row["expires"] - now_ms()) // 1000) if row["expires"] is not None else TOKEN_SECONDS
    )
    return {
        **shown,
        "app_id": row["app_id"],
        "expires_in": left,
        "token_type": "access",
        "is_private_distribution": False,
    }


def _missing(what: str) -> Response:
    message = f"{what} could not be found, it may be invalid, expired or revoked"
    return answer(({"status": "error", "message": message, "category": "OBJECT_NOT_FOUND"}, 404))


def install(blueprint: Blueprint, store: Store) -> None:
    """Put the endpoints on the blueprint; they ask for no Authorization header."""

    @blueprint.route("/oauth/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        app = find_app(store.read(), request.args.get("client_id"))
        uri = request.args.get("redirect_uri", "")
        asked = list(dict.fromkeys(request.args.get("scope", "").split()))
        optional = [
            s
            for s in dict.fromkeys(request.args.get("optional_scope", "").split())
            if s not in asked
        ]
        unknown = [scope for scope in asked if scope not in defaults.ALL_SCOPES]
        problem = None
        if app is None:
            problem = "The client id is missing or belongs to no app."
        elif not redirect_allowed(app, uri):
            problem = "The redirect address is not one that the app has registered."
        elif not asked or unknown:
            problem = f"The scopes are missing or unknown: {', '.join(unknown) or 'none asked'}."
        page = {"app": app, "scopes": asked, "optional": optional, "email": defaults.LOGIN_EMAIL,
                "password": defaults.LOGIN_PASSWORD, "problem": problem, "refused": None}  # fmt: skip
        if problem or app is None:
            return render_template("hubspot/authorize.html", **page), 400
        if request.method == "GET":
            return render_template("hubspot/authorize.html", **page)
        state = {"state": request.args["state"]} if "state" in request.args else {}
        if request.form.get("answer") == "deny":
            return redirect(
                f"{uri}{'&' if '?' in uri else '?'}{urlencode({'error': 'access_denied', **state})}"
            )
        if (request.form.get("email"), request.form.get("password")) != (
            defaults.LOGIN_EMAIL, defaults.LOGIN_PASSWORD,
        ):  # fmt: skip
            page["refused"] = "The e-mail address or the password is wrong."
            return render_template("hubspot/authorize.html", **page), 401
        granted = asked + [scope for scope in optional if scope in defaults.ALL_SCOPES]
        with store.write() as connection:
            code = _store_token(
                connection, "code", app, granted, CODE_SECONDS, {"redirect_uri": uri}
            )
        return redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode({'code': code, **state})}")

    def token(version: str) -> Response:
        form = request.form
        try:
            with store.write() as connection:
                app = _checked_app(connection, form)
                grant = form.get("grant_type")
                if grant == "authorization_code":
                    refresh, scopes = _exchange_code(connection, app, form)
                elif grant == "refresh_token":
                    refresh, scopes = _refresh(connection, app, form)
                else:
                    raise OAuthRefused(
                        "unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type"
                    )
                access = _store_token(
                    connection, "oauth", app, scopes, TOKEN_SECONDS, {"refresh": refresh}
                )
                hub_id = get_meta(connection, "portal")["portalId"]
        except OAuthRefused as refused:
            return answer((refused.body, 400))
        body = {
            "token_type": "bearer",
            "refresh_token": refresh,
            "access_token": access,
            "expires_in": TOKEN_SECONDS,
        }
        if version != "v1":
            body |= {"hub_id": hub_id, "scopes": scopes, "user_id": 9_000_001}
        return answer(body)

    def introspect(version: str) -> Response:
        try:
            _checked_app(store.read(), request.form)
        except OAuthRefused as refused:
            return answer((refused.body, 400))
        row = _token_row(store.read(), request.form.get("token"), "oauth", "refresh")
        if row is None or (row["expires"] or now_ms() + 1) <= now_ms():
            return answer({"active": False})
        return answer({"active": True, **_described(store.read(), row)})

    def revoke(version: str) -> Response:
        with store.write() as connection:
            try:
                _checked_app(connection, request.form)
            except OAuthRefused as refused:
                return answer((refused.body, 400))
            _forget(connection, request.form.get("token", ""))
        return answer(None)

    def _forget(connection: sqlite3.Connection, token: str) -> int:
        """A revoked refresh token takes its access tokens with it."""
        return connection.execute(
            "DELETE FROM hs_token WHERE kind IN ('oauth', 'refresh')"
            " AND (token = ? OR json_extract(extra, '$.refresh') = ?)",
            (token, token),
        ).rowcount

    for rest, view in (
        ("/token", token),
        ("/token/introspect", introspect),
        ("/token/revoke", revoke),
    ):
        for base, fixed in (
            (f"/oauth/{DATE}", {}),
            ("/oauth/v3", {"version": "v3"}),
            ("/oauth/v1", {"version": "v1"}),
        ):
            blueprint.add_url_rule(
                base + rest,
                f"oauth:{base}:{rest}".replace(".", "_"),
                view,
                methods=["POST"],
                defaults=fixed,
            )

    @blueprint.get("/oauth/v1/access-tokens/<token>")
    def access_token(token: str) -> Response:
        row = _token_row(store.read(), token, "oauth", "private_app", "service_key")
        if row is None or (row["expires"] or now_ms() + 1) <= now_ms():
            return _missing("access token")
        return answer(_described(store.read(), row))

    @blueprint.route("/oauth/v1/refresh-tokens/<token>", methods=["GET", "DELETE"])
    def refresh_token(token: str) -> Response:
        row = _token_row(store.read(), token, "refresh")
        if row is None:
            return _missing("refresh token")
        if request.method == "GET":
            return answer(_described(store.read(), row))
        with store.write() as connection:
            _forget(connection, token)
        return answer(None)

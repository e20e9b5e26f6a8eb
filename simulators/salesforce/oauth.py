"""OAuth 2.0 of the org: token, authorize with a login page, revoke, introspect, userinfo."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request

from simulators.salesforce import defaults
from simulators.salesforce.grants import (
    GRANTS,
    OAuthRefused,
    app_of,
    base_address,
    bearer,
    check_secret,
    client_credentials,
    token_answer,
)
from simulators.salesforce.org import Org
from simulators.salesforce.sessions import Sessions, user_named, user_row


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
            rows = db.execute(
                "DELETE FROM sforg_refresh WHERE token = ? RETURNING *", (given,)
            ).fetchall()
            for row in rows:
                db.execute(
                    "DELETE FROM sforg_session WHERE user = ? AND client = ?",
                    (row["user"], row["client"]),
                )
        sessions.forget()
        if not found and not rows:
            refused = jsonify(
                {
                    "error": "unsupported_token_type",
                    "error_description": "this token type is not supported",
                }
            )
            refused.status_code = 400
            return refused
        return Response(status=200)

    @blueprint.route("/services/oauth2/introspect", methods=["POST"])
    def introspect() -> Response:
        client, secret = client_credentials()
        try:
            check_secret(app_of(org, client), secret)
        except OAuthRefused as error:
            refused = jsonify({"error": error.error, "error_description": error.description})
            refused.status_code = 401
            return refused
        given = request.values.get("token", "")
        row = (
            org.store.read()
            .execute("SELECT * FROM sforg_session WHERE token = ?", (given,))
            .fetchone()
        )
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
        told = userinfo(org, user)
        if user_id is not None:
            # The identity address calls the same things by other names.
            told |= {
                "id": told["sub"],
                "asserted_user": True,
                "username": told["preferred_username"],
                "display_name": told["name"],
                "nick_name": told["nickname"],
                "first_name": told["given_name"],
                "last_name": told["family_name"],
            }
        return jsonify(told)

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
            return render_template(
                "salesforce/login.html", problem=problem, asked=None, org=org
            ), 400
        users = (
            org.store.read()
            .execute('SELECT "Username" FROM "sf_User" WHERE "IsActive" = 1')
            .fetchall()
        )
        if request.method == "GET":
            return render_template(
                "salesforce/login.html", asked=asked, users=users, app=app, org=org
            )
        if "deny" in request.form:
            return redirect(_with(asked["redirect_uri"], error="access_denied",
                                  error_description="end-user denied authorization", state=asked["state"]))  # fmt: skip
        person = user_named(org, request.form.get("username", ""))
        if (
            person is None
            or not person["IsActive"]
            or request.form.get("password") != defaults.PASSWORD
        ):
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

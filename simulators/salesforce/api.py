"""The REST API over HTTP: sessions, the limit, and handing the call on."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

from flask import Blueprint, Flask, Response, g, request

from simulators.calls import CallLog
from simulators.salesforce import collections, composite, resources  # noqa: F401  they register routes
from simulators.salesforce.call import FIRST_VERSION, LAST_VERSION, Answer, Call, dispatch
from simulators.salesforce.errors import not_found
from simulators.salesforce.grants import bearer
from simulators.salesforce.org import Org
from simulators.salesforce.sessions import Sessions

VERSIONED = re.compile(r"^(?:/salesforce)?/services/data/v(\d+\.\d)(?:/(.*))?$", re.S)
MOST_BYTES = 16_384


def versions() -> list[dict[str, str]]:
    """The API versions, oldest first; three a year since Summer '14."""
    listed = []
    for number in range(FIRST_VERSION, LAST_VERSION + 1):
        years, season = divmod(number - 60, 3)
        year = 24 + years + (season == 2)
        label = f"{('Spring', 'Summer', 'Winter')[season]} '{year}"
        listed.append(
            {"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        )
    return listed


def as_response(answer: Answer) -> Response:
    body = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()
    response = Response(body, status=answer.status, headers=answer.headers)
    response.headers["Content-Type"] = "application/json;charset=UTF-8"
    return response


def refuse(status: int, code: str, message: str) -> Response:
    return as_response(Answer(status, [{"message": message, "errorCode": code}]))


class Api:
    """Lets calls in and answers them."""

    def __init__(self, org: Org, sessions: Sessions) -> None:
        self.org, self.sessions = org, sessions
        self.calls: CallLog | None = None

    def guard(self) -> Response | None:
        """Before faults strike: a valid session, and a call left for it. Counts the call."""
        if not VERSIONED.match(request.path):
            return None
        user = self.sessions.user_of(bearer())
        if user is None:
            response = refuse(401, "INVALID_SESSION_ID", "Session expired or invalid")
            response.headers["WWW-Authenticate"] = "Token"
            return response
        assert self.calls is not None
        limit = int(self.org.setting("daily_api_limit"))
        row = self.calls.take("salesforce", 1, limit)
        if row is None:
            response = refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            response.headers["Sforce-Limit-Info"] = self.limit_info()
            return response
        g.call_row, g.user = row, user
        if not self.org.setting("api_enabled"):
            text = "The REST API is not enabled for this Organization."
            return self._counted(refuse(403, "API_DISABLED_FOR_ORG", text))
        return None

    def limit_info(self) -> str:
        assert self.calls is not None
        return f"api-usage={self.calls.used('salesforce')}/{self.org.setting('daily_api_limit')}"

    def _counted(self, response: Response) -> Response:
        response.headers["Sforce-Limit-Info"] = self.limit_info()
        return response

    def serve(self, **_: Any) -> Response:
        """Answer a call below /services/data/vXX.X."""
        found = VERSIONED.match(request.path)
        assert found is not None
        assert self.calls is not None
        if not FIRST_VERSION <= float(found[1]) <= LAST_VERSION:
            return self._counted(as_response(Answer(404, not_found().body)))
        if too_long := _too_long():
            return self._counted(too_long)
        raw = request.get_data()
        if request.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        call = Call(
            org=self.org,
            user=g.user,
            version=found[1],
            method=request.method,
            path=_raw_path(found[2] or ""),
            args=request.args.to_dict(),
            raw=raw,
            headers={name.lower(): value for name, value in request.headers},
            used=self.calls.used("salesforce"),
        )
        if "_HttpMethod" in call.args and call.method == "POST":
            call.method = call.args["_HttpMethod"].upper()
        answer = dispatch(call)
        g.records, g.metered_more = call.records, max(0, call.sub_requests - 1)
        response = as_response(answer)
        # The call's own sub-requests show in the header already, though they are booked when it ends.
        used = self.calls.used("salesforce") + g.metered_more
        response.headers["Sforce-Limit-Info"] = (
            f"api-usage={used}/{self.org.setting('daily_api_limit')}"
        )
        return response


def _too_long() -> Response | None:
    """Address and headers may have 16,384 bytes together (Salesforce, "Headers and Call Limits")."""
    address = len(request.environ.get("RAW_URI") or "")
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers)
    if address + headers <= MOST_BYTES:
        return None
    status, text = (
        (414, "URI Too Long") if address > headers else (431, "Request Header Fields Too Large")
    )
    return Response(f"<html><body><h1>{text}</h1></body></html>", status, content_type="text/html")


def _raw_path(decoded: str) -> str:
    """The path as it was sent: an escaped slash in an external id is not a separator."""
    raw = request.environ.get("RAW_URI") or ""
    found = re.match(r"^(?:/salesforce)?/services/data/v\d+\.\d(?:/([^?]*))?", raw)
    return (found[1] or "") if found else decoded


def add_routes(blueprint: Blueprint, api: Api) -> None:
    methods = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]

    @blueprint.route("/services/data", methods=["GET"])
    @blueprint.route("/services/data/", methods=["GET"])
    def version_list() -> Response:
        return as_response(Answer(200, versions()))

    for rule in (
        "/services/data/v<version>/",
        "/services/data/v<version>/<path:rest>",
        "/services/data/v<version>",
    ):
        blueprint.add_url_rule(
            rule,
            endpoint=f"api_{len(rule)}",
            view_func=api.serve,
            methods=methods,
            strict_slashes=False,
        )


def install(app: Flask, api: Api, sessions: Sessions) -> None:
    """Join the API to the application: guard and call log; Salesforce's own paths at the root too."""
    parts = app.extensions["simulators"]
    api.calls = parts["calls"]
    parts["guards"]["salesforce"] = api.guard

"""What every API view shares: versions in paths, the caller, JSON in and out, errors as answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from simulators.hubspot.auth import Caller, authenticate
from simulators.hubspot.database import get_meta
from simulators.hubspot.errors import HubSpotError, not_found, validation
from simulators.hubspot.limits import Limiter
from simulators.hubspot.object_types import ObjectType
from simulators.store import Store

DATE = '<regex("20[0-9][0-9]-[0-9][0-9]"):version>'
# Where each API lives: the date-based path and the older ones. A view names the area and the rest.
AREAS: dict[str, tuple[str, ...]] = {
    "objects": (f"/crm/objects/{DATE}", "/crm/v3/objects", "/crm/v4/objects"),
    "properties": (f"/crm/properties/{DATE}", "/crm/v3/properties"),
    "property-validations": (f"/crm/property-validations/{DATE}", "/crm/v3/property-validations"),
    "associations": (f"/crm/associations/{DATE}", "/crm/v4/associations"),
    "object-associations": (f"/crm/objects/{DATE}", "/crm/v4/objects"),
    "lists": (f"/crm/lists/{DATE}", "/crm/v3/lists"),
    "owners": (f"/crm/owners/{DATE}", "/crm/v3/owners"),
    "pipelines": (f"/crm/pipelines/{DATE}", "/crm/v3/pipelines"),
    "schemas": (
        f"/crm-object-schemas/{DATE}/schemas",
        "/crm-object-schemas/v3/schemas",
        "/crm/v3/schemas",
    ),
    "account-info": (f"/account-info/{DATE}", "/account-info/v3"),
}
View = Callable[..., Any]


class Api:
    """Registers views on a blueprint under every path of their area."""

    def __init__(self, blueprint: Blueprint, store: Store, limiter: Limiter) -> None:
        self.blueprint, self.store, self.limiter = blueprint, store, limiter

    def route(self, area: str, rest: str, *methods: str) -> Callable[[View], View]:
        def register(view: View) -> View:
            name = f"{area}:{rest}:{'-'.join(methods)}".replace(".", "_")
            for place, base in enumerate(AREAS[area]):
                self.blueprint.add_url_rule(
                    base + rest,
                    f"{name}:{place}",
                    self._api_view(view),
                    methods=methods,
                    strict_slashes=False,
                )
            return view

        return register

    def path(self, rule: str, *methods: str) -> Callable[[View], View]:
        """Register a view under one full path."""

        def register(view: View) -> View:
            self.blueprint.add_url_rule(
                rule, f"{rule}:{'-'.join(methods)}".replace(".", "_"), self._api_view(view),
                methods=methods, strict_slashes=False,
            )  # fmt: skip
            return view

        return register

    def _api_view(self, view: View) -> View:
        def api_view(**arguments: Any) -> Response:
            g.version = arguments.pop("version", None) or "v3"
            try:
                self._let_in()
                return answer(view(**arguments))
            except HubSpotError as refused:
                return answer((refused.body(), refused.status))

        return api_view

    def _let_in(self) -> None:
        connection = self.store.read()
        g.caller = authenticate(connection, request.headers.get("Authorization"))
        g.rate_headers, refused = self.limiter.take(
            g.caller.token,
            is_oauth=g.caller.is_oauth,
            is_search=request.path.rstrip("/").endswith("/search") and "/objects" in request.path,
            limits=get_meta(connection, "limits"),
            zone=get_meta(connection, "portal")["timeZone"],
        )
        if refused is not None:
            raise refused


def answer(result: Any) -> Response:
    """A view's result as HubSpot sends it: `body`, `(body, status)`, or None for 204."""
    if isinstance(result, Response):
        response = result
    else:
        body, status = (
            result if isinstance(result, tuple) else (result, 200 if result is not None else 204)
        )
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        response = Response(text, status=status)
        if body is not None:
            response.headers["Content-Type"] = "application/json;charset=utf-8"
    response.headers.extend(g.get("rate_headers") or {})
    return response


def on_http_error(error: HTTPException) -> Response:
    """404 and 405 of the API in JSON."""
    if error.code == 405:
        refused = HubSpotError(405, "METHOD_NOT_ALLOWED", "Method Not Allowed")
    elif error.code == 404:
        refused = not_found()
    else:
        refused = validation(str(error.description))
    return answer((refused.body(), error.code or 500))


def caller() -> Caller:
    found: Caller = g.caller
    return found


def need(object_type: ObjectType, right: str) -> None:
    """Raise MISSING_SCOPES unless the caller may `read` or `write` records of the type."""
    caller().need(object_type.scope(right))


def is_dated() -> bool:
    return bool(g.version[0] == "2")


def applies_rules() -> bool:
    """Whether the admin's required properties and validation rules hold for this call: from 2026-09 on."""
    return is_dated() and g.version >= "2026-09"


def has_multi_status() -> bool:
    """Whether a partly failed batch is told by 207: the 2026-09 specification has only 200 and 201."""
    return not (is_dated() and g.version >= "2026-09")


def body() -> dict[str, Any]:
    """The JSON object of the request. Raises HubSpot's refusals of a missing or malformed one."""
    parsed = any_body()
    if not isinstance(parsed, dict):
        raise validation(
            "Invalid input JSON on line 1, column 1: Cannot deserialize value: an object was expected"
        )
    return parsed


def any_body() -> Any:
    raw = request.get_data()
    if not raw.strip():
        raise validation("Invalid JSON input: a request body was expected, but none found")
    try:
        return json.loads(raw)
    except UnicodeDecodeError:
        raise validation("Invalid input JSON: the body is not valid UTF-8") from None
    except json.JSONDecodeError as bad:
        raise validation(
            f"Invalid input JSON on line {bad.lineno}, column {bad.colno}: {bad.msg}"
        ) from None


def inputs(most: int) -> list[dict[str, Any]]:
    """The `inputs` of a batch. Raises 400 when there are none, too many, or they are not objects."""
    found = body().get("inputs")
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise validation("Invalid input JSON: Some required fields were not set: [inputs]")
    if not found:
        raise validation("The inputs array must not be empty.")
    if len(found) > most:
        raise validation(
            f"The maximum number of inputs supported in a batch request is {most}; you sent {len(found)}."
        )
    g.records = len(found)
    return found


def names(key: str) -> list[str]:
    """A query parameter that is a list: repeated, comma-separated, or both."""
    return [
        part.strip()
        for each in request.args.getlist(key)
        for part in each.split(",")
        if part.strip()
    ]


def flag(key: str) -> bool:
    return request.args.get(key, "false").lower() == "true"


def whole(key: str, default: int, *, most: int, least: int = 1) -> int:
    """A whole number of the query. Raises 400."""
    raw = request.args.get(key)
    if raw is None or raw == "":
        return default
    if not raw.lstrip("-").isdigit() or not least <= int(raw) <= most:
        raise validation(
            f"Invalid value for {key}: {raw}. It must be a number between {least} and {most}."
        )
    return int(raw)

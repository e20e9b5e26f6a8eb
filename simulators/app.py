"""The WSGI application: both simulators, their control, and what every API call passes through."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

from simulators import faults as fault_kinds
from simulators.calls import CallLog, system_of
from simulators.faults import Fault, Faults
from simulators.store import Store

Guard = Callable[[], "Response | None"]


def create_app(state_path: str | Path) -> Flask:
    """Build the application on a state file (made when absent).

    The call log lives beside it with the suffix `.calls`. `app.extensions["simulators"]` holds
    `store`, `calls`, `faults` and `guards`: by system, a function that lets a call in (None) or answers in
    its place, before faults strike and before the call is counted.
    """
    app = Flask(__name__, static_folder="static", static_url_path="/simulator-static")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024
    path = Path(state_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    store, calls, faults = Store(path), CallLog(str(path) + ".calls"), Faults()
    guards: dict[str, Guard] = {}
    app.extensions["simulators"] = {
        "store": store,
        "calls": calls,
        "faults": faults,
        "guards": guards,
    }

    _wrap_api_calls(app, calls, faults, guards)
    for name in ("salesforce", "hubspot"):
        if importlib.util.find_spec(f"simulators.{name}") is None:
            continue
        part = importlib.import_module(f"simulators.{name}")
        app.register_blueprint(part.create_blueprint(store), url_prefix=f"/{name}")
        if hasattr(part, "install"):
            part.install(app)
    from simulators.control import create_blueprint

    app.register_blueprint(create_blueprint(app), url_prefix="/control")
    app.add_url_rule("/", "index", lambda: app.redirect("/salesforce/lightning/o/Contact/list"))
    return app


def refusal(system: str, fault: Fault) -> Response:
    """The body a system gives with a status, for an injected one."""
    import json

    status = fault.status
    if system == "salesforce":
        code, text = {
            401: ("INVALID_SESSION_ID", "Session expired or invalid"),
            403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            404: ("NOT_FOUND", "The requested resource does not exist"),
            500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId"),
            503: (
                "SERVER_UNAVAILABLE",
                "The server is temporarily unavailable to respond to requests.",
            ),
        }.get(status, ("UNKNOWN_EXCEPTION", "An unexpected error occurred."))
        body: Any = [{"message": fault.message or text, "errorCode": fault.code or code}]
    else:
        code, text = {
            401: ("INVALID_AUTHENTICATION", "Authentication credentials not found."),
            403: (
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes to make this call.",
            ),
            404: ("OBJECT_NOT_FOUND", "resource not found"),
            429: ("RATE_LIMITS", "You have reached your ten_secondly_rolling limit."),
        }.get(status, ("INTERNAL_ERROR", "internal error"))
        body = {
            "status": "error",
            "message": fault.message or text,
            "correlationId": f"00000000-0000-4000-8000-{fault.struck:012d}",
            "category": fault.code or code,
        }
        if status == 429:
            body |= {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
    response = Response(
        json.dumps(body), status=status, content_type="application/json;charset=UTF-8"
    )
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _strike(system: str, fault: Fault, response: Response | None) -> Response | None:
    if fault.kind == "status":
        return refusal(system, fault)
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return response
    if fault.kind == "truncate" and response is not None:
        return fault_kinds.truncate(response)
    if fault.kind == "timeout":
        return fault_kinds.hang(fault.seconds)
    return fault_kinds.drop()


def _wrap_api_calls(app: Flask, calls: CallLog, faults: Faults, guards: dict[str, Guard]) -> None:
    """Latency, guard, faults before; log, faults after. Views may set `g.records` (how many records the
    call touched) and `g.metered_more` (calls it counts for beyond one); a guard may set `g.call_row`
    when it counted the call itself."""

    @app.before_request
    def before() -> Response | None:
        g.system = system = system_of(request.path)
        if system is None:
            return None
        g.fault = g.call_row = None
        g.records = g.metered_more = 0
        faults.delay(system)
        guard = guards.get(system)
        refused = guard() if guard else None
        if refused is not None:
            return refused
        fault = faults.pick(system, request.method, request.path)
        if fault is None:
            return None
        if fault.when == "before":
            return _strike(system, fault, None)
        g.fault = fault
        return None

    @app.after_request
    def after(response: Response) -> Response:
        system: str | None = g.get("system")
        if system is None:
            return response
        row = g.call_row
        if row is None:
            row = calls.take(
                system, 0 if system == "salesforce" else int("/oauth/" not in request.path)
            )
        fault: Fault | None = g.fault
        status = (
            fault.status if fault is not None and fault.kind == "status" else response.status_code
        )
        if row is not None:
            more = g.metered_more - int(
                system == "salesforce" and _unmetered(fault, response) and bool(g.call_row)
            )
            path = request.path + (
                f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
            )
            calls.finish(row, request.method, path, status, g.records, more)
        if fault is not None:
            struck = _strike(system, fault, response)
            if fault.kind == "status" and struck is not None:
                struck.headers.extend(
                    (k, v) for k, v in response.headers if k.lower() == "sforce-limit-info"
                )
            return struck or response
        return response


def _unmetered(fault: Fault | None, response: Response) -> bool:
    """Whether the answer says that Salesforce did not count this call (injected ones included)."""
    if fault is not None and fault.kind == "status":
        response = refusal("salesforce", fault)
    if response.status_code not in (401, 403) or response.is_streamed:
        return False
    body = response.get_data()
    return b"INVALID_SESSION_ID" in body or b"REQUEST_LIMIT_EXCEEDED" in body

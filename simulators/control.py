"""`/control/`: what tests ask of the simulators. JSON, and only from this machine.

POST reset · POST seed {contacts, companies, deals, seed} · GET, POST latency {system, ms} · GET, POST, DELETE
faults · GET calls?system=&since=&limit= · GET calls/count?system=&since= (metered calls, 24 hours unless told).
The systems add their own below `/control/salesforce/` and `/control/hubspot/`.
"""

from __future__ import annotations

import importlib
import importlib.util
import ipaddress
import time
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from simulators.calls import DAY, parse_since
from simulators.faults import SYSTEMS, BadFault, parse_fault

Answer = Response | tuple[Response, int]


def from_loopback() -> bool:
    """Whether the request comes from this machine; a forwarded one does not count as local."""
    try:
        local = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return local and "X-Forwarded-For" not in request.headers


def bad(message: str, status: int = 400) -> tuple[Response, int]:
    return jsonify({"error": message}), status


def create_blueprint(app: Flask) -> Blueprint:
    """The control calls of an application made by `create_app`."""
    parts: dict[str, Any] = app.extensions["simulators"]
    store, calls, faults = parts["store"], parts["calls"], parts["faults"]
    control = Blueprint("control", __name__)

    @app.before_request
    def only_from_here() -> Answer | None:
        if request.path.startswith("/control/") and not from_loopback():
            return bad("control answers only requests from this machine", 403)
        return None

    @control.post("/reset")
    def reset() -> Answer:
        store.reset()
        calls.reset()
        faults.reset()
        return jsonify({"reset": True})

    @control.post("/seed")
    def seed() -> Answer:
        body = request.get_json(silent=True)
        if body is None:
            body = {}
        if not isinstance(body, dict):
            return bad("the body must be a JSON object")
        known = {"contacts", "companies", "deals", "seed"}
        if unknown := sorted(set(body) - known):
            return bad(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        for name, value in body.items():
            if (
                isinstance(value, bool)
                or not isinstance(value, int)
                or not 0 <= value <= 10_000_000
            ):
                return bad(f"{name} must be a whole number from 0 to 10000000")
        if importlib.util.find_spec("simulators.world") is None:
            return bad("this build has no simulators.world to seed from", 501)
        started = time.monotonic()
        made = importlib.import_module("simulators.world").seed(store, **body)
        answer: dict[str, Any] = {"seconds": round(time.monotonic() - started, 3)}
        if isinstance(made, dict):
            answer |= made
        return jsonify(answer)

    @control.route("/latency", methods=["GET", "POST"])
    def latency() -> Answer:
        if request.method == "POST":
            body = request.get_json(silent=True)
            if not isinstance(body, dict) or set(body) - {"system", "ms"}:
                return bad('the body must be {"system", "ms"}')
            system, ms = body.get("system"), body.get("ms")
            if system is not None and system not in SYSTEMS:
                return bad(f"system must be one of {', '.join(SYSTEMS)}, or absent for both")
            if isinstance(ms, bool) or not isinstance(ms, int) or not 0 <= ms <= 600_000:
                return bad("ms must be a whole number from 0 to 600000")
            faults.set_latency(system, ms)
        return jsonify(faults.latencies())

    @control.route("/faults", methods=["GET", "POST", "DELETE"])
    def fault_rules() -> Answer:
        if request.method == "POST":
            try:
                fault = faults.add(parse_fault(request.get_json(silent=True)))
            except BadFault as error:
                return bad(str(error))
            return jsonify(fault.as_dict()), 201
        if request.method == "DELETE":
            faults.clear()
        return jsonify(faults.listing())

    @control.get("/calls")
    def call_list() -> Answer:
        try:
            since = parse_since(request.args.get("since"), default=time.time() - DAY)
            limit = int(request.args.get("limit", 10_000))
        except ValueError:
            return bad("since must be an ISO 8601 time or seconds since 1970, limit a whole number")
        return jsonify(calls.listing(request.args.get("system"), since, limit))

    @control.get("/calls/count")
    def call_count() -> Answer:
        system = request.args.get("system")
        if system is not None and system not in SYSTEMS:
            return bad(f"system must be one of {', '.join(SYSTEMS)}, or absent for both")
        try:
            since = parse_since(request.args.get("since"), default=time.time() - DAY)
        except ValueError:
            return bad("since must be an ISO 8601 time or seconds since 1970")
        return jsonify({"count": calls.count(system, since)})

    return control

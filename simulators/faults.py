"""Latency and faults that a test asks for: answers refused, late, cut short or lost."""

from __future__ import annotations

import random
import re
import select
import socket
import struct
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import Response, request

SYSTEMS = ("salesforce", "hubspot")
KINDS = ("status", "timeout", "drop", "truncate", "slow")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class BadFault(ValueError):
    """What was asked for is not a fault; the text says why."""


@dataclass
class Fault:
    """One rule. It strikes calls of `system` whose method and path fit, with probability `rate`, at most
    `count` times (None: without end).

    kind: "status" answers `status` with the system's own body; "drop" closes the connection without an
    answer; "truncate" sends half of the answer and closes; "timeout" holds the connection open for
    `seconds` and closes it; "slow" answers after `seconds`.
    when: "before" the call is carried out or "after" it (then the write has happened, and only its answer
    is lost). A status fault strikes before, the others after, unless asked otherwise.
    """

    system: str | None = None
    method: str | None = None
    path: str = ""
    kind: str = "status"
    status: int = 503
    rate: float = 1.0
    count: int | None = None
    seconds: float = 5.0
    when: str = "after"
    code: str | None = None
    message: str | None = None
    retry_after: int | None = None
    id: int = 0
    struck: int = 0
    pattern: re.Pattern[str] = field(default_factory=lambda: re.compile(""), repr=False)

    def as_dict(self) -> dict[str, Any]:
        values = asdict(self)
        del values["pattern"]
        return values


def _number(
    values: dict[str, Any], name: str, default: Any, low: float, high: float, whole: bool
) -> Any:
    value = values.get(name, default)
    if value is None and default is None:
        return None
    number = isinstance(value, int) or (not whole and isinstance(value, float))
    if isinstance(value, bool) or not number or not low <= value <= high:
        raise BadFault(
            f"{name} must be a {'whole ' if whole else ''}number from {low:g} to {high:g}"
        )
    return value


def parse_fault(values: Any) -> Fault:
    """A Fault from the JSON body of POST /control/faults. Raises BadFault."""
    if not isinstance(values, dict):
        raise BadFault("the body must be a JSON object")
    known = {
        "system", "method", "path", "kind", "status", "rate", "count", "seconds", "when", "code",
        "message", "retry_after",
    }  # fmt: skip
    if unknown := sorted(set(values) - known):
        raise BadFault(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    system, method, kind = values.get("system"), values.get("method"), values.get("kind")
    if system is not None and system not in SYSTEMS:
        raise BadFault(f"system must be one of {', '.join(SYSTEMS)}, or absent for both")
    if kind not in KINDS:
        raise BadFault(f"kind must be one of {', '.join(KINDS)}")
    if method is not None and (not isinstance(method, str) or method.upper() not in METHODS):
        raise BadFault(f"method must be one of {', '.join(METHODS)}, or absent for all")
    path = values.get("path") or ""
    if not isinstance(path, str):
        raise BadFault("path must be a regular expression")
    try:
        pattern = re.compile(path)
    except re.error as error:
        raise BadFault(f"path is not a regular expression: {error}") from error
    when = values.get("when") or ("before" if kind == "status" else "after")
    if when not in ("before", "after"):
        raise BadFault("when must be before or after")
    if kind == "status" and "status" not in values:
        raise BadFault("status is needed with kind status")
    for name in ("code", "message"):
        if values.get(name) is not None and not isinstance(values[name], str):
            raise BadFault(f"{name} must be a text")
    return Fault(
        system=system,
        method=method.upper() if method else None,
        path=path,
        kind=kind,
        status=_number(values, "status", 503, 300, 599, True),
        rate=_number(values, "rate", 1.0, 0.0, 1.0, False),
        count=_number(values, "count", None, 1, 10**9, True),
        seconds=_number(values, "seconds", 60.0 if kind == "timeout" else 5.0, 0, 600, False),
        when=when,
        code=values.get("code"),
        message=values.get("message"),
        retry_after=_number(values, "retry_after", None, 0, 86_400, True),
        pattern=pattern,
    )


class Faults:
    """The rules and delays in force. Held in memory: a restart ends them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._latency: dict[str, int] = {}
        self._next = 1

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            fault.id, self._next = self._next, self._next + 1
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def reset(self) -> None:
        with self._lock:
            self._faults.clear()
            self._latency.clear()

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_dict() for fault in self._faults]

    def set_latency(self, system: str | None, milliseconds: int) -> None:
        with self._lock:
            for name in SYSTEMS if system is None else (system,):
                self._latency[name] = milliseconds

    def latencies(self) -> dict[str, int]:
        return {name: self._latency.get(name, 0) for name in SYSTEMS}

    def delay(self, system: str) -> None:
        """Sleep for the latency set for a system."""
        if milliseconds := self._latency.get(system, 0):
            time.sleep(milliseconds / 1000)

    def pick(self, system: str, method: str, path: str) -> Fault | None:
        """The first rule that strikes this call; its count goes down."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.system not in (None, system) or fault.method not in (None, method):
                    continue
                if fault.count is not None and fault.struck >= fault.count:
                    continue
                if not fault.pattern.search(path) or random.random() >= fault.rate:
                    continue
                fault.struck += 1
                return fault
        return None


def _socket() -> socket.socket:
    """The client's socket. Raises RuntimeError under a server that does not hand it out."""
    found: Any = request.environ.get("gunicorn.socket")
    if found is None:
        raise RuntimeError("this fault needs gunicorn, which hands out the connection")
    return found  # type: ignore[no-any-return]


def drop() -> Response:
    """Close the client's connection with a reset; what is answered afterwards goes nowhere."""
    connection = _socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500, headers={"Connection": "close"})


def truncate(response: Response) -> Response:
    """Send the head, which promises the whole body, and half of the body; then close."""
    body = response.get_data()
    head = [f"HTTP/1.1 {response.status}", "Content-Length: " + str(max(len(body), 2))]
    head += [f"{k}: {v}" for k, v in response.headers if k.lower() != "content-length"]
    connection = _socket()
    connection.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body[: len(body) // 2])
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500, headers={"Connection": "close"})


def hang(seconds: float) -> Response:
    """Keep the connection open without a byte until the client gives up or `seconds` have passed."""
    connection, end = _socket(), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        ready, _, _ = select.select([connection], [], [], min(left, 1.0))
        try:
            if ready and not connection.recv(1, socket.MSG_PEEK):
                break
        except OSError:
            break
        if ready:
            time.sleep(0.05)
    return drop()

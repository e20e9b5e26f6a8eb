"""Faults that a test asks for: the server refuses, delays, drops the line or dies, at a step of the dialogue."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

# In the order of the dialogue. message: the mail has come whole and is not kept yet; reply: it is kept, and the
# sender has not been told.
STEPS = ("connect", "mail", "rcpt", "data", "message", "reply")
KINDS = ("refuse", "delay", "drop", "die")


@dataclass
class Fault:
    """Strikes `count` times (0: for ever) at a step, for recipients that match."""

    at: str
    kind: str
    code: int = 451
    text: str = "Try again later"
    seconds: float = 1.0
    count: int = 1
    recipient: str = ""
    struck: int = field(default=0, init=False)

    @classmethod
    def of(cls, given: dict[str, Any]) -> Fault:
        """Raises ValueError naming what is wrong."""
        unknown = given.keys() - {"at", "kind", "code", "text", "seconds", "count", "recipient"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        fault = cls(**given)
        if fault.at not in STEPS or fault.kind not in KINDS:
            raise ValueError(f"at is one of {', '.join(STEPS)}; kind one of {', '.join(KINDS)}")
        if fault.kind == "refuse" and fault.at == "reply":
            raise ValueError("refuse at message: what is kept cannot be refused any more")
        re.compile(fault.recipient)
        return fault


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def strike(self, step: str, recipient: str = "") -> Fault | None:
        """The fault of this step, counted as having struck; None when there is none."""
        with self._lock:
            for fault in self._faults:
                spent = fault.count and fault.struck >= fault.count
                if fault.at == step and not spent and re.search(fault.recipient, recipient):
                    fault.struck += 1
                    return fault
        return None

    def facts(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

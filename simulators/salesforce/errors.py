"""Refusals in Salesforce's shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Problem:
    """One error of one record. `extra` holds what only single writes show (`duplicateResult`)."""

    code: str
    message: str
    fields: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def single(self) -> dict[str, Any]:
        """As the only record of a call is answered: with `errorCode`."""
        return {
            "message": self.message,
            "errorCode": self.code,
            "fields": self.fields,
            **self.extra,
        }

    def row(self) -> dict[str, Any]:
        """As a row of a collection is answered: with `statusCode`."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}


class Refused(Exception):
    """A record is not written. Holds the problems of that record, and the status of a single write."""

    def __init__(self, *problems: Problem, status: int = 400) -> None:
        super().__init__("; ".join(f"{p.code}: {p.message}" for p in problems))
        self.problems = problems
        self.status = status


class CallRefused(Exception):
    """The whole call is refused."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.body: Any = [{"message": message, "errorCode": code, **extra}]


def not_found() -> CallRefused:
    return CallRefused(404, "NOT_FOUND", "The requested resource does not exist")

"""HubSpot's error body: `{status, message, correlationId, context, errors, category, subCategory}`.

Shapes: HubSpot's error handling page and the `Error` models of hubspot-api-client.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

Problem = dict[str, str]  # {"message", "error", "name"} of one property value


class HubSpotError(Exception):
    """A refusal that becomes the answer of the call, or the `errors[]` entry of one record."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        context: dict[str, list[str]] | None = None,
        sub_category: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.category, self.message = status, category, message
        self.errors, self.context, self.sub_category = errors or [], context or {}, sub_category
        self.extra = extra or {}
        self.problems: list[Problem] = []

    def body(self) -> dict[str, Any]:
        """The answer of a refused call."""
        return {**self._common(), "correlationId": str(uuid.uuid4()), **self.extra}

    def entry(self, trace_id: str | None = None) -> dict[str, Any]:
        """The entry of one record inside a multi-status answer."""
        entry = self._common()
        if trace_id is not None:
            entry["context"] = {**self.context, "objectWriteTraceId": [trace_id]}
        return entry

    def _common(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "status": "error",
            "category": self.category,
            "message": self.message,
        }
        if self.sub_category:
            body["subCategory"] = self.sub_category
        if self.context:
            body["context"] = self.context
        if self.errors:
            body["errors"] = self.errors
        return body


def validation(message: str, **more: Any) -> HubSpotError:
    return HubSpotError(400, "VALIDATION_ERROR", message, **more)


def not_found(message: str = "resource not found") -> HubSpotError:
    return HubSpotError(404, "OBJECT_NOT_FOUND", message)


def problem(name: str, code: str, message: str) -> Problem:
    return {"message": message, "error": code, "name": name}


def property_problems(problems: Iterable[Problem]) -> HubSpotError:
    """`Property values were not valid: [...]`, with the JSON inside the message as HubSpot has it."""
    listed = list(problems)
    inner = [
        {
            "isValid": False,
            "message": each["message"],
            "error": each["error"],
            "name": each["name"],
            "localizedErrorMessage": each["message"],
        }
        for each in listed
    ]
    text = json.dumps(inner, separators=(",", ":"), ensure_ascii=False)
    error = validation(
        f"Property values were not valid: {text}",
        errors=[
            {"message": p["message"], "code": p["error"], "context": {"propertyName": [p["name"]]}}
            for p in listed
        ],
    )
    error.problems = listed
    return error

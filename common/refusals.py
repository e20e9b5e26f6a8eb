"""What is asked for and not done: one shape for pages, which tell it in place, and for the API."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Nothing was changed. `code` is for programs, `message` for the person who asked, `status_code` HTTP's,
    `fields` says which part of the request was wrong; empty when it is about none in particular.

    Each app's kinds of refusal are subclasses; `common.api.exception_handler` answers them all.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status_code: int = 400,
        fields: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_code = status_code
        self.fields = fields or {}

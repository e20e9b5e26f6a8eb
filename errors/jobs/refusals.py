"""Why a job is not stored or not changed, in words for people and as codes for programs."""

from __future__ import annotations


class JobRefused(Exception):
    """`code` is for programs, `message` for people, `field` names what was wrong with the form, if anything."""

    def __init__(self, code: str, message: str, *, status_code: int = 400, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_code = status_code
        self.field = field

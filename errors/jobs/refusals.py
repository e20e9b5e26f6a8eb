"""Why a job is not stored or not changed, in words for people and as codes for programs."""

from __future__ import annotations

from common.refusals import Refused


class JobRefused(Refused):
    """`field` names what was wrong with the form, if anything."""

    def __init__(self, code: str, message: str, *, status_code: int = 400, field: str = "") -> None:
        fields = {field: [message]} if field else {}
        super().__init__(code, message, status_code=status_code, fields=fields)
        self.field = field

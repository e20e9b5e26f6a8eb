"""The values that the classifier's parts hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from errors.types import BY_REACH, ErrorType


@dataclass(frozen=True, slots=True)
class Finding:
    """One error as a vendor gave it: a record's refusal may hold several."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()
    sub_category: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Classification:
    """Where an error belongs.

    `code` is the innermost vendor code (upper case, may be empty), `raised_inside` the Apex
    trigger or flow that passed an inner error on (may be empty), `fields` every field or
    property that the vendor named.
    """

    type: ErrorType
    cause: str
    code: str = ""
    raised_inside: str = ""
    fields: tuple[str, ...] = ()

    @property
    def reach(self) -> int:
        """Rank among several errors of one record; the lowest is shown."""
        return BY_REACH.index(self.type)


UNKNOWN = "unknown"

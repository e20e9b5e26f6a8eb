"""What the engine says of one record. Plain values: the engine makes them, the recorder stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class System(StrEnum):
    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"


class Direction(StrEnum):
    TO_SALESFORCE = "to_salesforce"
    TO_HUBSPOT = "to_hubspot"


class Status(StrEnum):
    SYNCED = "synced"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one record was refused. `details` holds JSON values only; docs/architecture.md lists its keys."""

    system: str
    code: str
    message: str
    fields: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordRef:
    """One record of the sync; at least one of the two ids is set."""

    hubspot_object: str
    salesforce_object: str
    hubspot_id: str = ""
    salesforce_id: str = ""
    label: str = ""
    email: str = ""  # where the object has one: people look records up by it


@dataclass(frozen=True, slots=True)
class Outcome:
    """`failures` names everything that is wrong with the record in this direction now, not only what is new."""

    record: RecordRef
    direction: str
    status: str
    failures: tuple[Failure, ...] = ()

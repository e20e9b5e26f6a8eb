"""One record on its way through a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from integrations.engine.context import Context, Parent
from integrations.models import RecordLink
from integrations.outcomes import Failure, Outcome, Status


@dataclass(slots=True)
class Item:
    """What a run knows of one record, and what it decided. Values are canonical texts by Pair.key."""

    link: RecordLink
    label: str
    raw: dict[str, Any]  # the values in the record's own system, as they came
    now: dict[str, str]  # the same, canonical
    other: dict[str, str] = field(default_factory=dict)  # the values of the other side
    met: bool = (
        False  # the two records have just met: neither side's values have been carried over yet
    )
    changed: set[str] = field(default_factory=set)  # Pair.keys whose value was not carried over yet
    creating: bool = False
    blocked: bool = False  # waits for a parent: nothing is written
    skipped: bool = False
    body: dict[str, Any] = field(default_factory=dict)  # what is written, by field or property
    wrote: dict[str, str] = field(default_factory=dict)  # the same by Pair.key
    parents: dict[str, str] = field(
        default_factory=dict
    )  # Parent.key: id in the record's own system
    linking: list[tuple[Parent, str]] = field(
        default_factory=list
    )  # associations to make in HubSpot
    failures: list[Failure] = field(default_factory=list)
    untold: bool = False  # nothing is known of it: no outcome, and the cursor stays before it

    def outcome(self, context: Context, *, direction: str) -> Outcome:
        record = context.reference(
            hubspot_id=self.link.hubspot_id,
            salesforce_id=self.link.salesforce_id,
            label=self.label,
            email=str(self.raw.get("email") or self.raw.get("Email") or "")[:254],
        )
        status = (
            Status.FAILED if self.failures else Status.SKIPPED if self.skipped else Status.SYNCED
        )
        return Outcome(record, direction, status, tuple(self.failures))

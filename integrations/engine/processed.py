"""What became of a page of records in one direction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.engine import links
from integrations.engine.batch import Stop
from integrations.engine.context import Context
from integrations.engine.item import Item
from integrations.outcomes import Outcome


@dataclass(slots=True)
class Processed:
    context: Context
    direction: str
    items: list[Item]
    stop: Stop | None = None
    # What the other direction made of records that met on the way (see to_salesforce).
    meeting: Processed | None = None

    def leave(self, items: Iterable[Item]) -> None:
        """These were not tried: they have no outcome, and the cursor stays before them."""
        for item in items:
            item.untold = True

    @property
    def complete(self) -> bool:
        """Whether something is known of every record, so that the cursor may pass them."""
        met = self.meeting is None or self.meeting.complete
        return met and not any(item.untold for item in self.items)

    def outcomes(self) -> list[Outcome]:
        own = [
            item.outcome(self.context, direction=self.direction)
            for item in self.items
            if not item.untold
        ]
        return own + (self.meeting.outcomes() if self.meeting else [])

    def _told_items(self) -> list[Item]:
        told = [item for item in self.items if not item.untold]
        return told + (self.meeting._told_items() if self.meeting else [])

    def store_links(self) -> None:
        links.save([item.link for item in self._told_items()])

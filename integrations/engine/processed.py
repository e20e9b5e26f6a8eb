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

    def leave(self, items: Iterable[Item]) -> None:
        """These were not tried: they have no outcome, and the cursor stays before them."""
        for item in items:
            item.untold = True

    @property
    def complete(self) -> bool:
        """Whether something is known of every record, so that the cursor may pass them."""
        return not any(item.untold for item in self.items)

    def outcomes(self) -> list[Outcome]:
        return [
            item.outcome(self.context, direction=self.direction)
            for item in self.items
            if not item.untold
        ]

    def store_links(self) -> None:
        links.save([item.link for item in self.items if not item.untold])

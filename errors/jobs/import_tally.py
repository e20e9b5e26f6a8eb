"""What became of the affected records of a chunk, each counted once. No query."""

from __future__ import annotations

from collections.abc import Iterable

from errors.folding import record_keys
from errors.jobs.import_selection import Affected
from integrations.outcomes import Direction, Outcome, Status


class Tally:
    """A record counts when its last direction has been tried."""

    def __init__(self, records: Iterable[Affected]) -> None:
        self._waiting = {one.key: (one, set(one.directions)) for one in records}
        self._key_of = {
            key: one.key for one, _ in self._waiting.values() for key in record_keys(one.record)
        }
        self._told: dict[str, str] = {}

    def knows(self, outcome: Outcome) -> bool:
        """Whether the outcome speaks of a record of the chunk, and not of a parent that came along."""
        return self._key(outcome) is not None

    def add(self, outcome: Outcome, *, gone: bool) -> tuple[str, bool]:
        """What the record came to, as `result` calls it, and whether Salesforce had it; "" while it is still to be
        tried the other way, and for a record that was counted already."""
        key = self._key(outcome)
        if key is None or key not in self._waiting:
            return "", False
        one, directions = self._waiting[key]
        directions.discard(outcome.direction)
        told = self._told[key] = self._worse(self._told.get(key, ""), outcome, gone)
        if directions:
            return "", False
        del self._waiting[key]
        return told, told != "not_in_salesforce" and bool(one.record.salesforce_id)

    def left(self) -> list[Affected]:
        return [one for one, _ in self._waiting.values()]

    def _key(self, outcome: Outcome) -> str | None:
        return next(
            (self._key_of[key] for key in record_keys(outcome.record) if key in self._key_of), None
        )

    def _worse(self, before: str, outcome: Outcome, gone: bool) -> str:
        if outcome.status == Status.FAILED or before == "failing":
            return "failing"
        if (gone and outcome.direction == Direction.TO_HUBSPOT) or before == "not_in_salesforce":
            return "not_in_salesforce"
        return "synced" if outcome.status == Status.SYNCED or before == "synced" else "skipped"

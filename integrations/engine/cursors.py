"""Where a reading of changes begins, and which of the records it finds were told of already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common import clock
from integrations.models import ObjectMapping, RecordLink, SyncCursor, SystemName

# HubSpot's search runs some seconds behind its writes, and a Salesforce transaction commits some seconds after
# the stamp that it bears: what is younger than this at a reading is read once more by the next one.
SETTLING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Position:
    """Reading goes on behind the record `last` of the moment `modified`; with "" behind the moment itself.

    `told_until`: up to here records were read before (None: nothing is read twice).
    """

    modified: datetime | None = None
    last: str = ""
    told_until: datetime | None = None

    def was_told(self, link: RecordLink | None, modified: datetime, system: SystemName) -> bool:
        """Whether a record that is read again is as it was, and failed then: trying it again would spend calls on
        the same answer. Records that did not fail cost nothing, and are compared once more."""
        if self.told_until is None or modified > self.told_until or link is None:
            return False
        if system == SystemName.SALESFORCE:
            return bool(link.pending_to_hubspot) and link.salesforce_modified_at == modified
        return bool(link.pending_to_salesforce) and link.hubspot_modified_at == modified


def position_of(*, mapping: ObjectMapping, system: SystemName) -> Position:
    """The cursor's place, or a minute before its reading, if that is earlier."""
    cursor = SyncCursor.objects.filter(object_mapping=mapping, system=system).first()
    if cursor is None:
        return Position()
    modified = datetime.fromisoformat(cursor.position["modified"])
    settled = datetime.fromisoformat(cursor.position["read_at"]) - SETTLING
    if modified <= settled:
        return Position(modified, cursor.position["id"])
    return Position(settled, "", told_until=modified)


def move(
    *, mapping: ObjectMapping, system: SystemName, modified: datetime, last: str, read_at: datetime
) -> None:
    """Moves the cursor behind a record that was read by a call begun at `read_at`. In the page's transaction."""
    position = {"modified": stamp(modified), "id": last, "read_at": stamp(read_at)}
    SyncCursor.objects.update_or_create(
        object_mapping=mapping,
        system=system,
        defaults={"position": position, "moved_at": clock.now()},
    )


def stamp(moment: datetime) -> str:
    """A time as SOQL and ISO 8601 both have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def untold(
    position: Position,
    system: SystemName,
    records: Iterable[tuple[dict[str, Any], str, datetime]],
    known: Mapping[str, RecordLink],
) -> list[dict[str, Any]]:
    """Those of `records` (record, id, modified) that are to be carried over."""
    return [
        record
        for record, record_id, modified in records
        if not position.was_told(known.get(record_id), modified, system)
    ]

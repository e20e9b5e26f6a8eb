"""Import: one object's Salesforce records once more, all of them or those changed since a time.

The sync's cursor stays where it is: what is imported is compared again by the next sync, at no cost where nothing
has changed since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.clients import Clients
from integrations.engine import links, to_hubspot
from integrations.engine.pages import EnginePage
from integrations.engine.processed import Processed
from integrations.engine.retry import Run
from integrations.engine.sync import behind, changed_rows, up_to
from integrations.models import Connection, ObjectMapping, RecordLink, SystemName

# Salesforce keeps SystemModstamp to the millisecond at most.
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Reading goes on behind the record `last` of the moment `modified`; empty at the beginning."""

    modified: datetime | None = None
    last: str = ""

    @classmethod
    def before(cls, since: datetime | None) -> Place:
        """The place from which reading begins with the changes of the moment `since`; None: with all."""
        return cls(since - _TICK if since else None)


@dataclass(frozen=True, slots=True)
class ImportPage:
    """`place` is where to go on once the page is stored; None: before it, because it is a page of parents or not
    all of its records were tried. `read`: Salesforce records of the object in it."""

    page: EnginePage
    place: Place | None
    read: int


def records_to_import(
    *, clients: Clients, mapping: ObjectMapping, place: Place, until: datetime
) -> int:
    """How many records `import_pages` would read. One Salesforce call."""
    where = " AND ".join(filter(None, (behind(place.modified, place.last), up_to(until))))
    return clients.salesforce.count(mapping.salesforce_object, where)


def import_pages(
    *,
    connection: Connection,
    clients: Clients,
    mapping: ObjectMapping,
    place: Place,
    until: datetime,
    reread: Collection[SystemName] = (),
) -> Iterator[ImportPage]:
    """Carries the mapping's Salesforce records over to HubSpot: those changed behind `place`, up to `until`.

    Records that are equal on both sides cost neither a read nor a write in HubSpot; what failed before is tried
    again; parents that HubSpot lacks come first. One Salesforce call for each 2,000 records. Recorded page by page
    as in `sync_pages`, and raises what that raises.
    """
    run = Run(connection, clients, reread)
    context = run.context(mapping)
    for part in changed_rows(context, modified=place.modified, last=place.last, until=until):
        for parents in run.missing_parents(context, part.rows):
            yield ImportPage(parents, None, 0)
        known = links.by_salesforce_id(mapping=mapping, ids=[str(one["Id"]) for one in part.rows])
        rows = [row for row in part.rows if not _is_older(row, known.get(str(row["Id"])))]
        done = to_hubspot.process(context, rows, known=known)
        behind_it = Place(part.modified, part.last) if done.complete else None
        yield ImportPage(_page(done), behind_it, len(part.rows))
        if done.stop is not None:
            raise done.stop


def _is_older(row: dict[str, Any], link: RecordLink | None) -> bool:
    """Whether the sync has carried over a later state of the record since this row was read."""
    known = link.salesforce_modified_at if link else None
    return known is not None and datetime.fromisoformat(row["SystemModstamp"]) < known


def _page(done: Processed) -> EnginePage:
    return EnginePage(
        outcomes=done.outcomes(),
        apply=done.store_links,
        records=len(done.items),
        label=f"{done.context.mapping.label} of Salesforce",
    )

"""The incremental sync of one connection, as pages of outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from common import clock
from integrations.clients import Clients
from integrations.engine import to_hubspot, to_salesforce
from integrations.engine.context import Context, open_context
from integrations.engine.pages import EnginePage
from integrations.engine.processed import Processed
from integrations.models import Connection, ObjectMapping, SyncCursor, SystemName

# Rows of a Salesforce query page (one call), and how many of them are recorded in one transaction.
_QUERY_ROWS = 2000
_RECORDED_ROWS = 400
_SEARCH_ROWS = 200
# HubSpot's changes are gathered, so that Salesforce's calls are full: of 200 records some are created and some
# updated, which is two calls, and so it is of 1,000 for each 200 of them.
_GATHERED_ROWS = 1000
# HubSpot's search runs some seconds behind its writes, and a Salesforce transaction commits some seconds after
# the stamp that it bears: what is younger than this at a reading is read once more by the next one.
_SETTLING = timedelta(minutes=1)


def sync_pages(*, connection: Connection, clients: Clients) -> Iterator[EnginePage]:
    """Everything that changed since the cursors, page by page: parents first, Salesforce before HubSpot.

    Nothing is stored here but notes of creates under way: the caller records each page's outcomes and calls its
    `apply()` in one transaction, before it asks for the next page. Raises ConnectionFault, TransientFault and
    AllotmentSpent, after the page that holds what is known by then.
    """
    for mapping in connection.object_mappings.filter(enabled=True):
        context = open_context(connection=connection, clients=clients, mapping=mapping)
        yield from _from_salesforce(context)
        yield from _from_hubspot(context)


def soql(context: Context, where: str, *, limit: int | None = None) -> str:
    """A query of the mapping's columns in the order of the cursor."""
    columns = ", ".join(context.salesforce_fields())
    text = f"SELECT {columns} FROM {context.sobject}"  # noqa: S608 - names come from describe
    if where:
        text += f" WHERE {where}"
    text += " ORDER BY SystemModstamp, Id"
    return text if limit is None else f"{text} LIMIT {limit}"


def _from_salesforce(context: Context) -> Iterator[EnginePage]:
    position = _position(context.mapping, SystemName.SALESFORCE)
    while True:
        where = ""
        if position:
            stamp, last = position["modified"], position["id"]
            where = f"(SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{last}'))"
            if not last:
                where = f"SystemModstamp > {stamp}"
        rows = context.clients.salesforce.query(soql(context, where, limit=_QUERY_ROWS))
        for start in range(0, len(rows), _RECORDED_ROWS):
            part = rows[start : start + _RECORDED_ROWS]
            moved = {
                "modified": _stamp(datetime.fromisoformat(part[-1]["SystemModstamp"])),
                "id": str(part[-1]["Id"]),
            }
            done = to_hubspot.process(context, part)
            yield from _page(context, done, SystemName.SALESFORCE, moved)
            position = moved
        if len(rows) < _QUERY_ROWS:
            return


def _from_hubspot(context: Context) -> Iterator[EnginePage]:
    position = _position(context.mapping, SystemName.HUBSPOT)
    since = datetime.fromisoformat(position["modified"]) if position else None
    after_id = position["id"] if position else ""
    more = True
    while more:
        records: list[dict[str, Any]] = []
        while more and len(records) < _GATHERED_ROWS:
            page = context.clients.hubspot.search_modified(
                context.hubspot_object,
                modified_property=context.modified_property,
                since=since,
                after_id=after_id,
                properties=context.hubspot_properties(),
                limit=_SEARCH_ROWS,
            )
            records += [dict(record) for record in page.records]
            since, after_id, more = page.since, page.after_id, page.more
        if not records or since is None:
            return
        moved = {"modified": since.isoformat(), "id": after_id}
        done = to_salesforce.process(context, records)
        yield from _page(context, done, SystemName.HUBSPOT, moved)


def _position(mapping: ObjectMapping, system: SystemName) -> dict[str, Any]:
    """Where to go on reading: the cursor, or a minute before the last reading, if that is earlier."""
    cursor = SyncCursor.objects.filter(object_mapping=mapping, system=system).first()
    if cursor is None:
        return {}
    position = dict(cursor.position)
    settled = datetime.fromisoformat(position["read_at"]) - _SETTLING
    if datetime.fromisoformat(position["modified"]) <= settled:
        return position
    return {"modified": _stamp(settled), "id": ""}


def _stamp(moment: datetime) -> str:
    """A time as SOQL and ISO 8601 both have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _page(
    context: Context, done: Processed, system: SystemName, moved: dict[str, str]
) -> Iterator[EnginePage]:
    position = {**moved, "read_at": _stamp(clock.now())}

    def apply() -> None:
        done.store_links()
        if done.complete:
            SyncCursor.objects.update_or_create(
                object_mapping=context.mapping,
                system=system,
                defaults={"position": position, "moved_at": clock.now()},
            )

    yield EnginePage(
        outcomes=done.outcomes(),
        apply=apply,
        records=len(done.items),
        label=f"{context.mapping.label} of {system.label}",
    )
    if done.stop is not None:
        raise done.stop

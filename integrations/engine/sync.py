"""The incremental sync of one connection, as pages of outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
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


def sync_pages(*, connection: Connection, clients: Clients) -> Iterator[EnginePage]:
    """Everything that changed since the cursors, page by page: parents first, Salesforce before HubSpot.

    Nothing is stored here but notes of creates under way: the caller records each page's outcomes and calls its
    `apply()` in one transaction, before it asks for the next page. Raises ConnectionFault, TransientFault and
    AllotmentSpent, after the page that holds what is known by then.
    """
    for mapping in connection.object_mappings.filter(enabled=True):
        context = open_context(connection=connection, clients=clients, mapping=mapping)
        if not context.fields or not context.properties:
            continue
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
        rows = context.clients.salesforce.query(soql(context, where, limit=_QUERY_ROWS))
        for start in range(0, len(rows), _RECORDED_ROWS):
            part = rows[start : start + _RECORDED_ROWS]
            moved = {"modified": _literal(part[-1]["SystemModstamp"]), "id": str(part[-1]["Id"])}
            done = to_hubspot.process(context, part)
            yield from _page(context, done, SystemName.SALESFORCE, moved)
            position = moved
        if len(rows) < _QUERY_ROWS:
            return


def _literal(text: str) -> str:
    """A time that an answer gave (2026-11-24T08:00:00.000+0000) as SOQL takes it."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _from_hubspot(context: Context) -> Iterator[EnginePage]:
    position = _position(context.mapping, SystemName.HUBSPOT)
    while True:
        page = context.clients.hubspot.search_modified(
            context.hubspot_object,
            modified_property=context.modified_property,
            since=datetime.fromisoformat(position["modified"]) if position else None,
            after_id=position["id"] if position else "",
            properties=context.hubspot_properties(),
            limit=_SEARCH_ROWS,
        )
        if not page.records:
            return
        moved = {"modified": page.since.isoformat(), "id": page.after_id}
        done = to_salesforce.process(context, [dict(record) for record in page.records])
        yield from _page(context, done, SystemName.HUBSPOT, moved)
        position = moved
        if not page.more:
            return


def _position(mapping: ObjectMapping, system: SystemName) -> dict[str, Any]:
    cursor = SyncCursor.objects.filter(object_mapping=mapping, system=system).first()
    return dict(cursor.position) if cursor else {}


def _page(
    context: Context, done: Processed, system: SystemName, moved: dict[str, str]
) -> Iterator[EnginePage]:
    def apply() -> None:
        done.store_links()
        if done.complete:
            SyncCursor.objects.update_or_create(
                object_mapping=context.mapping,
                system=system,
                defaults={"position": moved, "moved_at": clock.now()},
            )

    yield EnginePage(
        outcomes=done.outcomes(),
        apply=apply,
        records=len(done.items),
        label=f"{context.mapping.label} of {system.label}",
    )
    if done.stop is not None:
        raise done.stop

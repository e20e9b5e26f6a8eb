"""The incremental sync of one connection, as pages of outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import clock
from integrations.clients import Clients
from integrations.clients.hubspot_search import modified_of
from integrations.engine import links, to_hubspot, to_salesforce
from integrations.engine.context import Context, open_context
from integrations.engine.cursors import move, position_of, stamp, untold
from integrations.engine.pages import EnginePage
from integrations.engine.processed import Processed
from integrations.models import Connection, SystemName

# Rows of a Salesforce query page (one call), and how many of them are recorded in one transaction.
_QUERY_ROWS = 2000
_RECORDED_ROWS = 400
_SEARCH_ROWS = 200
# HubSpot's changes are gathered, so that Salesforce's calls are full: of 200 records some are created and some
# updated, which is two calls, and so it is of 1,000 for each 200 of them.
_GATHERED_ROWS = 1000


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
    system, start = (
        SystemName.SALESFORCE,
        position_of(mapping=context.mapping, system=SystemName.SALESFORCE),
    )
    for part in changed_rows(context, modified=start.modified, last=start.last):
        known = links.by_salesforce_id(
            mapping=context.mapping, ids=[str(one["Id"]) for one in part.rows]
        )
        listed = [(one, str(one["Id"]), _modified(one)) for one in part.rows]
        done = to_hubspot.process(context, untold(start, system, listed, known))
        yield from _page(context, done, _Move(system, part.modified, part.last, part.read_at))


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Rows to record in one transaction, and the place behind them."""

    rows: list[dict[str, Any]]
    modified: datetime
    last: str
    read_at: datetime  # when the call that brought them began


def changed_rows(
    context: Context, *, modified: datetime | None, last: str, until: datetime | None = None
) -> Iterator[ChangedRows]:
    """Salesforce's records in the order of their changes, from behind a place up to `until` inclusive.

    One call for each 2,000 rows, made when they are asked for, and one more when the last call was full.
    """
    while True:
        read_at = clock.now()
        where = " AND ".join(filter(None, (behind(modified, last), up_to(until))))
        rows = context.clients.salesforce.query(soql(context, where, limit=_QUERY_ROWS))
        for first in range(0, len(rows), _RECORDED_ROWS):
            part = rows[first : first + _RECORDED_ROWS]
            modified, last = _modified(part[-1]), str(part[-1]["Id"])
            yield ChangedRows(part, modified, last, read_at)
        if len(rows) < _QUERY_ROWS:
            return


def behind(modified: datetime | None, last: str) -> str:
    """What SOQL asks for records behind the one that was read last; "" for all."""
    if modified is None:
        return ""
    moment = stamp(modified)
    if not last:
        return f"SystemModstamp > {moment}"
    return f"(SystemModstamp > {moment} OR (SystemModstamp = {moment} AND Id > '{last}'))"


def up_to(until: datetime | None) -> str:
    return f"SystemModstamp <= {stamp(until)}" if until else ""


def _modified(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["SystemModstamp"])


def _from_hubspot(context: Context) -> Iterator[EnginePage]:
    system, start = (
        SystemName.HUBSPOT,
        position_of(mapping=context.mapping, system=SystemName.HUBSPOT),
    )
    since, after_id, more = start.modified, start.last, True
    while more:
        read_at = clock.now()
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
        known = links.by_hubspot_id(mapping=context.mapping, ids=[one["id"] for one in records])
        listed = [
            (one, str(one["id"]), modified_of(one, context.modified_property)) for one in records
        ]
        done = to_salesforce.process(context, untold(start, system, listed, known))
        yield from _page(context, done, _Move(system, since, after_id, read_at))


@dataclass(frozen=True, slots=True)
class _Move:
    system: SystemName
    modified: datetime
    last: str
    read_at: datetime


def _page(context: Context, done: Processed, to: _Move) -> Iterator[EnginePage]:
    def apply() -> None:
        done.store_links()
        if done.complete:
            move(
                mapping=context.mapping,
                system=to.system,
                modified=to.modified,
                last=to.last,
                read_at=to.read_at,
            )

    yield EnginePage(
        outcomes=done.outcomes(),
        apply=apply,
        records=len(done.items),
        label=f"{context.mapping.label} of {to.system.label}",
    )
    if done.stop is not None:
        raise done.stop

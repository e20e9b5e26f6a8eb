"""Resync: exactly these records once more, in as few calls as the APIs allow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.clients import Clients
from integrations.clients.duplicates import soql_text
from integrations.engine import links, to_hubspot, to_salesforce
from integrations.engine.context import Context, Parent, open_context
from integrations.engine.pages import EnginePage
from integrations.engine.processed import Processed
from integrations.engine.sync import soql
from integrations.models import Connection, ObjectMapping, SystemName
from integrations.outcomes import Direction, Outcome, RecordRef, Status

# Ids of one query, and of one write: a full Salesforce collection.
_RECORDS = 200


@dataclass(frozen=True, slots=True)
class RetryTarget:
    """One record to carry over in one direction."""

    direction: str
    record: RecordRef


def retry_pages(
    *,
    connection: Connection,
    clients: Clients,
    targets: Sequence[RetryTarget],
    reread: Collection[SystemName] = (),
) -> Iterator[EnginePage]:
    """Carries `targets` over, parents first: what blocks a record is synced in the same run, then the record.

    For 100 records of one object with known links: to Salesforce one write, to HubSpot one query. `reread`: the
    systems whose schemas are read anew; Salesforce's is a describe for each object more. The caller records each page as in `sync_pages`. Raises
    ConnectionFault, TransientFault and AllotmentSpent, after the page that holds what is known by then.
    """
    return Run(connection, clients, reread).pages(targets)


@dataclass(slots=True)
class Run:
    """What one run shares between its pages: the schemas it has read, and the parents it has tried."""

    connection: Connection
    clients: Clients
    reread: Collection[SystemName] = ()
    contexts: dict[int, Context] = field(default_factory=dict)
    # Parents this run has tried already: (direction, id).
    tried: set[tuple[str, str]] = field(default_factory=set)

    def pages(self, targets: Sequence[RetryTarget]) -> Iterator[EnginePage]:
        left = list(targets)
        for mapping in self.connection.object_mappings.filter(enabled=True):
            mine = [target for target in left if _is_of(target.record, mapping)]
            left = [target for target in left if not _is_of(target.record, mapping)]
            for direction in (Direction.TO_HUBSPOT, Direction.TO_SALESFORCE):
                records = [target.record for target in mine if target.direction == direction]
                for start in range(0, len(records), _RECORDS):
                    part = records[start : start + _RECORDS]
                    if direction == Direction.TO_HUBSPOT:
                        yield from self._to_hubspot(self.context(mapping), part)
                    else:
                        yield from self._to_salesforce(self.context(mapping), part)
        # What is left is of objects that do not sync any more: there is nothing to carry over.
        for direction in (Direction.TO_HUBSPOT, Direction.TO_SALESFORCE):
            yield from _settled(
                [target.record for target in left if target.direction == direction], direction
            )

    def context(self, mapping: ObjectMapping) -> Context:
        if mapping.pk not in self.contexts:
            self.contexts[mapping.pk] = open_context(
                connection=self.connection,
                clients=self.clients,
                mapping=mapping,
                reread=self.reread,
            )
        return self.contexts[mapping.pk]

    def _to_hubspot(self, context: Context, records: list[RecordRef]) -> Iterator[EnginePage]:
        rows = _query(context, [record.salesforce_id for record in records])
        yield from self.missing_parents(context, rows)
        yield from _page(to_hubspot.process(context, rows))
        found = {str(row["Id"]) for row in rows}
        yield from _settled(
            [one for one in records if one.salesforce_id not in found],
            Direction.TO_HUBSPOT,
            gone=True,
        )

    def missing_parents(
        self, context: Context, rows: Sequence[dict[str, Any]]
    ) -> Iterator[EnginePage]:
        """Brings over the parents of Salesforce's `rows` that HubSpot does not have yet, each once in a run."""
        for parent in context.parents:
            needed = {str(row.get(parent.field) or "") for row in rows} - {""}
            known = links.by_salesforce_id(mapping=parent.mapping.parent, ids=needed)
            missing = self._untried(
                Direction.TO_HUBSPOT,
                {one for one in needed if not (one in known and known[one].hubspot_id)},
            )
            for start in range(0, len(missing), _RECORDS):
                above = self.context(parent.mapping.parent)
                found = _query(above, missing[start : start + _RECORDS])
                yield from _page(to_hubspot.process(above, found))

    def _to_salesforce(self, context: Context, records: list[RecordRef]) -> Iterator[EnginePage]:
        found = _read(context, [record.hubspot_id for record in records])
        for parent in context.parents:
            missing = self._missing_companies(context, parent, list(found))
            if missing:
                above = self.context(parent.mapping.parent)
                rows = list(_read(above, missing).values())
                yield from _page(to_salesforce.process(above, rows))
        yield from _page(to_salesforce.process(context, list(found.values())))
        yield from _settled(
            [one for one in records if one.hubspot_id not in found],
            Direction.TO_SALESFORCE,
            gone=True,
        )

    def _missing_companies(self, context: Context, parent: Parent, ids: list[str]) -> list[str]:
        """Associated parents without a Salesforce record, of children never joined to theirs there."""
        children = links.by_hubspot_id(mapping=context.mapping, ids=ids)
        apart = [
            one
            for one in ids
            if one not in children or parent.key not in children[one].hubspot_values
        ]
        if not apart:
            return []
        linked = context.clients.hubspot.associations_read(
            context.hubspot_object, parent.mapping.parent.hubspot_object, apart
        )
        needed = {str(entry["toObjectId"]) for entries in linked.values() for entry in entries}
        known = links.by_hubspot_id(mapping=parent.mapping.parent, ids=needed)
        return self._untried(
            Direction.TO_SALESFORCE,
            {one for one in needed if not (one in known and known[one].salesforce_id)},
        )

    def _untried(self, direction: str, ids: set[str]) -> list[str]:
        fresh = sorted(one for one in ids if (direction, one) not in self.tried)
        self.tried |= {(direction, one) for one in fresh}
        return fresh


def _is_of(record: RecordRef, mapping: ObjectMapping) -> bool:
    return (record.hubspot_object, record.salesforce_object) == (
        mapping.hubspot_object,
        mapping.salesforce_object,
    )


def _query(context: Context, ids: Sequence[str]) -> list[dict[str, Any]]:
    listed = ", ".join(soql_text(one) for one in dict.fromkeys(ids) if one)
    return context.clients.salesforce.query(soql(context, f"Id IN ({listed})")) if listed else []


def _read(context: Context, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = context.clients.hubspot.batch_read(
        context.hubspot_object, [one for one in ids if one], context.hubspot_properties()
    )
    return {key: dict(record) for key, record in found.items()}


def _page(done: Processed) -> Iterator[EnginePage]:
    yield EnginePage(
        outcomes=done.outcomes(),
        apply=done.store_links,
        records=len(done.items),
        label=done.context.mapping.label,
    )
    if done.stop is not None:
        raise done.stop


def _settled(
    records: Sequence[RecordRef], direction: str, *, gone: bool = False
) -> Iterator[EnginePage]:
    """Records that their own system does not have any more (`gone`), or that do not sync: their errors are over."""
    if records:
        outcomes = [Outcome(record, direction, Status.SYNCED) for record in records]
        yield EnginePage(outcomes=outcomes, apply=lambda: None, records=len(records), gone=gone)

"""Salesforce records to HubSpot: a page of records in, outcomes and links out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.clients.hubspot_search import modified_of
from integrations.clients.results import WriteResult
from integrations.engine import batch, failures, links, matching, rules
from integrations.engine.context import Context, local_failures
from integrations.engine.item import Item
from integrations.engine.processed import Processed
from integrations.models import RecordLink
from integrations.outcomes import Direction

_DIRECTION = Direction.TO_HUBSPOT


def process(
    context: Context,
    records: Sequence[dict[str, Any]],
    *,
    known: Mapping[str, RecordLink] | None = None,
) -> Processed:
    """Carries what Salesforce holds over to HubSpot. `known`: links by Salesforce id, where the caller has them.

    HubSpot calls: one read for each 100 records that changed, one write for each 100 to update and to create,
    one for the associations. No Salesforce call. Raises what reading raises; writes that stop halfway are told
    in the result.
    """
    items = _items(context, records, known)
    _match(context, items)
    _read_other_side(context, items)
    _parents(context, items)
    for item in items:
        _decide(context, item)
    done = Processed(context, _DIRECTION, items)
    _write(context, done)
    if done.stop is None:
        _link(context, done)
    for item in items:
        if not item.untold:
            _remember(context, item)
    return done


def _items(
    context: Context,
    records: Sequence[dict[str, Any]],
    known: Mapping[str, RecordLink] | None,
) -> list[Item]:
    if known is None:
        ids = [str(one["Id"]) for one in records]
        known = links.by_salesforce_id(mapping=context.mapping, ids=ids)
    items = []
    for record in records:
        link = known.get(str(record["Id"])) or RecordLink(
            object_mapping=context.mapping, salesforce_id=str(record["Id"])
        )
        now = {
            pair.key: pair.from_salesforce(record.get(pair.field.name)) for pair in context.pairs
        }
        label = str(record.get("Name") or link.label or "")[:255]
        link.salesforce_modified_at = _moment(record.get("SystemModstamp"))
        link.label = label or link.label
        carried = link.salesforce_values
        item = Item(link=link, label=label, raw=record, now=now, met=not carried)
        item.changed = {
            key
            for key, value in now.items()
            if value != carried.get(key, "") or key in link.pending_to_hubspot
        }
        items.append(item)
    return items


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _match(context: Context, items: list[Item]) -> None:
    alone = [item for item in items if not item.link.hubspot_id]
    matches = matching.in_hubspot(context, alone) | matching.uncertain_in_hubspot(context, alone)
    for row, item in enumerate(alone):
        record = matches.get(row)
        if record is None:
            item.creating = True
        else:
            item.link.hubspot_id = str(record["id"])
            _take(context, item, record)


def _take(context: Context, item: Item, record: Any) -> None:
    properties = dict(record.get("properties") or {})
    item.other = {
        pair.key: pair.from_hubspot(properties.get(pair.prop.name)) for pair in context.pairs
    }
    item.link.hubspot_modified_at = modified_of(record, context.modified_property)


def _read_other_side(context: Context, items: list[Item]) -> None:
    """HubSpot's values of linked records that changed here; the others are our own writes coming back."""
    changed = [
        item
        for item in items
        if item.link.hubspot_id and not item.other and (item.changed or item.met)
    ]
    found = (
        context.clients.hubspot.batch_read(
            context.hubspot_object,
            [item.link.hubspot_id for item in changed],
            context.hubspot_properties(),
        )
        if changed
        else {}
    )
    for item in changed:
        record = found.get(item.link.hubspot_id)
        if record is None:
            # Deleted in HubSpot: the rules let Salesforce keep its record, and nothing is made anew.
            item.skipped = item.blocked = True
        else:
            _take(context, item, record)


def _parents(context: Context, items: list[Item]) -> None:
    for parent in context.parents:
        ids = {str(item.raw.get(parent.field) or "") for item in items} - {""}
        known = links.by_salesforce_id(mapping=parent.mapping.parent, ids=ids)
        for item in items:
            wanted = str(item.raw.get(parent.field) or "")
            if not wanted or item.skipped:
                continue
            link = known.get(wanted)
            if link is not None and link.hubspot_id:
                item.parents[parent.key] = wanted
                if item.link.salesforce_values.get(parent.key) != wanted:
                    item.linking.append((parent, link.hubspot_id))
                continue
            if item.link.hubspot_id and item.link.salesforce_values.get(parent.key) == wanted:
                continue
            label = str((item.raw.get(parent.relationship) or {}).get("Name") or "")
            item.blocked = True
            item.failures.append(
                failures.waiting_for_parent(parent, salesforce_id=wanted, label=label)
            )


def _decide(context: Context, item: Item) -> None:
    if item.skipped:
        return
    item.failures += local_failures(context, direction=_DIRECTION, raw=item.raw)
    if item.blocked:
        return
    if item.creating and not context.mapping.create_in_hubspot:
        item.skipped = True
        return
    key = matching.key_of(context, salesforce=item.raw)
    if item.creating and context.mapping.match_by == context.mapping.MatchBy.EMAIL and not key:
        # HubSpot syncs no contact without an address (KB, sync triggers).
        item.skipped = True
        return
    link = item.link
    later = bool(
        link.hubspot_modified_at
        and link.salesforce_modified_at
        and link.hubspot_modified_at > link.salesforce_modified_at
    )
    if link.hubspot_id and not item.other:
        return  # nothing changed here since the last write
    for pair in context.pairs:
        text = rules.to_hubspot(
            pair,
            now=item.now,
            other=item.other,
            changed=pair.key in item.changed,
            other_changed=item.other.get(pair.key, "") != link.hubspot_values.get(pair.key, "")
            or pair.key in link.pending_to_salesforce,
            other_is_later=later,
            met=item.met,
            creating=item.creating,
        )
        if text is None:
            continue
        if pair.prop.read_only:
            item.failures.append(failures.read_only(pair, direction=_DIRECTION, value=text))
            continue
        item.body[pair.prop.name] = pair.to_hubspot(text)
        item.wrote[pair.key] = text


def _write(context: Context, done: Processed) -> None:
    hubspot, kind = context.clients.hubspot, context.hubspot_object
    updates = [item for item in done.items if item.body and not item.creating]
    creates = [
        item
        for item in done.items
        if item.creating and item.body and not (item.skipped or item.blocked)
    ]
    inputs = [{"id": item.link.hubspot_id, "properties": item.body} for item in updates]
    written = batch.write(lambda: hubspot.batch_update(kind, inputs), len(updates))
    _settle(context, done, updates, written)
    if done.stop is not None:
        done.leave(creates)
        return
    links.intend([item.link for item in creates])
    rows = [{"properties": item.body} for item in creates]
    written = batch.write(lambda: hubspot.batch_create(kind, rows), len(creates))
    _settle(context, done, creates, written)


def _settle(context: Context, done: Processed, items: list[Item], written: batch.Written) -> None:
    done.stop = done.stop or written.stop
    for row, (item, result) in enumerate(zip(items, written.results, strict=False)):
        if result is None:
            item.untold = True
            continue
        if row not in written.uncertain:
            item.link.create_uncertain = False
        _note(context, item, result)


def _note(context: Context, item: Item, result: WriteResult) -> None:
    if result.ok:
        item.link.hubspot_id = result.id or item.link.hubspot_id
        item.link.hubspot_modified_at = result.modified_at or item.link.hubspot_modified_at
        return
    item.wrote = {}
    item.failures += [
        failures.told(
            one,
            context=context,
            direction=_DIRECTION,
            sent=item.body,
            own_id=item.link.salesforce_id,
            label=item.label,
        )
        for one in result.failures
    ]
    item.blocked = True


def _link(context: Context, done: Processed) -> None:
    """Associations of written records to their parents; a refused one is a failure of the record."""
    for parent in context.parents:
        wanted = [
            (item, other)
            for item in done.items
            if item.link.hubspot_id and not item.untold and not item.blocked
            for one, other in item.linking
            if one.key == parent.key
        ]
        kind = parent.mapping.parent
        pairs = [(item.link.hubspot_id, other) for item, other in wanted]
        written = batch.write(
            lambda pairs=pairs, parent=parent, kind=kind: (
                context.clients.hubspot.associations_create(  # type: ignore[misc]
                    context.hubspot_object,
                    kind.hubspot_object,
                    pairs,
                    parent.mapping.association_type_id,
                )
            ),
            len(pairs),
        )
        done.stop = done.stop or written.stop
        for (item, other), result in zip(wanted, written.results, strict=False):
            if result is None:
                item.untold = True
            elif not result.ok:
                item.parents.pop(parent.key, None)
                for one in result.failures:
                    details = {
                        **one.details,
                        "blocking_record": {
                            "object": kind.hubspot_object,
                            "label": str(
                                (item.raw.get(parent.relationship) or {}).get("Name") or ""
                            ),
                            "hubspot_id": other,
                            "salesforce_id": str(item.raw.get(parent.field) or ""),
                        },
                    }
                    item.failures.append(
                        type(one)(one.system, one.code, one.message, one.fields, details)
                    )


def _remember(context: Context, item: Item) -> None:
    """What both sides hold after this page, and what is still to be carried over."""
    link = item.link
    if item.skipped:
        return
    parents = {key: value for key, value in link.salesforce_values.items() if key.startswith("@")}
    link.salesforce_values = {**item.now, **parents}
    link.pending_to_hubspot = sorted(item.changed) if item.blocked else []
    if item.met and item.other:
        # HubSpot's values that Salesforce has not taken yet are for the other direction to carry.
        link.hubspot_values = dict(item.other)
        link.pending_to_salesforce = sorted(
            key
            for key, value in item.other.items()
            if value and value != item.now.get(key, "") and key not in item.wrote
        )
    link.hubspot_values = {**link.hubspot_values, **item.wrote}
    if item.blocked or not link.hubspot_id:
        return
    link.salesforce_values |= item.parents
    link.hubspot_values |= {
        parent.key: other for parent, other in item.linking if parent.key in item.parents
    }
    links.touch(link)

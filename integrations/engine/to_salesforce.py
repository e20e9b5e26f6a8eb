"""HubSpot records to Salesforce: a page of records in, outcomes and links out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from integrations.clients.hubspot_search import modified_of
from integrations.clients.results import WriteResult
from integrations.engine import batch, failures, links, matching, rules, to_hubspot
from integrations.engine.context import Context, local_failures, never_writable
from integrations.engine.item import Item
from integrations.engine.processed import Processed
from integrations.models import RecordLink
from integrations.outcomes import Direction

_DIRECTION = Direction.TO_SALESFORCE
_PRIMARY = {279: 1, 341: 5}  # HubSpot's "primary company" types of the unlabelled ones


def process(context: Context, records: Sequence[dict[str, Any]]) -> Processed:
    """Carries what HubSpot holds over to Salesforce.

    Salesforce calls: one write for each 200 records to update and to create, and one lookup for each 200 that
    were never linked. What Salesforce holds is known from the baselines. HubSpot calls: one to read the
    associations of up to 1,000. Raises what reading raises; writes that stop halfway are told in the result.
    """
    items = _items(context, records)
    meeting = _match(context, items)
    _parents(context, items)
    for item in items:
        _decide(context, item)
    done = Processed(
        context, _DIRECTION, items, meeting=meeting, stop=meeting.stop if meeting else None
    )
    if done.stop is None:
        _write(context, done)
    else:
        done.leave(items)
    for item in items:
        if not item.untold:
            _remember(context, item)
    return done


def _items(context: Context, records: Sequence[dict[str, Any]]) -> list[Item]:
    known = links.by_hubspot_id(mapping=context.mapping, ids=[str(one["id"]) for one in records])
    items = []
    for record in records:
        properties = dict(record.get("properties") or {})
        link = known.get(str(record["id"])) or RecordLink(
            object_mapping=context.mapping, hubspot_id=str(record["id"])
        )
        now = {
            pair.key: pair.from_hubspot(properties.get(pair.prop.name)) for pair in context.pairs
        }
        label = context.hubspot_label(properties) or link.label
        link.hubspot_modified_at = modified_of(record, context.modified_property)
        link.label = label
        item = Item(
            link=link,
            label=label,
            raw=properties,
            now=now,
            other={
                key: value
                for key, value in link.salesforce_values.items()
                if not key.startswith("@")
            },
        )
        item.changed = {
            key
            for key, value in now.items()
            if value != link.hubspot_values.get(key, "") or key in link.pending_to_salesforce
        }
        items.append(item)
    return items


def _match(context: Context, items: list[Item]) -> Processed | None:
    """Links records that meet now. Salesforce's values go over to HubSpot first, as in any first sync: its value
    wins where it has one."""
    alone = [item for item in items if not item.link.salesforce_id and _may_sync(context, item)]
    matches = matching.in_salesforce(context, alone)
    matches |= matching.uncertain_in_salesforce(context, alone)
    for row, item in enumerate(alone):
        if row not in matches:
            item.creating = True
            continue
        item.link.salesforce_id = str(matches[row]["Id"])
    if not matches:
        return None
    known = {alone[row].link.salesforce_id: alone[row].link for row in matches}
    meeting = to_hubspot.process(context, list(matches.values()), known=known)
    for row in matches:
        item = alone[row]
        item.other = {
            key: value
            for key, value in item.link.salesforce_values.items()
            if not key.startswith("@")
        }
        item.untold = not item.link.salesforce_values
    for item in meeting.items:
        if item.wrote:
            mine = next(one for one in alone if one.link is item.link)
            mine.now |= item.wrote
    return meeting


def _may_sync(context: Context, item: Item) -> bool:
    """A contact without an e-mail address does not sync (KB, sync triggers)."""
    needs_key = context.mapping.match_by == context.mapping.MatchBy.EMAIL
    if needs_key and not matching.key_of(context, hubspot=item.raw):
        item.skipped = True
    return not item.skipped


def _parents(context: Context, items: list[Item]) -> None:
    candidates = [item for item in items if not item.skipped]
    for parent in context.parents:
        kind = parent.mapping.parent
        linked = (
            context.clients.hubspot.associations_read(
                context.hubspot_object,
                kind.hubspot_object,
                [item.link.hubspot_id for item in candidates],
            )
            if candidates
            else {}
        )
        primary = _PRIMARY.get(parent.mapping.association_type_id)
        wanted = {
            id(item): _one_parent(linked.get(item.link.hubspot_id, []), primary)
            for item in candidates
        }
        known = links.by_hubspot_id(mapping=kind, ids=set(wanted.values()) - {""})
        for item in candidates:
            other = wanted[id(item)]
            if not other or item.link.hubspot_values.get(parent.key) == other:
                continue
            link = known.get(other)
            if link is not None and link.salesforce_id:
                item.parents[parent.key] = other
                field = context.fields.get(parent.field)
                if field is not None and link.salesforce_id != item.link.salesforce_values.get(
                    parent.key
                ):
                    item.body[parent.field] = link.salesforce_id
                continue
            item.blocked = True
            item.failures.append(
                failures.waiting_for_parent(
                    parent, hubspot_id=other, label=link.label if link else ""
                )
            )


def _one_parent(entries: list[dict[str, Any]], primary: int | None) -> str:
    """Of several companies the primary one, else the one with the smallest id."""
    chosen = sorted(
        entries,
        key=lambda entry: (
            not any(kind.get("typeId") == primary for kind in entry.get("associationTypes") or ()),
            int(entry["toObjectId"]),
        ),
    )
    return str(chosen[0]["toObjectId"]) if chosen else ""


def _decide(context: Context, item: Item) -> None:
    if item.skipped:
        return
    item.failures += local_failures(context, direction=_DIRECTION, raw=item.raw)
    if item.blocked:
        item.body = {}
        return
    if item.creating and not context.mapping.create_in_salesforce:
        item.skipped = True
        return
    for pair in context.pairs:
        text = rules.to_salesforce(
            pair,
            now=item.now,
            other=item.other,
            changed=pair.key in item.changed,
            creating=item.creating,
        )
        if text is None:
            continue
        if never_writable(pair.field):
            item.failures.append(failures.read_only(pair, direction=_DIRECTION, value=text))
            continue
        item.body[pair.field.name] = pair.to_salesforce(text)
        item.wrote[pair.key] = text


def _write(context: Context, done: Processed) -> None:
    salesforce = context.clients.salesforce
    attributes = {"attributes": {"type": context.sobject}}
    updates = [item for item in done.items if item.body and not item.creating]
    creates = [item for item in done.items if item.creating and not (item.skipped or item.blocked)]
    rows = [{**attributes, "id": item.link.salesforce_id, **item.body} for item in updates]
    written = batch.write(lambda: salesforce.update(rows), len(updates))
    _settle(context, done, updates, written)
    if done.stop is not None:
        done.leave(creates)
        return
    links.intend([item.link for item in creates])
    new = [{**attributes, **item.body} for item in creates]
    written = batch.write(lambda: salesforce.create(new), len(creates))
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
        item.link.salesforce_id = result.id or item.link.salesforce_id
        return
    item.wrote = {}
    item.failures += [
        failures.told(
            one,
            context=context,
            direction=_DIRECTION,
            sent=item.body,
            own_id=item.link.hubspot_id,
            label=item.label,
        )
        for one in result.failures
    ]
    item.blocked = True


def _remember(context: Context, item: Item) -> None:
    """What both sides hold after this page, and what is still to be carried over."""
    link = item.link
    if item.skipped:
        return
    parents = {key: value for key, value in link.hubspot_values.items() if key.startswith("@")}
    link.hubspot_values = {**item.now, **parents}
    link.pending_to_salesforce = sorted(item.changed) if item.blocked else []
    link.salesforce_values = {**link.salesforce_values, **item.wrote}
    if item.blocked or not link.salesforce_id:
        return
    link.hubspot_values |= item.parents
    link.salesforce_values |= {
        parent.key: str(item.body[parent.field])
        for parent in context.parents
        if parent.field in item.body
    }
    links.touch(link)

"""Finding a record's counterpart, once: what is found is linked and never looked up again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.clients.duplicates import soql_text
from integrations.engine import links
from integrations.engine.context import Context
from integrations.engine.item import Item
from integrations.engine.values import domain_of
from integrations.models import ObjectMapping

MatchBy = ObjectMapping.MatchBy
_EMAILS_A_QUERY = 200
_DOMAINS_A_QUERY = 50


def key_of(
    context: Context,
    *,
    hubspot: dict[str, Any] | None = None,
    salesforce: dict[str, Any] | None = None,
) -> str:
    """What a record is matched by: its e-mail address or domain, lower-cased; "" where it has none."""
    if context.mapping.match_by == MatchBy.EMAIL:
        raw = (
            (hubspot or {}).get("email") if hubspot is not None else (salesforce or {}).get("Email")
        )
        return str(raw or "").strip().lower()
    if context.mapping.match_by == MatchBy.DOMAIN:
        raw = (
            (hubspot or {}).get("domain")
            if hubspot is not None
            else (salesforce or {}).get("Website")
        )
        return domain_of(str(raw or ""))
    return ""


def in_hubspot(context: Context, items: Iterable[Item]) -> dict[int, dict[str, Any]]:
    """HubSpot records for unlinked Salesforce records: position in `items` -> {"id", "properties"}.

    A record that is linked already is no match: what is left is a duplicate, and HubSpot will say so.
    """
    wanted = {row: key_of(context, salesforce=item.raw) for row, item in enumerate(items)}
    keys = sorted({key for key in wanted.values() if key})
    if not keys:
        return {}
    names = context.hubspot_properties()
    if context.mapping.match_by == MatchBy.EMAIL:
        found = {
            key: dict(record)
            for key, record in context.clients.hubspot.batch_read(
                context.hubspot_object, keys, names, id_property="email"
            ).items()
        }
    else:
        records = context.clients.hubspot.record_search(
            context.hubspot_object, property_name="domain", values=keys, properties=names
        )
        found = {}
        for record in sorted(records, key=lambda one: int(one["id"])):
            found.setdefault(key_of(context, hubspot=dict(record["properties"])), dict(record))
    taken = links.taken_hubspot_ids(
        mapping=context.mapping, ids=[str(record["id"]) for record in found.values()]
    )
    return _each_once(
        wanted, {key: one for key, one in found.items() if str(one["id"]) not in taken}, "id"
    )


def in_salesforce(context: Context, items: list[Item]) -> dict[int, dict[str, Any]]:
    """Salesforce records for unlinked HubSpot records: position in `items` -> the queried record.

    Of several with one key the one that was modified last is taken (KB, "duplicate Salesforce leads or
    contacts": afterwards HubSpot follows whichever was updated last). One call for 200 addresses.
    """
    wanted = {row: key_of(context, hubspot=item.raw) for row, item in enumerate(items)}
    keys = sorted({key for key in wanted.values() if key})
    column = context.match_field()
    if not keys or not column:
        return {}
    by_domain = context.mapping.match_by == MatchBy.DOMAIN
    size = _DOMAINS_A_QUERY if by_domain else _EMAILS_A_QUERY
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(keys), size):
        part = keys[start : start + size]
        spelled = [one for key in part for one in _spellings(key)] if by_domain else part
        listed = ", ".join(soql_text(one) for one in spelled)
        records = context.clients.salesforce.query(
            f"SELECT {', '.join(context.salesforce_fields())} FROM {context.sobject}"  # noqa: S608
            f" WHERE {column} IN ({listed}) ORDER BY SystemModstamp DESC, Id"
        )
        for record in records:
            found.setdefault(key_of(context, salesforce=record), record)
    taken = links.taken_salesforce_ids(
        mapping=context.mapping, ids=[str(record["Id"]) for record in found.values()]
    )
    return _each_once(
        wanted, {key: one for key, one in found.items() if str(one["Id"]) not in taken}, "Id"
    )


def uncertain_in_salesforce(context: Context, items: list[Item]) -> dict[int, dict[str, Any]]:
    """Creates of which no answer came, of records that have no key: by name, among our own unlinked ones."""
    rows = [
        row
        for row, item in enumerate(items)
        if item.link.create_uncertain and item.label and not key_of(context, hubspot=item.raw)
    ]
    if not rows or "Name" not in context.fields:
        return {}
    listed = ", ".join(sorted({soql_text(items[row].label) for row in rows}))
    records = context.clients.salesforce.query(
        f"SELECT {', '.join(context.salesforce_fields())} FROM {context.sobject}"  # noqa: S608
        f" WHERE Name IN ({listed}) ORDER BY CreatedDate DESC"
    )
    taken = links.taken_salesforce_ids(
        mapping=context.mapping, ids=[str(one["Id"]) for one in records]
    )
    found = {str(one["Name"]): one for one in reversed(records) if str(one["Id"]) not in taken}
    return _each_once({row: items[row].label for row in rows}, found, "Id")


def uncertain_in_hubspot(context: Context, items: list[Item]) -> dict[int, dict[str, Any]]:
    """The same the other way round: HubSpot records by their name."""
    name = {"deals": "dealname", "companies": "name"}.get(context.hubspot_object, "name")
    rows = [
        row
        for row, item in enumerate(items)
        if item.link.create_uncertain and item.label and not key_of(context, salesforce=item.raw)
    ]
    if not rows or name not in context.properties:
        return {}
    records = context.clients.hubspot.record_search(
        context.hubspot_object,
        property_name=name,
        values=[items[row].label for row in rows],
        properties=context.hubspot_properties(),
    )
    taken = links.taken_hubspot_ids(
        mapping=context.mapping, ids=[str(one["id"]) for one in records]
    )
    found = {
        str(one["properties"].get(name) or "").casefold(): dict(one)
        for one in sorted(records, key=lambda one: int(one["id"]))
        if str(one["id"]) not in taken
    }
    return _each_once({row: items[row].label.casefold() for row in rows}, found, "id")


def _each_once(
    wanted: dict[int, str], found: dict[str, dict[str, Any]], name: str
) -> dict[int, dict[str, Any]]:
    """Each found record for the first that wants it: a second one is a duplicate."""
    matches: dict[int, dict[str, Any]] = {}
    used: set[str] = set()
    for row, key in wanted.items():
        record = found.get(key) if key else None
        if record is not None and str(record[name]) not in used:
            used.add(str(record[name]))
            matches[row] = record
    return matches


def _spellings(domain: str) -> list[str]:
    """How people write a website; SOQL compares whole values, without case."""
    bare = [domain, f"www.{domain}"]
    full = [f"{scheme}://{one}" for scheme in ("http", "https") for one in bare]
    return [*bare, *full, *(f"{one}/" for one in full)]

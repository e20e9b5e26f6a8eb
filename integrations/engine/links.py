"""Record links: reading those of a page, and storing what a page made of them."""

from __future__ import annotations

from collections.abc import Iterable

from common import clock
from integrations.models import ObjectMapping, RecordLink

_A_QUERY = 400  # ids: SQLite takes a limited number of parameters
_STORED = (
    "hubspot_id",
    "salesforce_id",
    "label",
    "hubspot_values",
    "salesforce_values",
    "pending_to_salesforce",
    "pending_to_hubspot",
    "hubspot_modified_at",
    "salesforce_modified_at",
    "synced_at",
    "create_uncertain",
)


def by_hubspot_id(*, mapping: ObjectMapping, ids: Iterable[str]) -> dict[str, RecordLink]:
    return {
        link.hubspot_id: link
        for part in _parts(ids)
        for link in mapping.links.filter(hubspot_id__in=part)
    }


def by_salesforce_id(*, mapping: ObjectMapping, ids: Iterable[str]) -> dict[str, RecordLink]:
    return {
        link.salesforce_id: link
        for part in _parts(ids)
        for link in mapping.links.filter(salesforce_id__in=part)
    }


def salesforce_ids(*, mapping: ObjectMapping, hubspot_ids: Iterable[str]) -> dict[str, str]:
    """The Salesforce ids of those HubSpot records that have one, by HubSpot id. One query for each 400."""
    return {
        ours: theirs
        for part in _parts(hubspot_ids)
        for ours, theirs in mapping.links.exclude(salesforce_id="")
        .filter(hubspot_id__in=part)
        .values_list("hubspot_id", "salesforce_id")
    }


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    found = [one for one in dict.fromkeys(ids) if one]
    return (found[start : start + _A_QUERY] for start in range(0, len(found), _A_QUERY))


def intend(links: Iterable[RecordLink]) -> None:
    """Notes, before creates are sent, that each of them may happen: whoever finds the note after a crash looks
    the record up before creating it again. Commits at once."""
    wanted = list(links)
    for link in wanted:
        link.create_uncertain = True
    save(wanted)


def save(links: Iterable[RecordLink]) -> None:
    """Stores links, new and known ones. Some queries a page, whatever its size.

    A record that was known to each side alone until now is two rows: the half that is superseded goes. Where
    another whole link holds an id already, that one stays and this link is not stored.
    """
    wanted = list({id(link): link for link in links}.values())
    if not wanted:
        return
    mapping = wanted[0].object_mapping
    holders: dict[tuple[str, str], RecordLink] = {}
    for link in by_hubspot_id(mapping=mapping, ids=[one.hubspot_id for one in wanted]).values():
        holders["hubspot", link.hubspot_id] = link
    for link in by_salesforce_id(
        mapping=mapping, ids=[one.salesforce_id for one in wanted]
    ).values():
        holders["salesforce", link.salesforce_id] = link
    created: list[RecordLink] = []
    known: list[RecordLink] = []
    gone: set[int] = set()
    for link in wanted:
        others = {
            other.pk: other
            for other in (
                holders.get(("hubspot", link.hubspot_id)) if link.hubspot_id else None,
                holders.get(("salesforce", link.salesforce_id)) if link.salesforce_id else None,
            )
            if other is not None and other.pk != link.pk
        }
        if any(_conflicts(other, link) for other in others.values()):
            continue
        if not link.pk and others:
            # Another worker has stored this record in the meantime: go on with its row.
            link.pk = others.popitem()[0]
            link._state.adding = False
        gone |= others.keys()
        (known if link.pk else created).append(link)
    if gone:
        RecordLink.objects.filter(pk__in=gone).delete()
    if known:
        RecordLink.objects.bulk_update(known, _STORED, batch_size=100)
    if created:
        RecordLink.objects.bulk_create(created, batch_size=200)


def _conflicts(other: RecordLink, link: RecordLink) -> bool:
    """Whether `other` joins one of the link's ids to another record."""
    if not (other.hubspot_id and other.salesforce_id):
        return False
    return (other.hubspot_id, other.salesforce_id) != (link.hubspot_id, link.salesforce_id)


def taken_salesforce_ids(*, mapping: ObjectMapping, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are linked to a HubSpot record already."""
    return {
        one
        for part in _parts(ids)
        for one in mapping.links.exclude(hubspot_id="")
        .filter(salesforce_id__in=part)
        .values_list("salesforce_id", flat=True)
    }


def taken_hubspot_ids(*, mapping: ObjectMapping, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are linked to a Salesforce record already."""
    return {
        one
        for part in _parts(ids)
        for one in mapping.links.exclude(salesforce_id="")
        .filter(hubspot_id__in=part)
        .values_list("hubspot_id", flat=True)
    }


def touch(link: RecordLink) -> None:
    link.synced_at = clock.now()

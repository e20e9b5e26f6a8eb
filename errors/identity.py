"""Which rows are of one and the same record: it may have two keys, one from before it had its HubSpot id."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from errors.folding import record_keys
from errors.models import AffectedRecord
from errors.selectors import row_of_record
from integrations.models import ObjectMapping, RecordLink
from integrations.outcomes import RecordRef


@dataclass(frozen=True, slots=True)
class Identity:
    """A record by all that is known of it. `keys` are those its rows and attempts may stand under."""

    record: RecordRef
    keys: tuple[str, ...]
    mapping: ObjectMapping | None  # None: its objects are not mapped any more
    link: RecordLink | None  # None: the sync knows no values of it


def identify(*, connection_id: int, record_key: str) -> Identity | None:
    """The record of a key; None when no affected row was ever written under it. Three queries."""
    row = row_of_record(connection_id=connection_id, record_key=record_key)
    return identify_row(row=row) if row else None


def identify_row(*, row: AffectedRecord) -> Identity:
    """The record that an affected row is about. Two queries."""
    mapping = ObjectMapping.objects.filter(
        connection_id=row.connection_id,
        hubspot_object=row.hubspot_object,
        salesforce_object=row.salesforce_object,
    ).first()
    link = _link(mapping, row) if mapping else None
    record = RecordRef(
        hubspot_object=row.hubspot_object,
        salesforce_object=row.salesforce_object,
        hubspot_id=(link.hubspot_id if link else "") or row.hubspot_id,
        salesforce_id=(link.salesforce_id if link else "") or row.salesforce_id,
        label=(link.label if link else "") or row.label,
    )
    keys = dict.fromkeys([row.record_key, *record_keys(record)])
    return Identity(record=record, keys=tuple(keys), mapping=mapping, link=link)


def _link(mapping: ObjectMapping, row: AffectedRecord) -> RecordLink | None:
    """The record's link; where each side has half a link of its own, that which the row was written for."""
    wanted = Q()
    if row.hubspot_id:
        wanted |= Q(hubspot_id=row.hubspot_id)
    if row.salesforce_id:
        wanted |= Q(salesforce_id=row.salesforce_id)
    if not wanted:
        return None
    found = list(mapping.links.filter(wanted)[:2])
    found.sort(
        key=lambda link: (bool(link.hubspot_id and link.salesforce_id), bool(link.hubspot_id)),
        reverse=True,
    )
    return found[0] if found else None

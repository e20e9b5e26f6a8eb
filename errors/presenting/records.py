"""Records of an error with the links to their pages in both systems. No query."""

from __future__ import annotations

from typing import Any

from errors.models import AffectedRecord, SyncError
from errors.presenting.reading import mapping, text
from integrations.crm_links import object_type_id
from integrations.models import Connection
from integrations.outcomes import Direction

_SALESFORCE_NAMES = {"contacts": "Contact", "companies": "Account", "deals": "Opportunity"}
_HUBSPOT_NAMES = {name: hubspot for hubspot, name in _SALESFORCE_NAMES.items()}
# HubSpot's messages name objects by one record: COMPANY=20000033.
_HUBSPOT_NAMES |= {"contact": "contacts", "company": "companies", "deal": "deals"}


def hubspot_url(connection: Connection, *, hubspot_object: str, record_id: str) -> str:
    """The record's page in HubSpot; custom objects are named by their type id (2-123) already."""
    return connection.hubspot_url(
        object_type_id=object_type_id(hubspot_object), record_id=record_id
    )


def record_fields(record: AffectedRecord, *, connection: Connection) -> dict[str, Any]:
    """An affected record with the links to its pages in both systems. No query."""
    return {
        "id": record.pk,
        "object": record.hubspot_object
        if record.direction == Direction.TO_SALESFORCE
        else record.salesforce_object,
        "label": record.label or record.hubspot_id or record.salesforce_id,
        "email": record.email,
        "hubspot_id": record.hubspot_id,
        "salesforce_id": record.salesforce_id,
        "hubspot_url": hubspot_url(
            connection, hubspot_object=record.hubspot_object, record_id=record.hubspot_id
        ),
        "salesforce_url": connection.salesforce_url(
            sobject=record.salesforce_object, record_id=record.salesforce_id
        ),
        "message": record.message,
        "failures": record.failures,
        "last_tried": record.last_seen_at,
    }


def object_names(name: str) -> tuple[str, str]:
    """An object's names in HubSpot and in Salesforce, from either; a name without a known partner is both."""
    hubspot = _HUBSPOT_NAMES.get(name, name)
    return hubspot, _SALESFORCE_NAMES.get(hubspot, name)


def blocking_record(raw: Any, connection: Connection) -> dict[str, str]:
    """The record that the affected ones wait for."""
    blocking = mapping(raw)
    name = text(blocking.get("object"))
    hubspot_name, salesforce_name = object_names(name)
    hubspot_id = text(blocking.get("hubspot_id"))
    salesforce_id = text(blocking.get("salesforce_id"))
    return {
        "object": name,
        "label": text(blocking.get("label")) or hubspot_id or salesforce_id,
        "hubspot_id": hubspot_id,
        "salesforce_id": salesforce_id,
        "hubspot_url": hubspot_url(connection, hubspot_object=hubspot_name, record_id=hubspot_id),
        "salesforce_url": connection.salesforce_url(
            sobject=salesforce_name, record_id=salesforce_id
        )
        if name or not salesforce_id
        # Without the object's name: Salesforce finds the page of any id.
        else f"{connection.sf_instance_url}/{salesforce_id}",
    }


def record_of_pair(
    details: dict[str, Any], error: SyncError, connection: Connection, id_name: str
) -> dict[str, str]:
    """One side of a pair of duplicates: the record that holds the value, else the one that failed."""
    holder, failing = mapping(details.get("duplicate")), mapping(details.get("record"))
    source = holder if holder.get(id_name) else failing
    record_id = text(source.get(id_name))
    side = id_name.removesuffix("_id")
    return {
        "id": record_id,
        "label": text(source.get(f"{side}_label") or source.get("label")) or record_id,
        "url": hubspot_url(connection, hubspot_object=error.hubspot_object, record_id=record_id)
        if id_name == "hubspot_id"
        else connection.salesforce_url(sobject=error.salesforce_object, record_id=record_id),
    }

"""A mapped contact that both sides know, for the tests of its page."""

from __future__ import annotations

from datetime import UTC, datetime

from integrations.models import Connection, ObjectMapping, PropertyMapping, RecordLink, SchemaCache

READ = datetime(2026, 3, 1, 9, tzinfo=UTC)


def map_contacts(connection: Connection) -> ObjectMapping:
    """Contacts with five pairs: three that sync, one that is paused, one that never syncs."""
    mapping = ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    Rule = PropertyMapping.Rule
    for prop, field, rule, paused in (
        ("firstname", "FirstName", Rule.TWO_WAY, False),
        ("jobtitle", "Title", Rule.PREFER_SALESFORCE, False),
        ("email", "Email", Rule.ALWAYS_SALESFORCE, False),
        ("fax", "Fax", Rule.TWO_WAY, True),
        ("notes", "Notes__c", Rule.NONE, False),
    ):
        PropertyMapping.objects.create(
            object_mapping=mapping,
            hubspot_property=prop,
            salesforce_field=field,
            rule=rule,
            paused=paused,
        )
    for system, name, rows in (
        ("hubspot", "contacts", [{"name": "jobtitle", "label": "Job title"}]),
        ("salesforce", "Contact", [{"name": "Title", "label": "Title of the person"}]),
    ):
        SchemaCache.objects.create(
            connection=connection,
            system=system,
            object_name=name,
            content={"exists": True, "rows": rows},
            read_at=READ,
        )
    return mapping


def link_contact(
    mapping: ObjectMapping, hubspot_id: str = "", salesforce_id: str = ""
) -> RecordLink:
    """Its first names are equal, its titles differ and wait, its address is missing in HubSpot."""
    return RecordLink.objects.create(
        object_mapping=mapping,
        hubspot_id=hubspot_id,
        salesforce_id=salesforce_id,
        label="Ada Byron",
        hubspot_values={"firstname:FirstName": "Ada", "jobtitle:Title": "x" * 300},
        salesforce_values={
            "firstname:FirstName": "Ada",
            "jobtitle:Title": "Countess",
            "email:Email": "ada@example.com",
        },
        pending_to_salesforce=["jobtitle:Title"],
        hubspot_modified_at=READ,
        synced_at=READ,
    )

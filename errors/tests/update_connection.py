"""A connection whose schemas are known and whose contacts fail, stored without a call."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from errors.models import SyncError
from errors.recording import record_outcomes
from integrations.models import Connection, ObjectMapping, PropertyMapping, RecordLink, SchemaCache
from integrations.outcomes import Failure, Outcome, RecordRef, Status
from integrations.testing import make_connection

JOBTITLE: dict[str, Any] = {
    "name": "jobtitle",
    "label": "Job title",
    "type": "string",
    "fieldType": "text",
    "options": [],
    "modificationMetadata": {},
}
PROPERTIES: list[dict[str, Any]] = [
    JOBTITLE,
    {**JOBTITLE, "name": "notes", "label": "Notes", "fieldType": "textarea"},
    {**JOBTITLE, "name": "born", "label": "Born", "type": "date", "fieldType": "date"},
    {**JOBTITLE, "name": "score", "label": "Score", "type": "number", "fieldType": "number"},
    {**JOBTITLE, "name": "seen", "label": "Seen", "type": "datetime", "fieldType": "date"},
    {
        **JOBTITLE,
        "name": "tier",
        "label": "Tier",
        "type": "enumeration",
        "fieldType": "select",
        "options": [{"value": "gold", "label": "Gold"}, {"value": "tin", "label": "<b>Tin</b>"}],
    },
    {
        **JOBTITLE,
        "name": "tags",
        "label": "Tags",
        "type": "enumeration",
        "fieldType": "checkbox",
        "options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
    },
    {**JOBTITLE, "name": "made", "label": "Made", "modificationMetadata": {"readOnlyValue": True}},
]
FIELD: dict[str, Any] = {"label": "Title", "type": "string", "createable": True, "updateable": True}
FIELDS: list[dict[str, Any]] = [
    {**FIELD, "name": "Title", "length": 40},
    {**FIELD, "name": "Notes__c", "type": "textarea", "length": 200},
    {**FIELD, "name": "Birthdate", "type": "date"},
    {**FIELD, "name": "Score__c", "type": "double", "precision": 5, "scale": 0},
    {**FIELD, "name": "Seen__c", "type": "datetime"},
    {**FIELD, "name": "Tier__c", "type": "picklist", "picklistValues": [{"value": "Gold", "active": True}]},
    {**FIELD, "name": "Tags__c", "type": "multipicklist"},
    {**FIELD, "name": "Made__c"},
]  # fmt: skip


def fail_contacts(connection: Connection, number: int, *, start: int = 1) -> SyncError:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                RecordRef("contacts", "Contact", str(n), "", f"Person {n}"),
                "to_salesforce",
                Status.FAILED,
                (
                    Failure(
                        "salesforce",
                        "STRING_TOO_LONG",
                        "Title: data value too large",
                        ("Title",),
                        {"hubspot_property": "jobtitle", "salesforce_field": "Title"},
                    ),
                ),
            )
            for n in range(start, start + number)
        ],
    )
    mapping = ObjectMapping.objects.get(connection=connection, hubspot_object="contacts")
    RecordLink.objects.bulk_create(
        RecordLink(
            object_mapping=mapping,
            hubspot_id=str(n),
            label=f"Person {n}",
            hubspot_values={"jobtitle:Title": "<i>Very</i> long"},
        )
        for n in range(start, start + number)
    )
    found: SyncError = SyncError.objects.get(connection=connection)
    return found


def let_contacts_sync(connection: Connection, number: int) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                RecordRef("contacts", "Contact", str(n), "", f"Person {n}"),
                "to_salesforce",
                Status.SYNCED,
            )
            for n in range(1, number + 1)
        ],
    )


def make_updatable() -> Connection:
    made = make_connection()
    mapping = ObjectMapping.objects.create(
        connection=made,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    for one, other in zip(PROPERTIES, FIELDS, strict=True):
        PropertyMapping.objects.create(
            object_mapping=mapping,
            hubspot_property=one["name"],
            salesforce_field=other["name"],
            rule="two_way",
        )
    now = timezone.now()
    SchemaCache.objects.create(
        connection=made,
        system="hubspot",
        object_name="contacts",
        content={"exists": True, "rows": PROPERTIES},
        read_at=now,
    )
    SchemaCache.objects.create(
        connection=made,
        system="salesforce",
        object_name="Contact",
        content={"exists": True, "rows": FIELDS},
        read_at=now,
    )
    return made


def pair(name: str) -> int:
    return int(PropertyMapping.objects.get(hubspot_property=name).pk)

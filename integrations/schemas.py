"""What fields and properties there are: describes and property lists, cached because each costs a call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from common import clock
from integrations.clients import Clients, open_clients
from integrations.clients.results import CallRefused, ConnectionFault
from integrations.models import CallPurpose, Connection, SchemaCache, SystemName


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """A Salesforce field as the integration user sees it: `createable` and `updateable` are after field-level
    security; `permissionable` False and neither of them means that nobody can be given the right."""

    name: str
    label: str
    type: str
    length: int
    precision: int
    scale: int
    nillable: bool
    createable: bool
    updateable: bool
    permissionable: bool
    calculated: bool
    restricted_picklist: bool
    picklist_values: tuple[str, ...]
    reference_to: tuple[str, ...]
    external_id: bool
    unique: bool
    defaulted_on_create: bool = False
    auto_number: bool = False
    custom: bool = False
    # What people see of each value, inactive ones included, and those that are inactive.
    picklist_labels: Mapping[str, str] = field(default_factory=dict)
    inactive_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PropertySchema:
    """A HubSpot property; `options` are the internal values of an enumeration, hidden ones included, `labels`
    what people see of each."""

    name: str
    label: str
    type: str
    field_type: str
    options: tuple[str, ...]
    read_only: bool
    has_unique_value: bool
    calculated: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()  # options that forms do not offer; the API takes them


Fields = dict[str, FieldSchema]
Properties = dict[str, PropertySchema]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was last read of one pair of objects. None: never read, or there is no such object."""

    fields: Fields | None = None
    properties: Properties | None = None
    read_at: datetime | None = None  # the older of the two readings


def last_seen(*, connection_id: int, hubspot_object: str, sobject: str) -> Seen:
    """The schemas of a pair as last read, however old, for pages. One query; never a call."""
    wanted = {
        (SystemName.SALESFORCE.value, sobject),
        (SystemName.HUBSPOT.value, hubspot_object),
    }
    rows = {
        (row.system, row.object_name): row
        for row in SchemaCache.objects.filter(
            connection_id=connection_id, object_name__in=[sobject, hubspot_object]
        )
        if (row.system, row.object_name) in wanted
    }
    field_row = rows.get((SystemName.SALESFORCE.value, sobject))
    property_row = rows.get((SystemName.HUBSPOT.value, hubspot_object))
    return Seen(
        fields={one["name"]: _field(one) for one in field_row.content.get("rows") or ()}
        if field_row and field_row.content.get("exists", True)
        else None,
        properties={one["name"]: _property(one) for one in property_row.content.get("rows") or ()}
        if property_row and property_row.content.get("exists", True)
        else None,
        read_at=min((row.read_at for row in rows.values()), default=None),
    )


def salesforce_fields(
    *, connection: Connection, sobject: str, refresh: bool = False, clients: Clients | None = None
) -> Fields | None:
    """The fields of an sObject by name; None when the integration user sees no such object.

    Read from the cache while it is younger than SCHEMA_TTL, unless `refresh`; else one metered call, with
    `clients` when given. Raises ConnectionFault, TransientFault, AllotmentSpent.
    """
    content = _cached(connection, SystemName.SALESFORCE, sobject, refresh=refresh, clients=clients)
    return None if content is None else {row["name"]: _field(row) for row in content["rows"]}


def hubspot_properties(
    *,
    connection: Connection,
    object_type: str,
    refresh: bool = False,
    clients: Clients | None = None,
) -> Properties | None:
    """The properties of a HubSpot object by name; None when there is no such object. Cached likewise."""
    content = _cached(connection, SystemName.HUBSPOT, object_type, refresh=refresh, clients=clients)
    return None if content is None else {row["name"]: _property(row) for row in content["rows"]}


def forget(*, connection: Connection) -> None:
    """Drop everything that is cached of a connection: the next reader asks again."""
    SchemaCache.objects.filter(connection=connection).delete()


def distrust(
    *, connection: Connection, objects: Collection[tuple[SystemName, str]], read_before: datetime
) -> None:
    """Have the next reader ask again for `objects`, (system, name) each, unless they were read since `read_before`.

    Pages go on showing what was last read. One query, and one more for each object.
    """
    rows = SchemaCache.objects.filter(
        connection=connection,
        object_name__in={name for _, name in objects},
        read_at__lt=read_before,
    )
    for row in rows:
        if (SystemName(row.system), row.object_name) in objects:
            # Whoever has read it anew in the meantime is right.
            SchemaCache.objects.filter(pk=row.pk, read_at=row.read_at).update(
                content={**row.content, "distrusted": True}
            )


def forget_without(
    *, connection: Connection, system: SystemName, object_name: str, name: str
) -> None:
    """Drop what is cached of one object if it does not know `name`, which may be younger. One query, or two."""
    row = SchemaCache.objects.filter(
        connection=connection, system=system, object_name=object_name
    ).first()
    if row is not None and all(one["name"] != name for one in row.content.get("rows") or ()):
        row.delete()


def _cached(
    connection: Connection, system: SystemName, name: str, *, refresh: bool, clients: Clients | None
) -> dict[str, Any] | None:
    row = SchemaCache.objects.filter(connection=connection, system=system, object_name=name).first()
    if row is not None and not refresh and _is_good(row):
        return row.content if row.content.get("exists", True) else None
    if clients is not None:
        content = _read(clients, system, name)
    else:
        with open_clients(connection=connection, purpose=CallPurpose.SCHEMA) as opened:
            content = _read(opened, system, name)
    SchemaCache.objects.update_or_create(
        connection=connection,
        system=system,
        object_name=name,
        defaults={"content": content, "read_at": clock.now()},
    )
    return content if content["exists"] else None


def _is_good(row: SchemaCache) -> bool:
    young = clock.now() - row.read_at < settings.SCHEMA_TTL
    return young and not row.content.get("distrusted")


def _read(clients: Clients, system: SystemName, name: str) -> dict[str, Any]:
    try:
        if system == SystemName.SALESFORCE:
            rows = [_kept(row, FIELD_KEYS) for row in clients.salesforce.describe(name)["fields"]]
        else:
            rows = [_kept(row, PROPERTY_KEYS) for row in clients.hubspot.properties(name)]
    except CallRefused as fault:
        if system == SystemName.HUBSPOT and fault.status == 403:
            # Without the scope to read the object nothing of it can sync, and it is not gone.
            raise ConnectionFault(fault.code, fault.message, system.value) from None
        # HubSpot answers 400 for a name that it knows no object by.
        if fault.status not in (400, 403, 404):
            raise
        return {"exists": False, "rows": [], "code": fault.code}
    return {"exists": True, "rows": rows}


# A describe of a grown org is megabytes; what nobody reads is not kept.
FIELD_KEYS = (
    "name", "label", "type", "length", "precision", "scale", "nillable", "createable", "updateable",
    "permissionable", "calculated", "restrictedPicklist", "picklistValues", "referenceTo", "externalId",
    "unique", "defaultedOnCreate", "autoNumber", "custom",
)  # fmt: skip
PROPERTY_KEYS = (
    "name", "label", "type", "fieldType", "options", "modificationMetadata", "hasUniqueValue", "calculated",
    "archived",
)  # fmt: skip


def _kept(row: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    kept = {key: row[key] for key in keys if key in row}
    if kept.get("picklistValues"):
        kept["picklistValues"] = [
            {
                "value": value.get("value"),
                "label": value.get("label"),
                "active": value.get("active", True),
            }
            for value in kept["picklistValues"]
        ]
    if kept.get("options"):
        kept["options"] = [
            {
                "value": option.get("value"),
                "label": option.get("label"),
                **({"hidden": True} if option.get("hidden") else {}),
            }
            for option in kept["options"]
        ]
    return kept


def _field(row: Mapping[str, Any]) -> FieldSchema:
    return FieldSchema(
        name=row["name"],
        label=row.get("label") or row["name"],
        type=row.get("type") or "",
        length=row.get("length") or 0,
        precision=row.get("precision") or 0,
        scale=row.get("scale") or 0,
        nillable=bool(row.get("nillable", True)),
        createable=bool(row.get("createable")),
        updateable=bool(row.get("updateable")),
        permissionable=bool(row.get("permissionable")),
        calculated=bool(row.get("calculated")),
        restricted_picklist=bool(row.get("restrictedPicklist")),
        picklist_values=tuple(
            str(value["value"]) for value in row.get("picklistValues") or () if value["active"]
        ),
        reference_to=tuple(row.get("referenceTo") or ()),
        external_id=bool(row.get("externalId")),
        unique=bool(row.get("unique")),
        defaulted_on_create=bool(row.get("defaultedOnCreate")),
        auto_number=bool(row.get("autoNumber")),
        custom=bool(row.get("custom")),
        picklist_labels={
            str(value["value"]): str(value.get("label") or value["value"])
            for value in row.get("picklistValues") or ()
        },
        inactive_values=tuple(
            str(value["value"]) for value in row.get("picklistValues") or () if not value["active"]
        ),
    )


def _property(row: Mapping[str, Any]) -> PropertySchema:
    metadata = row.get("modificationMetadata") or {}
    return PropertySchema(
        name=row["name"],
        label=row.get("label") or row["name"],
        type=row.get("type") or "",
        field_type=row.get("fieldType") or "",
        options=tuple(str(option["value"]) for option in row.get("options") or ()),
        read_only=bool(metadata.get("readOnlyValue") or row.get("calculated")),
        has_unique_value=bool(row.get("hasUniqueValue")),
        calculated=bool(row.get("calculated")),
        labels={
            str(option["value"]): str(option.get("label") or option["value"])
            for option in row.get("options") or ()
        },
        hidden=frozenset(
            str(option["value"]) for option in row.get("options") or () if option.get("hidden")
        ),
    )

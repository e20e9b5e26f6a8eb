"""What a run knows of one object mapping: the pairs that can sync, and those that cannot and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from integrations import own_words, schemas
from integrations.clients import Clients
from integrations.clients.results import ConnectionFault
from integrations.compatibility import fits, is_reference
from integrations.engine.values import Pair
from integrations.models import (
    AssociationMapping,
    Connection,
    ObjectMapping,
    PropertyMapping,
    SystemName,
)
from integrations.outcomes import Direction, Failure, RecordRef, System
from integrations.schemas import Fields, Properties

# Never writable by anybody and not flagged so by describe (facts: recorded describes of a real org).
_NEVER_WRITABLE_TYPES = {"address", "location"}
# What a record is called, by HubSpot object; the first that has a value.
_LABELS = {
    "contacts": ("firstname lastname", "email"),
    "companies": ("name", "domain"),
    "deals": ("dealname",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A mapping that cannot work, found without a call."""

    code: str
    message: str
    mapping: PropertyMapping
    system: str
    prop: Any = None
    field: Any = None


@dataclass(frozen=True, slots=True)
class Parent:
    """A lookup of Salesforce and an association of HubSpot that say the same."""

    mapping: AssociationMapping

    @property
    def key(self) -> str:
        return f"@{self.mapping.salesforce_field}"

    @property
    def field(self) -> str:
        return self.mapping.salesforce_field

    @property
    def relationship(self) -> str:
        """The name by which SOQL reaches the parent: AccountId -> Account, Site__c -> Site__r."""
        name = self.mapping.salesforce_field
        return name[:-1] + "r" if name.endswith("__c") else name.removesuffix("Id")


@dataclass(slots=True)
class Context:
    connection: Connection
    clients: Clients
    mapping: ObjectMapping
    pairs: list[Pair] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)
    fields: Fields = field(default_factory=dict)
    properties: Properties = field(default_factory=dict)

    @property
    def hubspot_object(self) -> str:
        return self.mapping.hubspot_object

    @property
    def sobject(self) -> str:
        return self.mapping.salesforce_object

    @property
    def modified_property(self) -> str:
        return "lastmodifieddate" if self.hubspot_object == "contacts" else "hs_lastmodifieddate"

    def hubspot_properties(self) -> list[str]:
        """The properties to ask for: the mapped ones, those of the label and of the matching."""
        wanted = {pair.prop.name for pair in self.pairs}
        wanted |= {one.mapping.hubspot_property for one in self.findings if one.prop}
        wanted |= {name for names in self._labels() for name in names.split()}
        wanted.add(self.modified_property)
        if self.mapping.match_by != ObjectMapping.MatchBy.LINK:
            wanted.add(self.mapping.match_by)
        return sorted(name for name in wanted if name in self.properties)

    def salesforce_fields(self) -> list[str]:
        """The columns of a query, names of parents among them."""
        wanted = {pair.field.name for pair in self.pairs}
        wanted |= {one.mapping.salesforce_field for one in self.findings if one.field}
        wanted |= {"Id", "SystemModstamp"} | ({"Name"} & self.fields.keys())
        match_field = self.match_field()
        if match_field:
            wanted.add(match_field)
        columns = sorted(name for name in wanted if name in self.fields)
        for parent in self.parents:
            if parent.field in self.fields:
                columns += [parent.field, f"{parent.relationship}.Name"]
        return list(dict.fromkeys(columns))

    def match_field(self) -> str:
        """The Salesforce field that records are matched by; "" where only links count."""
        wanted = {
            ObjectMapping.MatchBy.EMAIL: "Email",
            ObjectMapping.MatchBy.DOMAIN: "Website",
        }.get(ObjectMapping.MatchBy(self.mapping.match_by), "")
        return wanted if wanted in self.fields else ""

    def _labels(self) -> tuple[str, ...]:
        return _LABELS.get(self.hubspot_object, ("name", "hs_object_id"))

    def hubspot_label(self, properties: dict[str, Any]) -> str:
        for names in self._labels():
            text = " ".join(str(properties.get(name) or "") for name in names.split()).strip()
            if text:
                return text[:255]
        return ""

    def reference(
        self, *, hubspot_id: str, salesforce_id: str, label: str, email: str = ""
    ) -> RecordRef:
        return RecordRef(
            hubspot_object=self.hubspot_object,
            salesforce_object=self.sobject,
            hubspot_id=hubspot_id,
            salesforce_id=salesforce_id,
            label=label,
            email=email,
        )


def open_context(
    *,
    connection: Connection,
    clients: Clients,
    mapping: ObjectMapping,
    reread: Collection[SystemName] = (),
) -> Context:
    """Reads both schemas (from the cache but for the systems of `reread`) and sorts the property mappings.

    Raises ConnectionFault, also for an object that the integration user does not see: HubSpot suspends then too
    ("Salesforce object permissions missing"). Raises TransientFault and AllotmentSpent.
    """
    fields, properties = _schemas(connection, clients, mapping, reread)
    unseen = [
        system
        for system, found in ((SystemName.SALESFORCE, fields), (SystemName.HUBSPOT, properties))
        if found is None and system not in reread
    ]
    if unseen:
        # The cache may be older than the right that was granted since.
        fields, properties = _schemas(connection, clients, mapping, unseen)
    if fields is None:
        raise _unseen(mapping.salesforce_object, System.SALESFORCE)
    if properties is None:
        raise _unseen(mapping.hubspot_object, System.HUBSPOT)
    context = Context(
        connection=connection,
        clients=clients,
        mapping=mapping,
        fields=fields,
        properties=properties,
        parents=[Parent(one) for one in mapping.parents.select_related("parent").order_by("id")],
    )
    for one in mapping.properties.exclude(rule=PropertyMapping.Rule.NONE).filter(paused=False):
        _sort(context, one)
    return context


def _schemas(
    connection: Connection,
    clients: Clients,
    mapping: ObjectMapping,
    reread: Collection[SystemName],
) -> tuple[Fields | None, Properties | None]:
    fields = schemas.salesforce_fields(
        connection=connection,
        sobject=mapping.salesforce_object,
        refresh=SystemName.SALESFORCE in reread,
        clients=clients,
    )
    properties = schemas.hubspot_properties(
        connection=connection,
        object_type=mapping.hubspot_object,
        refresh=SystemName.HUBSPOT in reread,
        clients=clients,
    )
    return fields, properties


def _unseen(name: str, system: str) -> ConnectionFault:
    message = f"The integration user sees no object {name}"
    return ConnectionFault("OBJECT_NOT_VISIBLE", message, system)


def _sort(context: Context, mapping: PropertyMapping) -> None:
    field = context.fields.get(mapping.salesforce_field)
    prop = context.properties.get(mapping.hubspot_property)

    def found(code: str, message: str, system: str) -> None:
        context.findings.append(Finding(code, message, mapping, system, prop, field))

    if prop is None:
        found(
            "SYNC_PROPERTY_MISSING",
            own_words.PROPERTY_MISSING.of(property=mapping.hubspot_property),
            System.HUBSPOT,
        )
    elif field is None:
        found(
            "SYNC_FIELD_MISSING",
            own_words.FIELD_MISSING.of(field=mapping.salesforce_field, object=context.sobject),
            System.SALESFORCE,
        )
    elif is_reference(property_type=prop.type, field_type=field.type):
        found(
            "SYNC_REFERENCE_UNMAPPED",
            own_words.REFERENCE.of(field=field.label, property=prop.label),
            System.SALESFORCE,
        )
    elif not fits(
        property_type=prop.type, property_field_type=prop.field_type, field_type=field.type
    ):
        found(
            "SYNC_TYPES_INCOMPATIBLE",
            own_words.TYPES.of(
                property=prop.label,
                property_type=prop.type,
                field=field.label,
                field_type=field.type,
            ),
            System.SALESFORCE,
        )
    else:
        context.pairs.append(Pair(prop, field, mapping.rule))


def never_writable(field: schemas.FieldSchema) -> bool:
    """Whether nobody can be given the right to write this field: formulas, system fields, compounds.

    A field that field-level security hides is not one: that refusal is Salesforce's own, of a real write.
    """
    if field.calculated or field.auto_number or field.type in _NEVER_WRITABLE_TYPES:
        return True
    return not (field.createable or field.updateable or field.permissionable)


def local_failures(context: Context, *, direction: str, raw: dict[str, Any]) -> list[Failure]:
    """What is wrong with a record's mappings, told without a call; only where it has a value to carry over.

    `raw`: the record's values as its own system gave them, by property or field.
    """
    failures = []
    for one in context.findings:
        out = direction == Direction.TO_SALESFORCE
        if not out and one.mapping.rule == PropertyMapping.Rule.NONE:
            continue
        if out and one.mapping.rule == PropertyMapping.Rule.ALWAYS_SALESFORCE:
            continue
        name = one.mapping.hubspot_property if out else one.mapping.salesforce_field
        value = raw.get(name)
        if value in (None, "", False):
            continue
        failures.append(
            Failure(
                system=one.system,
                code=one.code,
                message=one.message,
                fields=(one.mapping.salesforce_field,),
                details={
                    "found_without_call": True,
                    "hubspot_property": one.mapping.hubspot_property,
                    "salesforce_field": one.mapping.salesforce_field,
                    "hubspot_type": one.prop.type if one.prop else "",
                    "salesforce_type": one.field.type if one.field else "",
                    "value": str(value)[:200],
                },
            )
        )
    return failures

"""The mappings that a new connection starts with: what both accounts have, paired by what it means.

HubSpot maps pairs of its own by default and lets admins add to them; fields of the customer's own are paired
when their names say the same (`customer_number` and `Customer_Number__c`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from integrations import schemas
from integrations.clients import Clients
from integrations.clients.results import ConnectionFault
from integrations.models import (
    AssociationMapping,
    Connection,
    ObjectMapping,
    PropertyMapping,
    SystemName,
)
from integrations.schemas import Fields, Properties

Rule = PropertyMapping.Rule


@dataclass(frozen=True, slots=True)
class Preset:
    """One object mapping and the pairs of standard properties it has where both sides know them."""

    hubspot_object: str
    type_id: str
    salesforce_object: str
    label: str
    match_by: str
    pairs: tuple[tuple[str, str], ...]
    # (HubSpot object of the parent, lookup field, HUBSPOT_DEFINED association type from child to parent)
    parent: tuple[str, str, int] | None = None


_ADDRESS = ("address", "city", "state", "zip", "country")


def _address(prefix: str) -> tuple[tuple[str, str], ...]:
    names = ("Street", "City", "State", "PostalCode", "Country")
    return tuple((own, f"{prefix}{their}") for own, their in zip(_ADDRESS, names, strict=True))


PRESETS = (
    Preset(
        "companies", "0-2", "Account", "Companies", ObjectMapping.MatchBy.DOMAIN,
        (
            ("name", "Name"), ("domain", "Website"), ("phone", "Phone"), ("industry", "Industry"),
            ("annualrevenue", "AnnualRevenue"), ("numberofemployees", "NumberOfEmployees"),
            ("description", "Description"), ("type", "Type"), *_address("Billing"),
        ),
    ),
    Preset(
        "contacts", "0-1", "Contact", "Contacts", ObjectMapping.MatchBy.EMAIL,
        (
            ("email", "Email"), ("firstname", "FirstName"), ("lastname", "LastName"),
            ("phone", "Phone"), ("mobilephone", "MobilePhone"), ("fax", "Fax"), ("jobtitle", "Title"),
            *_address("Mailing"),
        ),
        ("companies", "AccountId", 279),
    ),
    Preset(
        "deals", "0-3", "Opportunity", "Deals", ObjectMapping.MatchBy.LINK,
        (
            ("dealname", "Name"), ("amount", "Amount"), ("closedate", "CloseDate"),
            ("dealstage", "StageName"), ("description", "Description"), ("hs_next_step", "NextStep"),
        ),
        ("companies", "AccountId", 341),
    ),
)  # fmt: skip


def make_default_mappings(*, connection: Connection, clients: Clients) -> list[ObjectMapping]:
    """Makes the object mappings that the connection lacks, parents first, and answers all of the defaults.

    An object mapping that is there already stays as it is, with its pairs, so that this can be repeated. Costs
    a describe and a list of properties for each object that is not cached. Raises ConnectionFault (also for an
    object that the integration user cannot see), TransientFault and AllotmentSpent; then nothing is stored.
    """
    found: list[tuple[Preset, Properties, Fields]] = []
    for preset in PRESETS:
        properties = schemas.hubspot_properties(
            connection=connection, object_type=preset.hubspot_object, clients=clients
        )
        fields = schemas.salesforce_fields(
            connection=connection, sobject=preset.salesforce_object, clients=clients
        )
        if properties is None:
            raise _unseen(preset.hubspot_object, SystemName.HUBSPOT)
        if fields is None:
            raise _unseen(preset.salesforce_object, SystemName.SALESFORCE)
        found.append((preset, properties, fields))
    with transaction.atomic():
        return _store(connection, found)


def _unseen(name: str, system: str) -> ConnectionFault:
    message = f"The integration user sees no object {name}."
    return ConnectionFault("OBJECT_NOT_VISIBLE", message, system)


def _store(
    connection: Connection, found: list[tuple[Preset, Properties, Fields]]
) -> list[ObjectMapping]:
    mappings: dict[str, ObjectMapping] = {}
    for position, (preset, properties, fields) in enumerate(found):
        mapping, created = ObjectMapping.objects.get_or_create(
            connection=connection,
            hubspot_object=preset.hubspot_object,
            salesforce_object=preset.salesforce_object,
            defaults={
                "hubspot_object_type_id": preset.type_id,
                "label": preset.label,
                "match_by": preset.match_by,
                "position": position,
            },
        )
        mappings[preset.hubspot_object] = mapping
        if not created:
            continue
        PropertyMapping.objects.bulk_create(
            PropertyMapping(
                object_mapping=mapping,
                hubspot_property=own,
                salesforce_field=their,
                rule=_rule(own),
                hubspot_type=properties[own].type,
                salesforce_type=fields[their].type,
            )
            for own, their in pairs_of(preset, properties, fields)
        )
        if preset.parent and preset.parent[0] in mappings:
            parent, lookup, type_id = preset.parent
            AssociationMapping.objects.create(
                child=mapping,
                parent=mappings[parent],
                salesforce_field=lookup,
                association_type_id=type_id,
            )
    return list(mappings.values())


def _rule(hubspot_property: str) -> str:
    """The stage of a deal moves on both sides, and is never blank: the later one counts."""
    return Rule.TWO_WAY if hubspot_property == "dealstage" else Rule.PREFER_SALESFORCE


def pairs_of(preset: Preset, properties: Properties, fields: Fields) -> list[tuple[str, str]]:
    """The pairs that both sides have: the preset's, then the customer's own by name. Pure."""
    pairs = [pair for pair in preset.pairs if pair[0] in properties and pair[1] in fields]
    taken = {own for own, _ in pairs}
    own_fields = {
        _plain(name.removesuffix("__c")): name for name in sorted(fields) if name.endswith("__c")
    }
    for name in sorted(properties):
        field = own_fields.get(_plain(name))
        if field and name not in taken and not properties[name].read_only:
            pairs.append((name, field))
    return pairs


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()

"""What a new connection maps, asked of the simulators."""

from __future__ import annotations

from integrations.clients import Clients
from integrations.mapping_defaults import PRESETS, make_default_mappings, pairs_of
from integrations.models import AssociationMapping, Connection, ObjectMapping, PropertyMapping
from integrations.schemas import FieldSchema, PropertySchema


def property_named(name: str, *, read_only: bool = False) -> PropertySchema:
    return PropertySchema(
        name=name, label=name, type="string", field_type="text", options=(),
        read_only=read_only, has_unique_value=False,
    )  # fmt: skip


def field_named(name: str) -> FieldSchema:
    return FieldSchema(
        name=name, label=name, type="string", length=80, precision=0, scale=0, nillable=True,
        createable=True, updateable=True, permissionable=True, calculated=False,
        restricted_picklist=False, picklist_values=(), reference_to=(), external_id=False, unique=False,
    )  # fmt: skip


def test_a_connection_starts_with_companies_contacts_and_deals(
    connection: Connection, clients: Clients
) -> None:
    mappings = make_default_mappings(connection=connection, clients=clients)

    assert [(one.hubspot_object, one.salesforce_object, one.match_by) for one in mappings] == [
        ("companies", "Account", "domain"),
        ("contacts", "Contact", "email"),
        ("deals", "Opportunity", "link"),
    ]
    lookups = AssociationMapping.objects.order_by("id").values_list(
        "child__hubspot_object", "parent__hubspot_object", "salesforce_field", "association_type_id"
    )
    assert list(lookups) == [
        ("contacts", "companies", "AccountId", 279),
        ("deals", "companies", "AccountId", 341),
    ]
    email = PropertyMapping.objects.get(
        object_mapping__hubspot_object="contacts", hubspot_property="email"
    )
    assert (email.salesforce_field, email.hubspot_type, email.salesforce_type) == (
        "Email",
        "string",
        "email",
    )


def test_making_them_again_leaves_what_an_admin_changed(
    connection: Connection, clients: Clients
) -> None:
    make_default_mappings(connection=connection, clients=clients)
    PropertyMapping.objects.filter(hubspot_property="phone").delete()
    calls = clients.salesforce.calls_made

    make_default_mappings(connection=connection, clients=clients)

    assert ObjectMapping.objects.count() == 3
    assert not PropertyMapping.objects.filter(hubspot_property="phone").exists()
    assert clients.salesforce.calls_made == calls


def test_fields_of_the_customers_own_pair_by_name() -> None:
    [contacts] = [preset for preset in PRESETS if preset.hubspot_object == "contacts"]
    properties = {
        name: property_named(name, read_only=name == "score")
        for name in ("email", "nps_score", "only_here", "score")
    }
    fields = {name: field_named(name) for name in ("Email", "NPS_Score__c", "Score__c", "There__c")}

    assert pairs_of(contacts, properties, fields) == [
        ("email", "Email"),
        ("nps_score", "NPS_Score__c"),
    ]

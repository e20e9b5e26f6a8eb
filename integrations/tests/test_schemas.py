"""Fields and properties, read once and believed for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from common import clock
from integrations import schemas, usage
from integrations.mapping_changes import add_property_mapping
from integrations.models import Connection, ObjectMapping, PropertyMapping, SchemaCache
from simulators.testing import Simulators


def used(connection: Connection) -> int:
    return usage.api_usage(connection_id=connection.pk).used_24h


def test_a_describe_is_paid_once_until_it_is_old_or_refreshed(
    connection: Connection, settings: Any
) -> None:
    schemas.salesforce_fields(connection=connection, sobject="Contact")
    schemas.salesforce_fields(connection=connection, sobject="Contact")
    assert used(connection) == 1

    with time_machine.travel(clock.now() + settings.SCHEMA_TTL + timedelta(seconds=1)):
        schemas.salesforce_fields(connection=connection, sobject="Contact")
        assert used(connection) == 2
    schemas.salesforce_fields(connection=connection, sobject="Contact", refresh=True)
    assert used(connection) == 3


def test_a_field_tells_what_the_user_may_do_with_it(
    connection: Connection, simulators: Simulators
) -> None:
    path = "salesforce/objects/Contact/fields/Phone"
    simulators.control("PATCH", path, {"editable": False})

    fields = schemas.salesforce_fields(connection=connection, sobject="Contact")

    assert fields is not None
    phone, email, account = fields["Phone"], fields["Email"], fields["AccountId"]
    assert (phone.createable, phone.updateable, phone.permissionable) == (False, False, True)
    assert (email.type, email.updateable, email.length) == ("email", True, 80)
    assert (account.type, account.reference_to) == ("reference", ("Account",))
    assert not fields["LastName"].nillable
    assert fields["LeadSource"].picklist_values


def test_a_property_tells_its_type_options_and_whether_it_is_read_only(
    connection: Connection,
) -> None:
    properties = schemas.hubspot_properties(connection=connection, object_type="contacts")

    assert properties is not None
    assert (properties["email"].type, properties["email"].has_unique_value) == ("string", True)
    assert "lead" in properties["lifecyclestage"].options
    assert properties["hs_object_id"].read_only
    assert used(connection) == 0


def test_an_object_that_is_gone_is_none_and_remembered_as_such(connection: Connection) -> None:
    for _ in range(2):
        assert schemas.salesforce_fields(connection=connection, sobject="Gone__c") is None
    assert schemas.hubspot_properties(connection=connection, object_type="p1_gone") is None
    assert used(connection) == 1


def test_forgetting_makes_the_next_reader_ask_again(connection: Connection) -> None:
    schemas.hubspot_properties(connection=connection, object_type="deals")

    schemas.forget(connection=connection)

    assert not SchemaCache.objects.exists()


@pytest.mark.parametrize("system", ["salesforce", "hubspot"])
def test_a_field_made_meanwhile_is_seen_after_a_refresh(
    connection: Connection, simulators: Simulators, system: str
) -> None:
    if system == "salesforce":
        schemas.salesforce_fields(connection=connection, sobject="Account")
        field = {"name": "Size__c", "type": "string", "length": 10}
        simulators.control("POST", "salesforce/objects/Account/fields", field)
        seen = schemas.salesforce_fields(connection=connection, sobject="Account", refresh=True)
        assert seen is not None
        assert "Size__c" in seen
    else:
        schemas.hubspot_properties(connection=connection, object_type="contacts")
        asked = {"add_option": {"label": "New", "value": "brand_new"}}
        simulators.control("POST", "hubspot/properties/contacts/lifecyclestage", asked)
        found = schemas.hubspot_properties(
            connection=connection, object_type="contacts", refresh=True
        )
        assert found is not None
        assert "brand_new" in found["lifecyclestage"].options


def test_a_pair_that_is_younger_than_what_was_read_is_looked_for(
    connection: Connection, simulators: Simulators
) -> None:
    contacts = ObjectMapping.objects.create(
        connection=connection, hubspot_object="contacts", salesforce_object="Contact"
    )
    schemas.salesforce_fields(connection=connection, sobject="Contact")
    schemas.hubspot_properties(connection=connection, object_type="contacts")
    new = {"name": "Territory__c", "type": "string", "length": 80}
    simulators.control("POST", "salesforce/objects/Contact/fields", new)

    add_property_mapping(
        object_mapping=contacts,
        hubspot_property="jobtitle",
        salesforce_field="Territory__c",
        rule=PropertyMapping.Rule.TWO_WAY,
    )

    known = SchemaCache.objects.filter(connection=connection)
    assert set(known.values_list("object_name", flat=True)) == {"contacts"}
    fields = schemas.salesforce_fields(connection=connection, sobject="Contact")
    assert fields is not None
    assert "Territory__c" in fields

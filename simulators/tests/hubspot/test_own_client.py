"""HubSpot's own Python client, pointed at the simulator, unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec, BatchInputPublicAssociationMultiPost
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.lists import ListCreateRequest
from hubspot.crm.properties import PropertyCreate

from simulators.hubspot import defaults
from simulators.tests.hubspot.conftest import Account


@pytest.fixture
def client(account: Account) -> Any:
    client = HubSpot(access_token=defaults.PRIVATE_APP_TOKEN)
    client.config["host"] = account.url
    return client


def test_contacts(client: Any) -> None:
    api = client.crm.contacts
    given = SimplePublicObjectInputForCreate(properties={"email": "a@example.com"}, associations=[])
    made = api.basic_api.create(given)
    changed = api.basic_api.update(made.id, SimplePublicObjectInput(properties={"city": "Gdynia"}))
    assert changed.updated_at > made.updated_at
    assert (
        api.basic_api.get_by_id("a@example.com", id_property="email", properties=["city"]).id
        == made.id
    )
    with pytest.raises(ApiException) as refused:
        api.basic_api.create(given)
    assert refused.value.status == 409
    found = api.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[{"filters": [{"propertyName": "city", "operator": "EQ", "value": "Gdynia"}]}],
            sorts=["-createdate"], properties=["city"], limit=10, after="0",
        )
    )  # fmt: skip
    assert [each.id for each in found.results] == [made.id]
    assert [each.id for each in api.get_all()] == [made.id]
    api.basic_api.archive(made.id)
    assert api.get_all() == []


def test_batches(client: Any) -> None:
    inputs = [{"properties": {"email": f"{n}@example.com"}, "associations": []} for n in range(3)]
    made = client.crm.contacts.batch_api.create(
        BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    )
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "1@example.com"}],
        id_property="email",
        properties=["email"],
        properties_with_history=["email"],
    )
    read = client.crm.contacts.batch_api.read(asked)
    assert read.results[0].id == made.results[1].id
    assert read.results[0].properties_with_history["email"][0].value == "1@example.com"


def test_companies_deals_and_associations(client: Any) -> None:
    company = client.crm.companies.basic_api.create(
        {"properties": {"name": "Acme"}, "associations": []}
    )
    deal = client.crm.deals.basic_api.create(
        {"properties": {"dealname": "Pump"}, "associations": []}
    )
    v4 = client.crm.associations.v4
    spec = [AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=341)]
    linked = v4.basic_api.create("deals", deal.id, "companies", company.id, spec)
    assert linked.to_object_id == company.id
    page = v4.basic_api.get_page("deals", deal.id, "companies")
    assert {t.type_id for t in page.results[0].association_types} == {5, 341}
    inputs = BatchInputPublicAssociationMultiPost(
        inputs=[{"from": {"id": deal.id}, "to": {"id": company.id}, "types": spec}]
    )
    assert v4.batch_api.create("deals", "companies", inputs).status == "COMPLETE"
    assert len(v4.schema.definitions_api.get_all("deals", "companies").results) == 2


def test_properties_owners_pipelines_schemas_and_lists(client: Any) -> None:
    properties = client.crm.properties.core_api
    assert {each.name for each in properties.get_all("contacts").results} >= {
        "email",
        "hs_object_id",
    }
    given = PropertyCreate(
        name="own", label="Own", type="string", field_type="text", group_name="dealinformation"
    )
    assert properties.create("deals", given).modification_metadata.archivable
    assert client.crm.owners.owners_api.get_page().results[0].email
    assert client.crm.pipelines.pipelines_api.get_all("deals").results[0].stages
    assert client.crm.schemas.core_api.get_all().results == []
    api = client.crm.lists
    made = api.lists_api.create(
        ListCreateRequest(object_type_id="0-1", processing_type="MANUAL", name="Mine")
    )
    contact = client.crm.contacts.basic_api.create(
        {"properties": {"email": "a@example.com"}, "associations": []}
    )
    added = api.memberships_api.add(made.list.list_id, [contact.id])
    assert added.records_ids_added == [contact.id]
    assert api.memberships_api.get_page(made.list.list_id).results[0].record_id == contact.id


def test_oauth_tokens(client: Any, account: Account) -> None:
    info = client.oauth.access_tokens_api.get(defaults.PRIVATE_APP_TOKEN)
    assert info.hub_id == defaults.PORTAL_ID

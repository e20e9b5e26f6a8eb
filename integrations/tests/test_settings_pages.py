"""What admins do on the settings pages: state, logins, mappings, and connecting two accounts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Role, User
from integrations import credentials, testing
from integrations.connections import check_connection, suspend
from integrations.models import (
    Connection,
    Credential,
    ObjectMapping,
    PropertyMapping,
    SchemaCache,
    SystemName,
)
from simulators.testing import Simulators

PASSWORD = "correct horse battery"


@pytest.fixture
def admin(connection: Connection, client: Client) -> Client:
    user = User.objects.create_user("admin@example.com", PASSWORD)
    Membership.objects.create(user=user, connection=connection, role=Role.ADMIN)
    client.force_login(user)
    return client


@pytest.fixture
def known(connection: Connection, simulators: Simulators) -> Connection:
    """The connection, knowing which accounts the simulators are."""
    from integrations.clients import open_clients
    from integrations.models import CallPurpose

    with open_clients(connection=connection, purpose=CallPurpose.SCHEMA) as clients:
        connection.hub_id = str(clients.hubspot.account_details()["portalId"])
        connection.sf_org_id = str(clients.salesforce.user_info()["organization_id"])
    connection.save()
    check_connection(connection=connection)
    return connection


def _at(connection: Connection, rest: str) -> str:
    return f"/connections/{connection.pk}/{rest}"


def test_pause_and_resume(admin: Client, known: Connection) -> None:
    admin.post(_at(known, "settings/pause/"))
    known.refresh_from_db()
    paused = known.state

    admin.post(_at(known, "settings/resume/"))
    known.refresh_from_db()

    assert paused == Connection.State.PAUSED
    assert known.state == Connection.State.ACTIVE


def test_try_again_says_what_is_still_wrong(admin: Client, known: Connection) -> None:
    suspend(connection=known, code="INVALID_GRANT", detail="expired access/refresh token")
    credentials.store(
        connection=known,
        system=SystemName.HUBSPOT,
        kind="hubspot_service_key",
        secret={"key": "wrong"},
    )

    page = admin.post(_at(known, "settings/resume/"), follow=True).content.decode()

    known.refresh_from_db()
    assert known.state == Connection.State.SUSPENDED
    assert "It does not work yet. HubSpot answers" in page


def test_new_credential_is_tried_and_stored(admin: Client, known: Connection) -> None:
    answer = admin.post(
        _at(known, "settings/login/hubspot/"),
        {"kind": "hubspot_private_app", "key": testing.HUBSPOT_SECRET["key"]},
    )

    stored = Credential.objects.get(connection=known, system="hubspot")
    assert answer.status_code == 302
    assert stored.kind == "hubspot_private_app"


def test_wrong_credential_leaves_the_old_one_and_is_not_shown_again(
    admin: Client, known: Connection
) -> None:
    answer = admin.post(
        _at(known, "settings/login/hubspot/"),
        {"kind": "hubspot_service_key", "key": "pat-wrong-12345"},
    )

    stored = Credential.objects.get(connection=known, system="hubspot")
    assert answer.status_code == 400
    assert "HubSpot does not accept this" in answer.content.decode()
    assert "pat-wrong-12345" not in answer.content.decode()
    assert stored.secret == testing.HUBSPOT_SECRET


def test_credential_of_another_account_is_refused(admin: Client, known: Connection) -> None:
    Connection.objects.filter(pk=known.pk).update(hub_id="999")

    answer = admin.post(
        _at(known, "settings/login/hubspot/"),
        {"kind": "hubspot_service_key", "key": testing.HUBSPOT_SECRET["key"]},
    )

    assert "another account" in answer.content.decode()


def test_missing_part_is_told_beside_its_field(admin: Client, connection: Connection) -> None:
    answer = admin.post(
        _at(connection, "settings/login/salesforce/"),
        {"kind": "salesforce_client_credentials", "client_id": "x"},
    )

    assert 'id="id_client_secret_error"' in answer.content.decode()


def test_no_page_shows_a_secret(admin: Client, connection: Connection) -> None:
    pages = [
        admin.get(_at(connection, rest)).content.decode()
        for rest in ("settings/", "settings/login/hubspot/", "settings/login/salesforce/")
    ]

    for secret in (testing.HUBSPOT_SECRET, testing.SALESFORCE_SECRET):
        for value in secret.values():
            assert not any(value in page for page in pages)


@pytest.fixture
def mapping(connection: Connection) -> ObjectMapping:
    return ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )


def _add(client: Client, mapping: ObjectMapping, **values: str) -> int:
    data = {"hubspot_property": "jobtitle", "salesforce_field": "Title", "rule": "two_way"}
    answer = client.post(_at(mapping.connection, f"mappings/{mapping.pk}/add/"), {**data, **values})
    return answer.status_code


def test_property_is_mapped_changed_paused_and_removed(
    admin: Client, mapping: ObjectMapping
) -> None:
    _add(admin, mapping)
    pair = PropertyMapping.objects.get()
    url = _at(mapping.connection, f"property-mappings/{pair.pk}/")

    admin.post(url, {"action": "rule", "rule": "always_salesforce"})
    admin.post(url, {"action": "pause"})
    pair.refresh_from_db()
    assert (pair.rule, pair.paused) == ("always_salesforce", True)

    admin.post(url, {"action": "resume"})
    pair.refresh_from_db()
    assert not pair.paused

    admin.post(url, {"action": "remove"})
    assert not PropertyMapping.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"hubspot_property": ""},
        {"salesforce_field": "Two Words"},
        {"salesforce_field": "x" * 81},
        {"rule": "nonsense"},
    ],
    ids=["empty", "blank", "too-long", "no-rule"],
)
def test_mapping_that_cannot_be_is_refused(
    admin: Client, mapping: ObjectMapping, bad: dict[str, str]
) -> None:
    assert _add(admin, mapping, **bad) == 400
    assert not PropertyMapping.objects.exists()


def _edit(client: Client, pair: PropertyMapping, **values: str) -> int:
    url = _at(pair.object_mapping.connection, f"property-mappings/{pair.pk}/edit/")
    data = {
        "hubspot_property": pair.hubspot_property,
        "salesforce_field": pair.salesforce_field,
        "rule": pair.rule,
    }
    return client.post(url, {**data, **values}).status_code


def test_mapping_gets_another_field_and_keeps_its_row(
    admin: Client, mapping: ObjectMapping
) -> None:
    _add(admin, mapping)
    pair = mapping.properties.get()
    PropertyMapping.objects.update(hubspot_type="string", salesforce_type="double")
    form = admin.get(_at(mapping.connection, f"property-mappings/{pair.pk}/edit/"))

    status = _edit(admin, pair, salesforce_field="Other__c", rule="two_way")

    assert f'value="{pair.salesforce_field}"' in form.content.decode()
    assert status == 302
    changed = mapping.properties.get()
    assert (changed.pk, changed.salesforce_field, changed.rule) == (pair.pk, "Other__c", "two_way")
    # What the old field was says nothing of the new one.
    assert (changed.hubspot_type, changed.salesforce_type) == ("string", "")


def test_mapping_is_not_changed_to_what_cannot_be(admin: Client, mapping: ObjectMapping) -> None:
    _add(admin, mapping)
    _add(admin, mapping, salesforce_field="Other__c")
    pair = mapping.properties.earliest("pk")

    assert _edit(admin, pair, salesforce_field="Other__c") == 400
    assert _edit(admin, pair, salesforce_field="no spaces") == 400
    assert _edit(admin, pair, rule="sometimes") == 400
    assert mapping.properties.earliest("pk").salesforce_field == pair.salesforce_field


def test_mapping_that_was_removed_is_offered_again(admin: Client, mapping: ObjectMapping) -> None:
    _add(admin, mapping, rule="two_way")
    pair = mapping.properties.get()
    url = _at(mapping.connection, f"property-mappings/{pair.pk}/")

    page = admin.post(url, {"action": "remove"}, follow=True).content.decode()

    assert not mapping.properties.exists()
    assert "To map it again, press Add." in page
    assert f'name="hubspot_property" value="{pair.hubspot_property}"' in page
    assert '<option value="two_way" selected>' in page


def test_end_that_is_gone_is_marked(admin: Client, mapping: ObjectMapping) -> None:
    _add(admin, mapping)
    pair = mapping.properties.get()
    PropertyMapping.objects.update(hubspot_type="string", salesforce_type="double")
    SchemaCache.objects.create(
        connection=mapping.connection,
        system=SystemName.SALESFORCE,
        object_name=mapping.salesforce_object,
        content={"exists": True, "rows": []},
        read_at=timezone.now(),
    )

    page = admin.get(_at(mapping.connection, f"mappings/{mapping.pk}/")).content.decode()

    assert pair.salesforce_field in page
    assert "Not in Salesforce" in page
    assert "Not in HubSpot" not in page
    assert "double" not in page


FIELD = {"label": "F", "type": "string", "createable": True, "updateable": True}
PROPERTY = {"label": "P", "type": "string", "fieldType": "text", "options": []}
HINTS = [
    ({}, ""),
    ({"hubspot_property": "mood"}, "HubSpot had no property “mood”"),
    ({"salesforce_field": "Nope__c"}, "Salesforce had no field “Nope__c”"),
    ({"salesforce_field": "CreatedDate"}, "“CreatedDate” can only be read in Salesforce."),
    ({"salesforce_field": "Score__c"}, "“jobtitle” is string, “Score__c” is double"),
    ({"hubspot_property": "taken"}, "“Title” is mapped to “jobtitle” as well"),
]


@pytest.mark.parametrize(("chosen", "told"), HINTS)
def test_what_speaks_against_a_mapping_is_told_and_it_is_stored(
    admin: Client, mapping: ObjectMapping, chosen: dict[str, str], told: str
) -> None:
    fields = [
        {**FIELD, "name": "Title"},
        {**FIELD, "name": "Score__c", "type": "double"},
        {**FIELD, "name": "CreatedDate", "createable": False, "updateable": False},
    ]
    properties = [{**PROPERTY, "name": name} for name in ("jobtitle", "taken")]
    for system, name, rows in (
        (SystemName.SALESFORCE, "Contact", fields),
        (SystemName.HUBSPOT, "contacts", properties),
    ):
        SchemaCache.objects.create(
            connection=mapping.connection,
            system=system,
            object_name=name,
            content={"exists": True, "rows": rows},
            read_at=timezone.now(),
        )
    if chosen.get("hubspot_property") == "taken":
        _add(admin, mapping)
    pair = {"hubspot_property": "jobtitle", "salesforce_field": "Title", "rule": "two_way"}
    at = _at(mapping.connection, f"mappings/{mapping.pk}/add/")

    page = admin.post(at, {**pair, **chosen}, follow=True).content.decode()

    assert mapping.properties.filter(**{**pair, **chosen}).exists()
    assert told in page
    assert ('<div class="notice warn">' in page) == bool(told)


def test_pair_is_mapped_once(admin: Client, mapping: ObjectMapping) -> None:
    assert _add(admin, mapping) == 302
    assert _add(admin, mapping) == 400


def test_mapping_of_another_connection_is_not_there(admin: Client, mapping: ObjectMapping) -> None:
    other = testing.make_connection(hub_id="3", sf_org_id="00D000000000003AAA")
    ObjectMapping.objects.filter(pk=mapping.pk).update(connection=other)
    mine = Connection.objects.exclude(pk=other.pk).get()

    assert admin.get(_at(mine, f"mappings/{mapping.pk}/")).status_code == 404


def test_object_stops_syncing(admin: Client, mapping: ObjectMapping) -> None:
    admin.post(_at(mapping.connection, f"mappings/{mapping.pk}/switch/"), {"enabled": "0"})

    mapping.refresh_from_db()
    assert not mapping.enabled


def _connect_data(**values: str) -> dict[str, str]:
    return {
        "name": "Northwind",
        "hubspot-kind": "hubspot_service_key",
        "hubspot-key": testing.HUBSPOT_SECRET["key"],
        "salesforce-kind": "salesforce_client_credentials",
        "salesforce-client_id": testing.SALESFORCE_SECRET["client_id"],
        "salesforce-client_secret": testing.SALESFORCE_SECRET["client_secret"],
        **values,
    }


def test_superuser_connects_two_accounts(client: Client, db: None, simulators: Simulators) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))

    answer = client.post("/connections/new/", _connect_data())

    made = Connection.objects.get()
    assert answer.headers["Location"] == f"/connections/{made.pk}/sync-health/"
    assert made.object_mappings.exists()


def test_refused_login_is_told_at_its_system_and_nothing_is_stored(
    client: Client, db: None, simulators: Simulators
) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))

    answer = client.post(
        "/connections/new/", _connect_data(**{"salesforce-client_secret": "wrong-secret-77"})
    )

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Salesforce does not accept this" in page
    assert "wrong-secret-77" not in page
    assert not Connection.objects.exists()


def test_admin_of_a_connection_does_not_connect_others(admin: Client) -> None:
    assert admin.get("/connections/new/").status_code == 403

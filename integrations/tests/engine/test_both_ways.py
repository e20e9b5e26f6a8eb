"""Records go both ways, meet once, and our own writes do not come back."""

from __future__ import annotations

from integrations.models import RecordLink, SyncCursor
from integrations.outcomes import Direction, Status
from integrations.tests.engine.conftest import World, writes_of

ANNA = {"email": "anna@acme.example", "firstname": "Anna", "lastname": "Nowak", "jobtitle": "CTO"}


def test_a_hubspot_contact_becomes_a_salesforce_contact_below_its_account(world: World) -> None:
    [company] = world.hubspot_create("companies", {"name": "Acme", "domain": "acme.example"})
    world.hubspot_create("contacts", ANNA, company=company)

    world.sync()

    [account] = world.salesforce_records("Account", "Id", "Name", "Website")
    assert (account["Name"], account["Website"]) == ("Acme", "acme.example")
    [contact] = world.salesforce_records("Contact", "Email", "FirstName", "Title", "AccountId")
    assert contact["Email"] == "anna@acme.example"
    assert contact["Title"] == "CTO"
    assert contact["AccountId"] == account["Id"]
    assert world.failed() == []


def test_a_salesforce_contact_becomes_a_hubspot_contact_of_its_company(world: World) -> None:
    [account] = world.salesforce_create(
        "Account", {"Name": "Acme", "Website": "http://www.acme.example/"}
    )
    world.salesforce_create(
        "Contact", {"LastName": "Nowak", "Email": "anna@acme.example", "AccountId": account}
    )  # fmt: skip

    world.sync()

    found = world.clients.hubspot.batch_read(
        "contacts", ["anna@acme.example"], ["lastname"], id_property="email"
    )
    contact = found["anna@acme.example"]
    assert contact["properties"]["lastname"] == "Nowak"
    linked = world.clients.hubspot.associations_read("contacts", "companies", [contact["id"]])
    company = RecordLink.objects.get(salesforce_id=account)
    assert [str(one["toObjectId"]) for one in linked[contact["id"]]] == [company.hubspot_id]
    assert (
        world.hubspot_record("companies", company.hubspot_id, "domain")["domain"] == "acme.example"
    )


def test_the_second_sync_writes_nothing(world: World) -> None:
    [company] = world.hubspot_create("companies", {"name": "Acme", "domain": "acme.example"})
    world.hubspot_create("contacts", ANNA, company=company)
    world.hubspot_create(
        "deals",
        {"dealname": "First", "amount": "1200.50", "closedate": "2026-12-01T00:00:00Z", "dealstage": "closedwon"},
        company=company,
        type_id=341,
    )  # fmt: skip
    world.salesforce_create("Account", {"Name": "Bolt", "Website": "bolt.example"})
    world.sync()
    assert world.failed() == []

    second = world.calls_during(world.sync)
    third = world.calls_during(world.sync)

    assert writes_of(second) == []
    assert writes_of(third) == []
    assert {one.status for one in world.outcomes} <= {Status.SYNCED}
    asked = [call["path"] for call in third if call["system"] == "salesforce"]
    assert len(asked) == 3  # one query an object
    assert all("/query?" in path for path in asked)


def test_records_of_both_sides_meet_by_email_and_never_look_again(world: World) -> None:
    [contact] = world.salesforce_create(
        "Contact", {"LastName": "Nowak", "Email": "Anna@Acme.example", "Title": "CEO"}
    )
    [person] = world.hubspot_create("contacts", ANNA)

    world.sync()

    link = RecordLink.objects.get()
    assert (link.hubspot_id, link.salesforce_id) == (person, contact)
    # The default rule: Salesforce's value wins where it has one, HubSpot fills its blanks.
    assert world.hubspot_record("contacts", person, "jobtitle")["jobtitle"] == "CEO"
    assert world.salesforce_records("Contact", "FirstName")[0]["FirstName"] == "Anna"
    world.hubspot_update("contacts", person, city="Gdańsk")
    calls = world.calls_during(world.sync)
    lookups = [call for call in calls if "Email+IN" in call["path"] or "Email%20IN" in call["path"]]
    assert lookups == []
    assert world.salesforce_records("Contact", "MailingCity")[0]["MailingCity"] == "Gdańsk"


def test_of_several_matches_the_one_updated_last_is_taken(world: World) -> None:
    world.sync()
    first, second = world.salesforce_create(
        "Contact",
        {"LastName": "Nowak", "Email": "anna@acme.example"},
        {"LastName": "Nowak-Lis", "Email": "anna@acme.example"},
    )
    world.sync()
    RecordLink.objects.all().delete()
    SyncCursor.objects.all().delete()
    mapping = world.connection.object_mappings.get(hubspot_object="contacts")
    mapping.create_in_hubspot = False
    mapping.save()
    world.salesforce_update("Contact", first, Title="Updated last")

    person = next(iter(_people(world)))
    world.hubspot_update("contacts", person, city="Gdynia")
    world.sync()

    linked = RecordLink.objects.exclude(hubspot_id="").get(hubspot_id=person)
    assert linked.salesforce_id in {first, second}


def _people(world: World) -> list[str]:
    found = world.clients.hubspot.batch_read(
        "contacts", ["anna@acme.example"], ["email"], id_property="email"
    )
    return [str(one["id"]) for one in found.values()]


def test_a_contact_without_an_address_is_skipped(world: World) -> None:
    world.salesforce_create("Contact", {"LastName": "Nobody"})
    world.hubspot_create("contacts", {"lastname": "Noone"})

    outcomes = world.sync()

    assert [(one.direction, one.status) for one in outcomes] == [
        (Direction.TO_HUBSPOT, Status.SKIPPED),
        (Direction.TO_SALESFORCE, Status.SKIPPED),
    ]


def test_a_change_of_one_side_reaches_the_other(world: World) -> None:
    [person] = world.hubspot_create("contacts", ANNA)
    world.sync()
    [contact] = world.salesforce_records("Contact", "Id")

    world.salesforce_update("Contact", contact["Id"], Title="CEO")
    world.sync()
    assert world.hubspot_record("contacts", person, "jobtitle")["jobtitle"] == "CEO"

    world.map("contacts", "jobtitle", "Title", rule="two_way")
    world.hubspot_update("contacts", person, jobtitle="Chair")
    world.sync()
    assert world.salesforce_records("Contact", "Title")[0]["Title"] == "Chair"


def test_a_value_deleted_in_salesforce_is_deleted_in_hubspot(world: World) -> None:
    [person] = world.hubspot_create("contacts", ANNA)
    world.sync()
    [contact] = world.salesforce_records("Contact", "Id")

    world.salesforce_update("Contact", contact["Id"], Title=None)
    world.sync()

    assert not world.hubspot_record("contacts", person, "jobtitle")["jobtitle"]
    assert world.salesforce_records("Contact", "Title")[0]["Title"] is None


def test_the_cursor_moves_with_the_page_alone(world: World) -> None:
    from integrations.engine import sync_pages

    world.salesforce_create("Account", {"Name": "Bolt", "Website": "bolt.example"})
    pages = sync_pages(connection=world.connection, clients=world.clients)
    page = next(pages)  # written to HubSpot, and then the power goes
    pages.close()  # type: ignore[attr-defined]
    assert page.outcomes[0].status == Status.SYNCED
    assert not SyncCursor.objects.exists()

    outcomes = world.sync()

    assert [one.status for one in outcomes if one.direction == Direction.TO_HUBSPOT] == ["synced"]
    found = world.clients.hubspot.record_search(
        "companies", property_name="domain", values=["bolt.example"], properties=["name"]
    )
    assert len(found) == 1
    assert RecordLink.objects.get().hubspot_id == found[0]["id"]

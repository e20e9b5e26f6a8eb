"""Importing an object's records: in order, parents first, never an old state over a new one."""

from __future__ import annotations

from typing import Any

from common import clock
from integrations.engine import ImportPage, Place, import_pages, records_to_import
from integrations.engine import sync as sync_module
from integrations.models import RecordLink, SyncCursor
from integrations.tests.engine.conftest import World, writes_of


def imported(world: World, place: Place | None = None) -> list[ImportPage]:
    pages = []
    for found in import_pages(
        connection=world.connection,
        clients=world.clients,
        mapping=world.connection.object_mappings.get(hubspot_object="contacts"),
        place=place or Place(),
        until=clock.now(),
    ):
        found.page.apply()
        pages.append(found)
    return pages


def people(world: World, number: int, **values: Any) -> list[str]:
    return world.salesforce_create(
        "Contact",
        *({"LastName": f"P{n}", "Email": f"p{n}@acme.example", **values} for n in range(number)),
    )


def test_the_company_of_an_imported_contact_comes_along_first(world: World) -> None:
    [account] = world.salesforce_create("Account", {"Name": "Acme", "Website": "acme.example"})
    people(world, 3, AccountId=account)

    parents, contacts = imported(world)

    assert (parents.place, parents.read) == (None, 0)
    assert [one.record.hubspot_object for one in parents.page.outcomes] == ["companies"]
    assert contacts.read == 3
    assert contacts.place is not None
    assert {one.status for one in contacts.page.outcomes} == {"synced"}
    assert not SyncCursor.objects.exists()


def test_it_goes_on_behind_the_place_it_had_come_to(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(sync_module, "_RECORDED_ROWS", 2)
    monkeypatch.setattr(sync_module, "_QUERY_ROWS", 4)
    ids = people(world, 7)
    first = imported(world)
    seen = [[one.record.salesforce_id for one in found.page.outcomes] for found in first]
    assert sorted(one for part in seen for one in part) == sorted(ids)
    assert [len(one) for one in seen] == [2, 2, 2, 1]

    rest = imported(world, first[1].place)

    again = [one.record.salesforce_id for found in rest for one in found.page.outcomes]
    assert again == seen[2] + seen[3]
    place = first[1].place
    assert place is not None
    mapping = world.connection.object_mappings.get(hubspot_object="contacts")
    left = records_to_import(clients=world.clients, mapping=mapping, place=place, until=clock.now())
    assert left == 3


def test_what_is_equal_on_both_sides_costs_no_write(world: World) -> None:
    people(world, 5)
    world.sync()

    calls = world.calls_during(lambda: imported(world))

    assert writes_of(calls) == []
    assert [call["system"] for call in calls] == ["salesforce"]


def test_a_state_that_the_sync_has_passed_meanwhile_is_not_written(world: World) -> None:
    [record] = people(world, 1, Title="Old")
    world.sync()
    world.salesforce_update("Contact", record, Title="Older than what the sync knows")
    link = RecordLink.objects.get(salesforce_id=record)
    assert link.salesforce_modified_at is not None
    link.salesforce_modified_at = clock.now().replace(year=clock.now().year + 1)
    link.save(update_fields=["salesforce_modified_at"])

    [found] = imported(world)

    assert (found.read, found.page.outcomes) == (1, [])
    assert world.hubspot_record("contacts", link.hubspot_id, "jobtitle")["jobtitle"] == "Old"

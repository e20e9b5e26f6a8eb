"""Every refusal of either CRM, and everything that is told without a call, becomes a failure of the record."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.engine import RetryTarget
from integrations.outcomes import Direction, RecordRef, Status
from integrations.tests.engine.conftest import World, writes_of

ANNA = {"email": "anna@acme.example", "firstname": "Anna", "lastname": "Nowak"}
TEXT = {"type": "string", "fieldType": "text"}


def retried(outcome: Any) -> RetryTarget:
    return RetryTarget(direction=outcome.direction, record=outcome.record)


def test_a_value_that_is_too_long_fails_with_its_field_and_is_carried_over_once_mended(
    world: World,
) -> None:
    [person] = world.hubspot_create("contacts", {**ANNA, "jobtitle": "x" * 200})

    world.sync()

    [outcome] = world.failed()
    assert outcome.direction == Direction.TO_SALESFORCE
    assert (outcome.record.hubspot_id, outcome.record.label) == (person, "Anna Nowak")
    assert outcome.record.email == "anna@acme.example"
    [failure] = outcome.failures
    assert (failure.code, failure.fields) == ("STRING_TOO_LONG", ("Title",))
    assert failure.details["hubspot_property"] == "jobtitle"
    assert failure.details["value"].startswith("xxx")
    assert world.salesforce_records("Contact", "Id") == []

    world.hubspot_update("contacts", person, jobtitle="CTO")
    world.sync()
    assert world.failed() == []
    assert world.salesforce_records("Contact", "Title")[0]["Title"] == "CTO"


def test_a_refused_update_keeps_all_its_changes_for_the_retry(world: World) -> None:
    [person] = world.hubspot_create("contacts", ANNA)
    world.sync()
    world.hubspot_update("contacts", person, jobtitle="x" * 200, city="Gdynia")
    world.sync()
    [outcome] = world.failed()
    world.simulators.control("PATCH", "salesforce/objects/Contact/fields/Title", {"length": 255})

    world.retry([retried(outcome)])

    assert world.failed() == []
    [contact] = world.salesforce_records("Contact", "Title", "MailingCity")
    assert (contact["Title"], contact["MailingCity"]) == ("x" * 200, "Gdynia")


def test_a_missing_option_of_a_restricted_picklist_names_the_value(world: World) -> None:
    world.field("Contact", "Role__c", type="picklist", restricted=True, options=["User"])
    world.property("contacts", name="role", **TEXT)
    world.map("contacts", "role", "Role__c")
    world.hubspot_create("contacts", {**ANNA, "role": "Champion"})
    world.connection.schemas.all().delete()

    world.sync()

    [failure] = world.failures()
    assert failure.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert failure.details["value"] == "Champion"
    assert failure.details["salesforce_field"] == "Role__c"


def test_what_is_wrong_with_a_mapping_is_told_without_a_call_and_the_rest_syncs(
    world: World,
) -> None:
    world.field("Contact", "Manager__c", type="reference", reference_to=["User"])
    world.field("Contact", "Score__c", type="double")
    for name in ("old_score", "manager", "score_text"):
        world.property("contacts", name=name, **TEXT)
    world.connection.schemas.all().delete()
    world.map("contacts", "old_score", "Gone__c")
    world.map("contacts", "vanished", "Fax")
    world.map("contacts", "manager", "Manager__c")
    world.map("contacts", "score_text", "Score__c")
    world.map("contacts", "mobilephone", "PhotoUrl", rule="two_way")
    world.hubspot_create(
        "contacts",
        {**ANNA, "old_score": "7", "manager": "Jan", "score_text": "9", "mobilephone": "+48 1"},
    )

    world.sync()

    [outcome] = world.failed()
    assert sorted(one.code for one in outcome.failures) == [
        "SYNC_FIELD_MISSING",
        "SYNC_REFERENCE_UNMAPPED",
        "SYNC_TYPES_INCOMPATIBLE",
        "SYNC_TYPES_INCOMPATIBLE",
    ]
    assert all(one.details["found_without_call"] for one in outcome.failures)
    [contact] = world.salesforce_records("Contact", "Email", "FirstName")
    assert contact["FirstName"] == "Anna"


def test_a_mapping_that_is_wrong_says_nothing_of_records_without_a_value(world: World) -> None:
    world.map("contacts", "jobtitle", "Gone__c")
    world.hubspot_create("contacts", ANNA)

    world.sync()

    assert world.failures() == []


def test_a_property_that_is_gone_is_told_for_records_with_a_value(world: World) -> None:
    world.map("contacts", "vanished", "Department")
    world.salesforce_create(
        "Contact", {"LastName": "Lis", "Email": "ewa@acme.example", "Department": "R&D"}
    )

    world.sync()

    [failure] = world.failures()
    assert (failure.code, failure.system) == ("SYNC_PROPERTY_MISSING", "hubspot")
    assert failure.details["hubspot_property"] == "vanished"


def test_a_formula_is_told_without_a_call(world: World) -> None:
    world.field("Contact", "Rank__c", type="string", calculated=True)
    world.property("contacts", name="my_rank", **TEXT)
    world.connection.schemas.all().delete()
    world.map("contacts", "my_rank", "Rank__c")
    world.hubspot_create("contacts", {**ANNA, "my_rank": "first"})

    world.sync()

    assert world.codes() == ["SYNC_FIELD_READ_ONLY"]
    assert len(world.salesforce_records("Contact", "Id")) == 1


def test_a_field_hidden_by_field_level_security_is_refused_by_salesforce_itself(
    world: World,
) -> None:
    world.field("Contact", "NPS__c", type="double", editable=False)
    world.property("contacts", name="my_nps", type="number", fieldType="number")
    world.connection.schemas.all().delete()
    world.map("contacts", "my_nps", "NPS__c")
    world.hubspot_create("contacts", {**ANNA, "my_nps": "9"})

    calls = world.calls_during(world.sync)

    [failure] = world.failures()
    assert failure.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert failure.details["permissionable"] is True
    assert any("composite/sobjects" in one for one in writes_of(calls))


def test_a_validation_rule_stops_the_record_it_speaks_of_alone(world: World) -> None:
    world.simulators.control(
        "POST",
        "salesforce/objects/Contact/rules",
        {"kind": "validation", "name": "No_Smith", "formula": 'LastName = "Smith"',
         "message": "Smiths are not welcome."},
    )  # fmt: skip
    world.hubspot_create(
        "contacts", ANNA, {"email": "j@smith.example", "firstname": "Jo", "lastname": "Smith"}
    )

    world.sync()

    [outcome] = world.failed()
    assert outcome.record.label == "Jo Smith"
    assert outcome.failures[0].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert [one["LastName"] for one in world.salesforce_records("Contact", "LastName")] == ["Nowak"]


def test_a_second_salesforce_record_with_the_address_is_a_duplicate(world: World) -> None:
    world.salesforce_create(
        "Contact",
        {"LastName": "Nowak", "Email": "anna@acme.example"},
        {"LastName": "Nowak", "Email": "anna@acme.example"},
    )

    world.sync()

    [outcome] = world.failed()
    assert outcome.direction == Direction.TO_HUBSPOT
    duplicate = outcome.failures[0].details["duplicate"]
    assert duplicate["salesforce_id"] == outcome.record.salesforce_id
    assert duplicate["hubspot_id"]
    assert duplicate["value"] == "anna@acme.example"


def test_children_of_a_parent_that_is_refused_wait_and_go_with_it_once_it_can(world: World) -> None:
    world.hubspot_create("companies", {"name": "Other", "domain": "other.example"})
    [account] = world.salesforce_create(
        "Account", {"Name": "Fjordlys", "Website": "fjord.example", "Industry": "Wind & Waves"}
    )
    world.salesforce_create(
        "Contact", {"LastName": "Berg", "Email": "berg@fjord.example", "AccountId": account}
    )
    world.sync()
    waiting = next(one for one in world.failed() if one.record.hubspot_object == "contacts")
    [failure] = waiting.failures
    assert failure.code == "SYNC_PARENT_NOT_SYNCED"
    assert failure.details["blocking_record"] == {
        "object": "Account",
        "label": "Fjordlys",
        "hubspot_id": "",
        "salesforce_id": account,
    }
    world.salesforce_update("Account", account, Industry="Banking")

    world.retry([retried(waiting)])

    assert [one.status for one in world.outcomes] == [Status.SYNCED, Status.SYNCED]
    assert [one.record.hubspot_object for one in world.outcomes] == ["companies", "contacts"]


def test_a_full_association_names_the_company(world: World) -> None:
    [company] = world.hubspot_create("companies", {"name": "Full", "domain": "full.example"})
    world.sync()
    [account] = [one["Id"] for one in world.salesforce_records("Account", "Id")]
    world.simulators.control(
        "POST", "hubspot/association-limit", {"from": "companies", "to": "contacts", "limit": 1}
    )
    world.salesforce_create(
        "Contact",
        {"LastName": "A", "Email": "a@full.example", "AccountId": account},
        {"LastName": "B", "Email": "b@full.example", "AccountId": account},
    )

    world.sync()

    [outcome] = world.failed()
    assert outcome.record.hubspot_id  # the contact itself is there
    blocking = outcome.failures[0].details["blocking_record"]
    assert (blocking["hubspot_id"], blocking["salesforce_id"]) == (company, account)


@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_a_create_whose_answer_was_lost_is_looked_up_and_not_repeated(
    world: World, no_waiting: list[float], kind: str
) -> None:
    world.hubspot_create("contacts", ANNA)
    world.simulators.control(
        "POST",
        "faults",
        {"system": "salesforce", "method": "POST", "path": "composite/sobjects", "kind": kind, "count": 1},
    )  # fmt: skip
    with pytest.raises(Exception, match="CONNECTION_LOST"):
        world.sync()
    [outcome] = world.failed()
    assert len(world.salesforce_records("Contact", "Id")) == 1

    world.retry([retried(outcome)])

    assert world.failed() == []
    assert len(world.salesforce_records("Contact", "Id")) == 1


def test_when_nothing_can_have_arrived_no_record_is_to_blame(
    world: World, no_waiting: list[float]
) -> None:
    world.hubspot_create("contacts", ANNA)
    world.simulators.control(
        "POST",
        "faults",
        {"system": "hubspot", "path": "search", "kind": "status", "status": 429, "retry_after": 60},
    )
    with pytest.raises(Exception, match=r"429|RATE|limit"):
        world.sync()
    assert world.failed() == []
    world.simulators.control("DELETE", "faults")

    world.sync()

    assert len(world.salesforce_records("Contact", "Id")) == 1


def test_a_hundred_failed_records_cost_one_write(world: World) -> None:
    rows = [
        {"email": f"p{number}@acme.example", "lastname": f"P{number}", "jobtitle": "CTO"}
        for number in range(100)
    ]
    world.map("contacts", "jobtitle", "Title", rule="two_way")
    ids = world.hubspot_create("contacts", *rows)
    world.sync()
    world.clients.hubspot.batch_update(
        "contacts", [{"id": one, "properties": {"jobtitle": "x" * 200}} for one in ids]
    )
    world.sync()
    targets = [retried(one) for one in world.failed()]
    assert len(targets) == 100
    world.clients.hubspot.batch_update(
        "contacts", [{"id": one, "properties": {"jobtitle": "Chair"}} for one in ids]
    )
    before = world.clients.salesforce.calls_made

    calls = world.calls_during(lambda: world.retry(targets))

    assert world.failed() == []
    assert world.clients.salesforce.calls_made - before == 1
    hubspot = [call["path"] for call in calls if call["system"] == "hubspot"]
    assert len([path for path in hubspot if path.endswith("contacts/batch/read")]) == 1
    assert len(hubspot) <= 3  # and the associations, for the parents and for the records


def test_records_of_an_object_that_does_not_sync_any_more_are_over(world: World) -> None:
    record = RecordRef("tickets", "Case", hubspot_id="1")

    [outcome] = world.retry([RetryTarget(Direction.TO_SALESFORCE, record)])

    assert outcome.status == Status.SYNCED

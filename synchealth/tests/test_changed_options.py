"""Options that changed in a CRM since the sync read them: what is refused for them is tried with today's ones."""

from __future__ import annotations

import time
import uuid

import pytest
from django.test import Client

from errors.jobs import loads
from errors.models import ResyncBatch, SyncError
from errors.resync import create_batch
from errors.resync.worker import run_batch
from integrations.clients import open_clients
from integrations.models import CallPurpose, Connection, SchemaCache
from simulators.testing import Simulators
from synchealth.pipeline import run_sync
from tests.people import make_people

pytestmark = pytest.mark.django_db(transaction=True)


def resync(error: SyncError) -> ResyncBatch:
    batch = create_batch(
        connection_id=error.connection_id,
        error_ids=[error.pk],
        user=None,
        idempotency_key=str(uuid.uuid4()),
    ).batch
    assert run_batch(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def add_industry(simulators: Simulators, *, label: str, value: str) -> None:
    simulators.control(
        "POST",
        "hubspot/properties/companies/industry",
        {"add_option": {"label": label, "value": value}},
    )


def describes(simulators: Simulators, since: float) -> int:
    calls = simulators.control("GET", f"calls?system=salesforce&since={since}")
    return sum(call["path"].endswith("/describe") for call in calls)


def refuse_an_industry(connection: Connection, industry: str) -> None:
    with open_clients(connection=connection, purpose=CallPurpose.SYNC) as clients:
        [made] = clients.salesforce.create(
            [{"attributes": {"type": "Account"}, "Name": industry, "Industry": industry}]
        )
        assert made.ok
    assert run_sync(connection_id=connection.pk, reason="manual").stopped == ""


def test_an_option_added_in_hubspot_is_known_to_the_resync_of_its_error(
    synced: Connection, simulators: Simulators
) -> None:
    refuse_an_industry(synced, "UI Sector")
    error = SyncError.objects.get(code="option-missing-in-hubspot", details__value="UI Sector")
    add_industry(simulators, label="UI Sector", value="UI_SECTOR")
    said = loads.calls_of([error.pk])
    since = time.time()

    batch = resync(error)

    assert (batch.done, batch.failed) == (1, 0)
    # HubSpot's properties are read anew, which is not metered; Salesforce is not described again.
    assert describes(simulators, since) == 0
    assert batch.api_calls <= said


def test_a_value_added_in_salesforce_is_known_to_the_resync_of_its_error(
    synced: Connection, simulators: Simulators
) -> None:
    # A label that says something else than the internal value: the label is sent until Salesforce has the value.
    add_industry(simulators, label="Trains and trams", value="RAIL")
    with open_clients(connection=synced, purpose=CallPurpose.SYNC) as clients:
        [made] = clients.hubspot.batch_create(
            "companies", [{"properties": {"name": "Rail", "industry": "RAIL"}}]
        )
        assert made.ok
    fields = SchemaCache.objects.get(system="salesforce", object_name="Account").content["rows"]
    values = next(row for row in fields if row["name"] == "Industry")["picklistValues"]
    options = [one["value"] for one in values]
    industry = "salesforce/objects/Account/fields/Industry"
    simulators.control("PATCH", industry, {"options": options, "restricted": True})
    assert run_sync(connection_id=synced.pk, reason="manual").stopped == ""
    error = SyncError.objects.get(
        code="option-missing-in-salesforce", salesforce_object="Account", status="open"
    )
    simulators.control("PATCH", industry, {"options": [*options, "RAIL"], "restricted": True})
    said = loads.calls_of([error.pk])
    since = time.time()

    batch = resync(error)

    assert (batch.done, batch.failed) == (1, 0)
    assert describes(simulators, since) == 1
    assert batch.api_calls <= said


def test_a_sync_that_is_refused_an_option_reads_the_options_anew_the_next_time(
    synced: Connection, simulators: Simulators
) -> None:
    # The first sync was refused an option, too: this one reads the options that the next is to find old.
    assert run_sync(connection_id=synced.pk, reason="manual").stopped == ""
    kept = SchemaCache.objects.get(system="salesforce", object_name="Account").read_at
    add_industry(simulators, label="UI Sector", value="UI_SECTOR")
    refuse_an_industry(synced, "UI Sector")
    assert SyncError.objects.filter(details__value="UI Sector", status="open").exists()

    # Touched, so that the next sync carries it over again.
    with open_clients(connection=synced, purpose=CallPurpose.SYNC) as clients:
        [row] = clients.salesforce.query("SELECT Id FROM Account WHERE Name = 'UI Sector'")
        clients.salesforce.update(
            [{"attributes": {"type": "Account"}, "id": row["Id"], "Name": "UI Sector & Sons"}]
        )
    assert run_sync(connection_id=synced.pk, reason="manual").stopped == ""

    assert not SyncError.objects.filter(details__value="UI Sector", status="open").exists()
    # What concerns HubSpot's options alone costs no describe.
    now = SchemaCache.objects.get(system="salesforce", object_name="Account").read_at
    assert now == kept


def test_operators_read_both_sides_options_again_on_the_page_of_the_error(
    synced: Connection, simulators: Simulators
) -> None:
    error = SyncError.objects.get(code="option-missing-in-hubspot")
    people = make_people(synced)
    client = Client()
    client.force_login(people.of("operator"))
    page = f"/connections/{synced.pk}/errors/{error.pk}/about/"
    assert "Only in Salesforce" in client.get(page).content.decode()
    button = f"/connections/{synced.pk}/errors/{error.pk}/read-options/"
    assert f'action="{button}"' in client.get(page).content.decode()
    add_industry(simulators, label=error.details["value"], value="RENEWABLES_STORAGE")

    answer = client.post(button, follow=True)

    assert answer.redirect_chain == [(page, 302)]
    text = answer.content.decode()
    assert "have been read again" in text
    assert "RENEWABLES_STORAGE" in text
    client.force_login(people.of("viewer"))
    assert client.post(button).status_code == 403
    assert "read-options" not in client.get(page).content.decode()

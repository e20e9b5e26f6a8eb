"""A parent that does not sync holds up children of several kinds; its Resync releases all of them."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from errors.counters import find_drift
from errors.identity import identify_row
from errors.jobs import create_job
from errors.jobs.running import run_job
from errors.models import BulkJob, ResyncBatch, SyncError
from errors.resync import create_batch, create_record_batch
from errors.resync.releasing import release_children
from errors.resync.worker import run_batch
from errors.tasks import run_resync
from integrations.clients import open_clients
from integrations.models import (
    CallPurpose,
    Connection,
    RecordLink,
    SchemaCache,
    UsageBucket,
)
from integrations.outcomes import Direction, Outcome, RecordRef, Status
from simulators.testing import Simulators
from synchealth.pipeline import run_sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_contacts_and_deals_that_wait_for_an_account_go_with_it(
    synced: Connection, simulators: Simulators
) -> None:
    waiting = SyncError.objects.get(code="waiting-for-account")
    account = waiting.details["blocking_record"]["salesforce_id"]
    with open_clients(connection=synced, purpose=CallPurpose.SYNC) as clients:
        made = clients.salesforce.create(
            [
                {
                    "attributes": {"type": "Opportunity"},
                    "Name": f"Turbine {number}",
                    "StageName": "Prospecting",
                    "CloseDate": "2026-12-01",
                    "AccountId": account,
                }
                for number in range(3)
            ]
        )
        assert all(one.ok for one in made)
    assert run_sync(connection_id=synced.pk, reason="manual").stopped == ""

    kinds = sorted(waiting.records.filter(state="open").values_list("salesforce_object", flat=True))
    assert kinds == ["Contact"] * 4 + ["Opportunity"] * 3, "one error for all that wait"

    simulators.control(
        "POST",
        "hubspot/properties/companies/industry",
        {"add_option": {"label": "Renewables & Storage", "value": "RENEWABLES_STORAGE"}},
    )
    batch = create_batch(
        connection_id=synced.pk,
        error_ids=[waiting.pk],
        user=None,
        idempotency_key=str(uuid.uuid4()),
    ).batch
    run_resync(batch.pk)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.open_records) == (SyncError.Status.RESOLVED, 0)
    # The account's own error went with it, though nobody selected it.
    assert not SyncError.objects.filter(code="option-missing-in-hubspot", status="open").exists()
    company = RecordLink.objects.get(object_mapping__connection=synced, salesforce_id=account)
    with open_clients(connection=synced, purpose=CallPurpose.SYNC) as clients:
        for kind, number in (("contacts", 4), ("deals", 3)):
            linked = clients.hubspot.associations_read("companies", kind, [company.hubspot_id])
            assert len(linked[company.hubspot_id]) == number, kind
    assert find_drift(connection_id=synced.pk) == []


@pytest.fixture
def waiting(synced: Connection, simulators: Simulators) -> SyncError:
    """Four contacts wait for an account whose industry HubSpot can take by now."""
    simulators.control(
        "POST",
        "hubspot/properties/companies/industry",
        {"add_option": {"label": "Renewables & Storage", "value": "RENEWABLES_STORAGE"}},
    )
    return SyncError.objects.get(code="waiting-for-account", open_records=4)


def batches_run_by_workers() -> list[ResyncBatch]:
    """Runs all that is queued, each twice as by doubled messages."""
    found = list(ResyncBatch.objects.filter(state="queued"))
    for one in found * 2:
        run_batch(batch_id=one.pk)
    return found


def resync(error: SyncError) -> ResyncBatch:
    batch = create_batch(
        connection_id=error.connection_id,
        error_ids=[error.pk],
        user=None,
        idempotency_key=str(uuid.uuid4()),
    ).batch
    run_batch(batch_id=batch.pk)
    return batch


def check_all_released(waiting: SyncError) -> None:
    [released] = batches_run_by_workers()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.open_records) == (SyncError.Status.RESOLVED, 0)
    released.refresh_from_db()
    assert (released.released, released.state, released.done) == (True, "finished", 1)
    # It is no person's work, which alone may spend the reserve.
    rows = UsageBucket.objects.filter(connection=waiting.connection, purpose=CallPurpose.BULK)
    assert sum(rows.values_list("calls", flat=True)) >= released.api_calls > 0
    assert batches_run_by_workers() == []
    assert find_drift(connection_id=waiting.connection_id) == []


def test_what_waits_goes_when_the_accounts_own_error_is_resynced(waiting: SyncError) -> None:
    own = SyncError.objects.get(code="option-missing-in-hubspot")

    resync(own)

    check_all_released(waiting)


def test_what_waits_goes_when_a_sync_brings_the_account(
    synced: Connection, waiting: SyncError
) -> None:
    account = waiting.details["blocking_record"]["salesforce_id"]
    with open_clients(connection=synced, purpose=CallPurpose.SYNC) as clients:
        clients.salesforce.update(
            [{"attributes": {"type": "Account"}, "id": account, "Description": "Looked at"}]
        )

    # The first sync was refused the option, so this one reads it anew.
    assert run_sync(connection_id=synced.pk, reason="manual").stopped == ""

    check_all_released(waiting)


def test_what_waits_goes_when_the_accounts_are_imported(
    synced: Connection, waiting: SyncError
) -> None:
    mapping = synced.object_mappings.get(hubspot_object="companies")
    job = create_job(
        connection_id=synced.pk,
        kind=BulkJob.Kind.IMPORT,
        request={"scope": "all", "mapping": mapping.pk, "since": None},
        user=None,
        idempotency_key="all",
    ).job
    while BulkJob.objects.get(pk=job.pk).state in BulkJob.LIVE:
        run_job(job_id=job.pk)

    check_all_released(waiting)


def test_the_others_go_when_one_of_those_that_wait_is_resynced_alone(waiting: SyncError) -> None:
    row = waiting.records.filter(state="open").first()
    assert row is not None
    alone = create_record_batch(
        connection_id=waiting.connection_id,
        record_key=row.record_key,
        identity=identify_row(row=row),
        user=None,
        idempotency_key="one",
    ).batch

    run_batch(batch_id=alone.pk)

    waiting.refresh_from_db()
    assert waiting.open_records == 3
    check_all_released(waiting)


def test_nothing_is_put_up_for_retry_while_the_account_still_fails(
    synced: Connection, simulators: Simulators
) -> None:
    resync(SyncError.objects.get(code="option-missing-in-hubspot"))
    resync(SyncError.objects.get(code="waiting-for-account", open_records=4))

    assert not ResyncBatch.objects.filter(state="queued").exists()


def test_what_waits_for_a_company_goes_when_salesforce_takes_the_company(
    synced: Connection, simulators: Simulators
) -> None:
    industry = "salesforce/objects/Account/fields/Industry"
    fields = SchemaCache.objects.get(system="salesforce", object_name="Account").content["rows"]
    values = next(row for row in fields if row["name"] == "Industry")["picklistValues"]
    options = [one["value"] for one in values]
    simulators.control("PATCH", industry, {"options": options, "restricted": True})
    simulators.control(
        "POST",
        "hubspot/properties/companies/industry",
        {"add_option": {"label": "Rail", "value": "RAIL"}},
    )
    with open_clients(connection=synced, purpose=CallPurpose.SYNC) as clients:
        [company] = clients.hubspot.batch_create(
            "companies", [{"properties": {"name": "Tramway", "industry": "RAIL"}}]
        )
        link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
        clients.hubspot.batch_create(
            "contacts",
            [
                {
                    "properties": {"email": "driver@tram.example", "lastname": "Driver"},
                    "associations": [{"to": {"id": company.id}, "types": [link]}],
                }
            ],
        )
    assert run_sync(connection_id=synced.pk, reason="manual").stopped == ""
    waiting = SyncError.objects.get(details__blocking_record__hubspot_id=company.id)
    assert (waiting.code, waiting.direction) == ("waiting-for-account", "to_salesforce")
    simulators.control("PATCH", industry, {"options": [*options, "RAIL"], "restricted": True})

    resync(
        SyncError.objects.get(
            code="option-missing-in-salesforce", salesforce_object="Account", status="open"
        )
    )

    check_all_released(waiting)


@pytest.mark.parametrize("number", [1, 5])
def test_looking_for_what_waits_costs_the_same_however_many_parents_a_page_has(
    synced: Connection, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parents = [
        Outcome(
            RecordRef("companies", "Account", str(n), f"00100000000000{n}AAA"),
            Direction.TO_HUBSPOT,
            Status.SYNCED,
        )
        for n in range(number)
    ]
    with django_assert_num_queries(2):
        release_children(connection_id=synced.pk, outcomes=parents)

"""A parent that does not sync holds up children of several kinds; its Resync releases all of them."""

from __future__ import annotations

import uuid

import pytest

from errors.counters import find_drift
from errors.models import SyncError
from errors.resync import create_batch
from errors.tasks import run_resync
from integrations.clients import open_clients
from integrations.models import CallPurpose, Connection, RecordLink
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

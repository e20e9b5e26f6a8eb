"""Eight workers see one parent sync at once: what waits for it is put up for retry once."""

from __future__ import annotations

from functools import partial

import pytest

from errors.models import ResyncBatch, ResyncItem, SyncError
from errors.recording import record_outcomes
from errors.resync.releasing import release_children
from errors.tests.children import end_of, start_child
from errors.tests.fakes import contact, make_connection
from integrations.engine.failures import parent_not_synced
from integrations.models import AssociationMapping, ObjectMapping
from integrations.outcomes import Direction, Outcome, RecordRef, Status

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8
ACCOUNT = RecordRef("companies", "Account", "7", "001000000000007AAA", "Sector Holding")


def tell(connection_id: int) -> None:
    outcomes = [Outcome(ACCOUNT, Direction.TO_HUBSPOT, Status.SYNCED)]
    record_outcomes(
        connection_id=connection_id,
        outcomes=outcomes,
        also=partial(release_children, connection_id=connection_id, outcomes=outcomes),
    )


def test_eight_workers_that_sync_one_parent_put_its_children_up_once() -> None:
    connection = make_connection()
    company, person = (
        ObjectMapping.objects.create(
            connection=connection,
            hubspot_object=ours,
            hubspot_object_type_id=number,
            salesforce_object=theirs,
            label=ours,
        )
        for ours, theirs, number in (
            ("companies", "Account", "0-2"),
            ("contacts", "Contact", "0-1"),
        )
    )
    AssociationMapping.objects.create(
        child=person, parent=company, salesforce_field="AccountId", association_type_id=279
    )
    waits = parent_not_synced(
        hubspot_object="companies",
        salesforce_object="Account",
        salesforce_id=ACCOUNT.salesforce_id,
        label=ACCOUNT.label,
        fields=("AccountId",),
    )
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                contact("", salesforce_id=f"00300000000000{n}AAA"),
                Direction.TO_HUBSPOT,
                Status.FAILED,
                (waits,),
            )
            for n in range(5)
        ],
    )

    children = [start_child(partial(tell, connection.pk)) for _ in range(WORKERS)]
    assert [end_of(child) for child in children] == [0] * WORKERS

    batch = ResyncBatch.objects.get()
    assert (batch.released, batch.total, batch.records_total) == (True, 1, 5)
    assert ResyncItem.objects.get().error == SyncError.objects.get()

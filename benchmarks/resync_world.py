"""Accounts in the simulators with 100 contacts that Salesforce refuses, each for a value of its own."""

from __future__ import annotations

import requests

from errors.models import ResyncBatch, SyncError
from errors.resync import create_batch
from errors.resync.worker import run_batch
from integrations.clients import open_clients
from integrations.connections import CredentialInput, create_connection
from integrations.models import CallPurpose, Connection, Credential
from integrations.testing import HUBSPOT_SECRET, SALESFORCE_SECRET
from simulators.testing import Simulators
from synchealth.pipeline import run_sync

_KNOWN = "Gold"
_PROPERTY, _FIELD = "loyalty_tier", "Loyalty_Tier__c"  # paired by their names


class World:
    """Two accounts joined by a connection; set-up goes the way an admin's would, over the APIs."""

    def __init__(self, simulators: Simulators) -> None:
        self.simulators = simulators
        self.values: list[str] = []
        self.connection: Connection | None = None

    def make_errors(self, number: int) -> None:
        """Syncs `number` contacts, then gives each a value that Salesforce refuses, and syncs again."""
        self.values = [f"Tier {n:03d}" for n in range(number)]
        self._make_fields()
        self.connection = create_connection(
            name="Benchmark",
            hubspot_credential=CredentialInput(
                kind=Credential.Kind.HUBSPOT_SERVICE_KEY, secret=HUBSPOT_SECRET
            ),
            salesforce_credential=CredentialInput(
                kind=Credential.Kind.SALESFORCE_CLIENT_CREDENTIALS, secret=SALESFORCE_SECRET
            ),
            user=None,
        )
        with open_clients(connection=self.connection, purpose=CallPurpose.SYNC) as clients:
            made = clients.hubspot.batch_create(
                "contacts",
                [
                    {
                        "properties": {
                            "email": f"person{n}@example.com",
                            "lastname": f"Person {n}",
                        }
                    }
                    for n in range(number)
                ],
            )
            run_sync(connection_id=self.connection.pk, reason="manual")
            clients.hubspot.batch_update(
                "contacts",
                [
                    {"id": result.id, "properties": {_PROPERTY: value}}
                    for result, value in zip(made, self.values, strict=True)
                ],
            )
        run_sync(connection_id=self.connection.pk, reason="manual")

    def mend(self) -> None:
        """Salesforce's picklist learns the values."""
        self.simulators.control(
            "PATCH",
            f"salesforce/objects/Contact/fields/{_FIELD}",
            {"options": [_KNOWN, *self.values]},
        )

    def _make_fields(self) -> None:
        self.simulators.control(
            "POST",
            "salesforce/objects/Contact/fields",
            {"name": _FIELD, "type": "picklist", "options": [_KNOWN], "restricted": True},
        )
        options = [{"label": value, "value": value} for value in (_KNOWN, *self.values)]
        answer = requests.post(
            f"{self.simulators.hubspot_url}/crm/v3/properties/contacts",
            json={
                "name": _PROPERTY,
                "label": "Loyalty tier",
                "type": "enumeration",
                "fieldType": "select",
                "groupName": "contactinformation",
                "options": options,
            },
            headers={"Authorization": f"Bearer {HUBSPOT_SECRET['key']}"},
            timeout=60,
        )
        answer.raise_for_status()

    def resync(self, key: str = "benchmark") -> tuple[ResyncBatch, int]:
        """One batch of all open errors, run; the batch and the calls that the simulator metered meanwhile."""
        assert self.connection is not None
        ids = SyncError.objects.filter(connection=self.connection, status="open").values_list(
            "pk", flat=True
        )
        batch = create_batch(
            connection_id=self.connection.pk,
            error_ids=ids,
            user=None,
            idempotency_key=key,
        ).batch
        before = self._calls()
        run_batch(batch_id=batch.pk)
        batch.refresh_from_db()
        return batch, self._calls() - before

    def _calls(self) -> int:
        counted = self.simulators.control("GET", "calls/count?system=salesforce")
        return int(counted["count"])

"""Contacts that all fail for one picklist value which Salesforce does not know, in the simulators."""

from __future__ import annotations

from typing import Any

import requests

from benchmarks.resync_world import World
from errors.jobs import update_records, update_requests
from errors.jobs.running import run_job
from errors.jobs.update_requests import Plan
from errors.models import AffectedRecord, BulkJob, SyncError
from integrations.clients import open_clients
from integrations.connections import CredentialInput, create_connection
from integrations.models import CallPurpose, Connection, Credential, PropertyMapping
from integrations.testing import HUBSPOT_SECRET, SALESFORCE_SECRET
from synchealth.pipeline import run_sync

PROPERTY = "loyalty_tier"
BAD, GOOD = "Silver", "Gold"


class UpdateWorld(World):
    """`make(n)`: one picklist error of n contacts, whose tier is Silver while Salesforce knows Gold alone."""

    connection: Connection

    def make(self, number: int) -> SyncError:
        self.values = [BAD]
        self._make_fields()
        self.connect()
        with open_clients(connection=self.connection, purpose=CallPurpose.SYNC) as clients:
            clients.hubspot.batch_create(
                "contacts",
                [
                    {
                        "properties": {
                            "email": f"person{n}@example.com",
                            "lastname": f"Person {n}",
                            PROPERTY: BAD,
                        }
                    }
                    for n in range(number)
                ],
            )
        self.sync()
        error: SyncError = SyncError.objects.get(type="picklists", status="open")
        assert error.open_records == number
        return error

    def connect(self) -> None:
        self.connection = create_connection(
            name="Updates",
            hubspot_credential=CredentialInput(
                kind=Credential.Kind.HUBSPOT_SERVICE_KEY, secret=HUBSPOT_SECRET
            ),
            salesforce_credential=CredentialInput(
                kind=Credential.Kind.SALESFORCE_CLIENT_CREDENTIALS, secret=SALESFORCE_SECRET
            ),
            user=None,
        )

    @property
    def pair(self) -> PropertyMapping:
        found: PropertyMapping = PropertyMapping.objects.get(
            object_mapping__connection=self.connection, hubspot_property=PROPERTY
        )
        return found

    def sync(self) -> None:
        assert run_sync(connection_id=self.connection.pk, reason="manual").stopped == ""

    def learn(self) -> None:
        """Salesforce's picklist gets the value that it lacked."""
        self.mend()

    def plan(
        self, *, mode: str = "set", value: str = "", property_name: str = PROPERTY, **asked: Any
    ) -> Plan:
        pair = PropertyMapping.objects.get(
            object_mapping__connection=self.connection, hubspot_property=property_name
        )
        selection = update_records.find_selection(connection_id=self.connection.pk, asked=asked)
        return update_requests.plan_update(
            selection=selection,
            mappings=update_records.mappings_of(selection),
            asked={"pair": pair.pk, "mode": mode, "value": value},
        )

    def start(self, *, key: str = "key", **asked: Any) -> BulkJob:
        created = update_requests.start_update(
            plan=self.plan(**asked), user=None, idempotency_key=key
        )
        return created.job

    def run(self, job: BulkJob) -> BulkJob:
        run_job(job_id=job.pk)
        job.refresh_from_db()
        return job

    def held(self) -> list[str]:
        """What HubSpot holds in the property, a value a contact."""
        ids = list(AffectedRecord.objects.values_list("hubspot_id", flat=True).distinct())
        with open_clients(connection=self.connection, purpose=CallPurpose.SYNC) as clients:
            found = clients.hubspot.batch_read("contacts", ids, [PROPERTY])
        return [str(one["properties"].get(PROPERTY) or "") for one in found.values()]

    def calls(self, path: str, *, since: float = 0) -> int:
        """Calls to a path of HubSpot's so far."""
        found = self.simulators.control("GET", f"calls?system=hubspot&since={since}")
        rows = found["calls"] if isinstance(found, dict) else found
        return sum(path in row["path"] for row in rows)

    def in_hubspot(self, hubspot_id: str, **properties: str) -> None:
        """Somebody changes a contact in HubSpot."""
        requests.patch(
            f"{self.simulators.hubspot_url}/crm/v3/objects/contacts/{hubspot_id}",
            json={"properties": properties},
            headers={"Authorization": f"Bearer {HUBSPOT_SECRET['key']}"},
            timeout=10,
        ).raise_for_status()

    def delete_in_hubspot(self, hubspot_id: str) -> None:
        requests.delete(
            f"{self.simulators.hubspot_url}/crm/v3/objects/contacts/{hubspot_id}",
            headers={"Authorization": f"Bearer {HUBSPOT_SECRET['key']}"},
            timeout=10,
        ).raise_for_status()

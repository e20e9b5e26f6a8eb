"""Accounts in the simulators with many contacts that HubSpot refuses: their region is no option there."""

from __future__ import annotations

from typing import Any

import requests

from errors.jobs.import_requests import start_import
from errors.jobs.running import run_job
from errors.models import BulkJob
from integrations.clients import open_clients
from integrations.mapping_defaults import make_default_mappings
from integrations.models import CallPurpose, Connection, PropertyMapping
from integrations.testing import HUBSPOT_SECRET, make_connection
from simulators.testing import Simulators
from synchealth.pipeline import run_sync

_KNOWN, _GONE = "North", "South"
_PROPERTY, _FIELD = "sales_region", "Sales_Region__c"


class World:
    """Two accounts joined by a connection. Set-up goes over the CRMs' own APIs, as their admins would."""

    def __init__(self, simulators: Simulators) -> None:
        self.simulators = simulators
        simulators.control(
            "POST",
            "salesforce/objects/Contact/fields",
            {"name": _FIELD, "type": "picklist", "options": [_KNOWN, _GONE]},
        )
        self._property("POST", "", [_KNOWN, _GONE])
        self.connection: Connection = make_connection(daily_limit=100_000, allotment=50_000)
        with open_clients(connection=self.connection, purpose=CallPurpose.SCHEMA) as clients:
            make_default_mappings(connection=self.connection, clients=clients)
        self.mapping = self.connection.object_mappings.get(hubspot_object="contacts")
        PropertyMapping.objects.update_or_create(
            object_mapping=self.mapping,
            hubspot_property=_PROPERTY,
            salesforce_field=_FIELD,
            defaults={"rule": PropertyMapping.Rule.PREFER_SALESFORCE},
        )

    def make_contacts(self, number: int, *, region: str = _GONE, first: int = 0) -> list[str]:
        """Creates contacts in Salesforce; their ids."""
        return self.salesforce(
            *(
                {
                    "LastName": f"Person {n}",
                    "Email": f"person{n}@example.com",
                    _FIELD: region,
                }
                for n in range(first, first + number)
            )
        )

    def salesforce(self, *rows: dict[str, Any], sobject: str = "Contact") -> list[str]:
        with open_clients(connection=self.connection, purpose=CallPurpose.SYNC) as clients:
            typed = [{"attributes": {"type": sobject}, **row} for row in rows]
            write = clients.salesforce.update if "id" in rows[0] else clients.salesforce.create
            results = write(typed)
        assert all(one.ok for one in results), results[:2]
        return [one.id for one in results]

    def break_it(self) -> None:
        """Somebody removes the option South from HubSpot."""
        self._property("PATCH", f"/{_PROPERTY}", [_KNOWN])

    def mend(self) -> None:
        """The option is there again."""
        self._property("PATCH", f"/{_PROPERTY}", [_KNOWN, _GONE])

    def sync(self) -> None:
        report = run_sync(connection_id=self.connection.pk, reason="manual")
        assert not report.stopped, (report.stopped, report.detail)

    def start(self, *, key: str = "import", **values: Any) -> BulkJob:
        """A stored import: of affected contacts unless told."""
        asked = {"object": self.mapping.pk, "scope": "affected", **values}
        return start_import(
            connection=self.connection, values=asked, user=None, idempotency_key=key
        ).job

    def finish(self, job: BulkJob, *, most_turns: int = 200) -> BulkJob:
        """Gives the job its turns until it waits for something or has ended."""
        for _turn in range(most_turns):
            if not run_job(job_id=job.pk):
                break
        job.refresh_from_db()
        return job

    def calls(self) -> int:
        """Salesforce calls that the simulator has metered."""
        return int(self.simulators.control("GET", "calls/count?system=salesforce")["count"])

    def _property(self, method: str, path: str, options: list[str]) -> None:
        answer = requests.request(
            method,
            f"{self.simulators.hubspot_url}/crm/v3/properties/contacts{path}",
            json={
                "name": _PROPERTY,
                "label": "Sales region",
                "type": "enumeration",
                "fieldType": "select",
                "groupName": "contactinformation",
                "options": [{"label": value, "value": value} for value in options],
            },
            headers={"Authorization": f"Bearer {HUBSPOT_SECRET['key']}"},
            timeout=60,
        )
        answer.raise_for_status()

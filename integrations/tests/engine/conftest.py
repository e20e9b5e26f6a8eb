"""A small synced world on the simulators, made through the CRMs' own APIs."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import pytest

from integrations.clients import Clients
from integrations.engine import EnginePage, RetryTarget, retry_pages, sync_pages
from integrations.mapping_defaults import make_default_mappings
from integrations.models import Connection, SystemName
from integrations.outcomes import Failure, Outcome, Status
from simulators.testing import Simulators


@dataclass
class World:
    """Both CRMs and an engine whose pages are stored as the pipeline stores them, without the errors."""

    connection: Connection
    clients: Clients
    simulators: Simulators
    outcomes: list[Outcome] = field(default_factory=list)

    def sync(self) -> list[Outcome]:
        """All outcomes of a whole sync."""
        return self._apply(sync_pages(connection=self.connection, clients=self.clients))

    def retry(
        self, targets: list[RetryTarget], *, reread: Collection[SystemName] = ()
    ) -> list[Outcome]:
        pages = retry_pages(
            connection=self.connection,
            clients=self.clients,
            targets=targets,
            reread=reread,
        )
        return self._apply(pages)

    def _apply(self, pages: Any) -> list[Outcome]:
        self.outcomes = []
        page: EnginePage
        for page in pages:
            self.outcomes += page.outcomes
            page.apply()
        return self.outcomes

    def failures(self) -> list[Failure]:
        return [one for outcome in self.outcomes for one in outcome.failures]

    def failed(self) -> list[Outcome]:
        return [one for one in self.outcomes if one.status == Status.FAILED]

    def codes(self) -> list[str]:
        return sorted(one.code for one in self.failures())

    def hubspot_create(
        self, kind: str, *rows: dict[str, Any], company: str = "", type_id: int = 279
    ) -> list[str]:
        """Ids of new HubSpot records, each associated with `company` where one is given."""
        link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
        associations = [{"to": {"id": company}, "types": [link]}] if company else []
        results = self.clients.hubspot.batch_create(
            kind, [{"properties": row, "associations": associations} for row in rows]
        )
        assert all(one.ok for one in results), results
        return [one.id for one in results]

    def hubspot_update(self, kind: str, record_id: str, **properties: str) -> None:
        [result] = self.clients.hubspot.batch_update(
            kind, [{"id": record_id, "properties": properties}]
        )
        assert result.ok, result

    def hubspot_record(self, kind: str, record_id: str, *names: str) -> dict[str, Any]:
        found = self.clients.hubspot.batch_read(kind, [record_id], list(names))
        return dict(found[record_id]["properties"])

    def salesforce_create(self, sobject: str, *rows: dict[str, Any]) -> list[str]:
        results = self.clients.salesforce.create(
            [{"attributes": {"type": sobject}, **row} for row in rows]
        )
        assert all(one.ok for one in results), results
        return [one.id for one in results]

    def salesforce_update(self, sobject: str, record_id: str, **fields: Any) -> None:
        [result] = self.clients.salesforce.update(
            [{"attributes": {"type": sobject}, "id": record_id, **fields}]
        )
        assert result.ok, result

    def salesforce_records(self, sobject: str, *columns: str) -> list[dict[str, Any]]:
        return self.clients.salesforce.query(
            f"SELECT {', '.join(columns)} FROM {sobject} ORDER BY Id"
        )

    def field(self, sobject: str, name: str, **attributes: Any) -> None:
        """A custom field of the org, readable and editable unless told."""
        self.simulators.control(
            "POST", f"salesforce/objects/{sobject}/fields", {"name": name, "label": name, **attributes}
        )  # fmt: skip

    def property(self, kind: str, **attributes: Any) -> None:
        """A custom property of the HubSpot account."""
        body = {"groupName": _GROUPS[kind], "label": attributes["name"], **attributes}
        self.clients.hubspot._call("POST", f"/crm/properties/{_VERSION}/{kind}", json=body)

    def map(self, kind: str, prop: str, field: str, rule: str = "prefer_salesforce") -> None:
        mapping = self.connection.object_mappings.get(hubspot_object=kind)
        mapping.properties.update_or_create(
            hubspot_property=prop, salesforce_field=field, defaults={"rule": rule}
        )

    def calls_during(self, work: Callable[[], Any]) -> list[dict[str, Any]]:
        """The calls that both simulators saw while `work` ran."""
        since = time.time()
        work()
        listed: list[dict[str, Any]] = self.simulators.control("GET", f"calls?since={since}")
        return listed


_GROUPS = {
    "contacts": "contactinformation",
    "companies": "companyinformation",
    "deals": "dealinformation",
}
_VERSION = "2026-09"


def writes_of(calls: list[dict[str, Any]]) -> list[str]:
    """Method and path of the calls that changed something."""
    harmless = ("/search", "/batch/read", "/query")
    return [
        f"{call['method']} {call['path']}"
        for call in calls
        if call["method"] != "GET" and not call["path"].split("?")[0].endswith(harmless)
    ]


@pytest.fixture
def world(connection: Connection, clients: Clients, simulators: Simulators) -> World:
    make_default_mappings(connection=connection, clients=clients)
    return World(connection, clients, simulators)

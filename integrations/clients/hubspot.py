"""The HubSpot client: plain requests on the date-based paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from integrations.clients import hubspot_search
from integrations.clients.access import AskAccess
from integrations.clients.hubspot_batches import ROWS_A_CALL, write_links, write_records
from integrations.clients.hubspot_errors import NOTHING_FOUND, failures_of
from integrations.clients.hubspot_http import HubSpotHttp
from integrations.clients.hubspot_search import SearchPage
from integrations.clients.results import CallRefused, WriteResult
from integrations.clients.versions import HUBSPOT_VERSION
from integrations.models import Connection

LINKS_READ_A_CALL = 1000
# The most that one call to a list adds; the API names no limit of its own.
MEMBERS_A_CALL = 1000
SEARCH_CEILING = 10_000
Record = dict[str, Any]


class HubSpotClient:
    """One per unit of work; not for several threads. No call is made before it is used.

    Every method may raise ConnectionFault, TransientFault and (those that read) CallRefused. Records are as
    the API gives them: {"id", "properties": {name: text}, "updatedAt", …}.
    """

    def __init__(self, *, connection: Connection, access: AskAccess | None = None) -> None:
        self._http = HubSpotHttp(connection=connection, access=access)
        self._call = self._http.call

    def close(self) -> None:
        self._http.close()

    # --- the account -------------------------------------------------------------------------------

    def account_details(self) -> dict[str, Any]:
        """portalId, uiDomain, timeZone and more."""
        return dict(self._call("GET", f"/account-info/{HUBSPOT_VERSION}/details"))

    def daily_usage(self) -> list[dict[str, Any]]:
        """HubSpot's own count of private apps' calls: name, usageLimit, currentUsage, resetsAt."""
        path = f"/account-info/{HUBSPOT_VERSION}/api-usage/daily/private-apps"
        return list(self._call("GET", path).get("results") or ())

    def owners(self) -> list[dict[str, Any]]:
        """All owners: id, email, firstName, lastName, archived."""
        return self._all_pages(f"/crm/owners/{HUBSPOT_VERSION}", {"limit": 100})

    def properties(self, object_type: str) -> list[dict[str, Any]]:
        """The properties of an object, archived ones not among them; CallRefused when there is no such object."""
        answer = self._call("GET", f"/crm/properties/{HUBSPOT_VERSION}/{quote(object_type)}")
        return list(answer.get("results") or ())

    def _all_pages(self, path: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            answer = self._call(
                "GET", path, params={**params, **({"after": after} if after else {})}
            )
            found += answer.get("results") or ()
            after = ((answer.get("paging") or {}).get("next") or {}).get("after") or ""
            if not after:
                return found

    # --- reading records ---------------------------------------------------------------------------

    def search_modified(
        self,
        object_type: str,
        *,
        modified_property: str,
        since: datetime | None,
        after_id: str,
        properties: Sequence[str],
        limit: int = hubspot_search.PAGE,
    ) -> SearchPage:
        """The next page of changed records in the order of (modified, id); see `hubspot_search`.

        Search runs some seconds behind the writes.
        """
        return hubspot_search.search_modified(
            lambda body: self._search(object_type, body),
            modified_property=modified_property,
            since=since,
            after_id=after_id,
            properties=properties,
            limit=limit,
        )

    def record_search(
        self,
        object_type: str,
        *,
        property_name: str,
        values: Sequence[str],
        properties: Sequence[str],
    ) -> list[Record]:
        """Records whose property is one of `values`, e.g. companies by domain: a search for each 100 values."""
        found: dict[str, Record] = {}
        for part in _parts(sorted({value.lower() for value in values if value}), 100):
            body: dict[str, Any] = {
                "filterGroups": [
                    {"filters": [{"propertyName": property_name, "operator": "IN", "values": part}]}
                ],
                "properties": sorted({*properties, property_name}),
                "limit": 200,
            }
            while True:
                answer = self._search(object_type, body)
                found.update({str(record["id"]): record for record in answer.get("results") or ()})
                after = ((answer.get("paging") or {}).get("next") or {}).get("after")
                if not after or int(after) >= SEARCH_CEILING:
                    break
                body["after"] = after
        return list(found.values())

    def _search(self, object_type: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        path = f"/crm/objects/{HUBSPOT_VERSION}/{quote(object_type)}/search"
        return self._call("POST", path, json=body) or {}

    def batch_read(
        self,
        object_type: str,
        ids: Iterable[str],
        properties: Sequence[str],
        id_property: str | None = None,
    ) -> dict[str, Record]:
        """Records by id, or by the value of `id_property` in lower case; those that do not exist are absent.

        With `email`, a contact found by one of its additional addresses stands under that one too.
        """
        wanted = {*properties}
        if id_property:
            wanted.add(id_property)
        if id_property == "email":
            wanted.add("hs_additional_emails")
        found: dict[str, Record] = {}
        for part in _parts(list(dict.fromkeys(str(one) for one in ids if one)), ROWS_A_CALL):
            body: dict[str, Any] = {
                "inputs": [{"id": one} for one in part],
                "properties": sorted(wanted),
                "propertiesWithHistory": [],
            }
            if id_property:
                body["idProperty"] = id_property
            path = f"/crm/objects/{HUBSPOT_VERSION}/{quote(object_type)}/batch/read"
            answer = self._call("POST", path, json=body) or {}
            for record in answer.get("results") or ():
                for key in _keys_of(record, id_property):
                    found[key] = record
        return found

    # --- writing records ---------------------------------------------------------------------------

    def batch_create(
        self, object_type: str, inputs: Sequence[Mapping[str, Any]]
    ) -> list[WriteResult]:
        """Create records from {"properties", "associations"?}, 100 a call, answered in the order of `inputs`.

        A create whose answer is lost is not repeated: TransientFault with `uncertain`.
        """
        rows = [{"associations": [], **given} for given in inputs]
        return self._write(object_type, "create", rows, creates=True)

    def batch_update(
        self, object_type: str, inputs: Sequence[Mapping[str, Any]]
    ) -> list[WriteResult]:
        """Update records from {"id", "properties"}, 100 a call, answered in the order of `inputs`."""
        return self._write(object_type, "update", inputs, creates=False)

    def batch_upsert(
        self, object_type: str, inputs: Sequence[Mapping[str, Any]], id_property: str
    ) -> list[WriteResult]:
        """Create or update by `email` or a unique property, from {"id": its value, "properties"}."""
        rows = [{"idProperty": id_property, **given} for given in inputs]
        return self._write(object_type, "upsert", rows, creates=True, repeatable=True)

    def _write(
        self,
        object_type: str,
        action: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        creates: bool,
        repeatable: bool | None = None,
    ) -> list[WriteResult]:
        path = f"/crm/objects/{HUBSPOT_VERSION}/{quote(object_type)}/batch/{action}"
        harmless = not creates if repeatable is None else repeatable
        return write_records(
            inputs=rows,
            call=lambda body: self._call("POST", path, json=body, writes=True, repeatable=harmless),
            creates=creates,
        )

    # --- associations ------------------------------------------------------------------------------

    def associations_read(
        self, from_type: str, to_type: str, ids: Iterable[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """For each id that has links: [{"toObjectId", "associationTypes": [{"category", "typeId", "label"}]}]."""
        found: dict[str, list[dict[str, Any]]] = {}
        waiting: list[dict[str, str]] = [{"id": str(one)} for one in dict.fromkeys(ids) if one]
        path = self._links_path(from_type, to_type, "read")
        while waiting:
            part, waiting = waiting[:LINKS_READ_A_CALL], waiting[LINKS_READ_A_CALL:]
            answer = self._call("POST", path, json={"inputs": part}) or {}
            for error in answer.get("errors") or ():
                if (
                    error.get("subCategory") != NOTHING_FOUND
                    and error.get("category") != "OBJECT_NOT_FOUND"
                ):
                    raise CallRefused(failures_of(error), status=400)
            for entry in answer.get("results") or ():
                owner = str(entry["from"]["id"])
                found.setdefault(owner, []).extend(entry.get("to") or ())
                after = ((entry.get("paging") or {}).get("next") or {}).get("after")
                if after:
                    waiting.append({"id": owner, "after": str(after)})
        return found

    def associations_create(
        self, from_type: str, to_type: str, pairs: Sequence[tuple[str, str]], type_id: int
    ) -> list[WriteResult]:
        """Link each (from id, to id) with HubSpot's own association type; a link that exists is a success."""
        link = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        keys = [(str(one), str(other)) for one, other in pairs]
        path = self._links_path(from_type, to_type, "create")
        return write_links(
            pairs=keys,
            inputs=[
                {"from": {"id": one}, "to": {"id": other}, "types": link} for one, other in keys
            ],
            call=lambda body: self._call("POST", path, json=body, writes=True, repeatable=True),
        )

    def associations_archive(
        self, from_type: str, to_type: str, pairs: Sequence[tuple[str, str]]
    ) -> list[WriteResult]:
        """Remove all links between each (from id, to id); one that does not exist is a success."""
        keys = [(str(one), str(other)) for one, other in pairs]
        path = self._links_path(from_type, to_type, "archive")
        return write_links(
            pairs=keys,
            inputs=[{"from": {"id": one}, "to": [{"id": other}]} for one, other in keys],
            call=lambda body: self._call("POST", path, json=body, writes=True, repeatable=True),
        )

    @staticmethod
    def _links_path(from_type: str, to_type: str, action: str) -> str:
        return f"/crm/associations/{HUBSPOT_VERSION}/{quote(from_type)}/{quote(to_type)}/batch/{action}"

    # --- lists -------------------------------------------------------------------------------------

    def list_create(self, *, name: str, object_type_id: str) -> dict[str, Any]:
        """A new static list (`listId`, `name`); CallRefused when the name is taken."""
        body = {"name": name, "objectTypeId": object_type_id, "processingType": "MANUAL"}
        answer = self._call("POST", f"/crm/lists/{HUBSPOT_VERSION}", json=body, writes=True)
        return dict(answer.get("list") or answer)

    def list_get(self, list_id: str) -> dict[str, Any]:
        """A list by id; CallRefused when there is none."""
        answer = self._call("GET", f"/crm/lists/{HUBSPOT_VERSION}/{quote(list_id)}")
        return dict(answer.get("list") or answer)

    def list_rename(self, list_id: str, name: str) -> None:
        """Another name for a list; CallRefused when the name is taken."""
        path = f"/crm/lists/{HUBSPOT_VERSION}/{quote(list_id)}/update-list-name"
        self._call("PUT", path, params={"listName": name}, writes=True, repeatable=True)

    def list_by_name(self, name: str, *, object_type_id: str) -> dict[str, Any] | None:
        """The list of that object with that name, whatever its case; None when there is none."""
        kind, named = quote(object_type_id), quote(name, safe="")
        path = f"/crm/lists/{HUBSPOT_VERSION}/object-type-id/{kind}/name/{named}"
        try:
            answer = self._call("GET", path)
        except CallRefused as refused:
            if refused.status == 404:
                return None
            raise
        return dict(answer.get("list") or answer)

    def list_add(self, list_id: str, ids: Sequence[str]) -> list[str]:
        """Add records to a list, 1,000 a call; answers the ids that HubSpot does not know."""
        path = f"/crm/lists/{HUBSPOT_VERSION}/{quote(list_id)}/memberships/add"
        unknown: list[str] = []
        for part in _parts([str(one) for one in ids], MEMBERS_A_CALL):
            answer = self._call("PUT", path, json=part, writes=True, repeatable=True) or {}
            # The specification spells it recordIdsMissing; the plural of its sibling is seen as well.
            unknown += answer.get("recordIdsMissing") or answer.get("recordsIdsMissing") or ()
        return [str(one) for one in unknown]


def _parts(values: list[str], size: int) -> Iterable[list[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _keys_of(record: Record, id_property: str | None) -> list[str]:
    if id_property is None:
        return [str(record["id"])]
    properties = record.get("properties") or {}
    keys = [str(properties.get(id_property) or "").lower()]
    if id_property == "email":
        keys += str(properties.get("hs_additional_emails") or "").lower().split(";")
    return [key for key in keys if key]

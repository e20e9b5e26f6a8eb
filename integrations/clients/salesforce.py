"""The Salesforce client: simple-salesforce on a session of ours, with what it leaves to its users."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from integrations import credentials
from integrations.clients.access import Access, AskAccess
from integrations.clients.duplicates import with_other_records
from integrations.clients.http import Bearer, make_session, never_sent
from integrations.clients.metered import Meter, MeteredAdapter
from integrations.clients.org_gauge import OrgGauge
from integrations.clients.results import (
    ConnectionFault,
    CrmFault,
    TransientFault,
    WriteResult,
)
from integrations.clients.salesforce_collections import Record, type_of, write_collection
from integrations.clients.salesforce_errors import fault_of
from integrations.clients.versions import SALESFORCE_VERSION
from integrations.clients.waiting import PAUSES, pause, with_jitter
from integrations.metering import AllotmentSpent
from integrations.models import Connection, SystemName

BELOW_VERSION = re.compile(r".*/services/data/v\d+\.\d+/")
# Salesforce takes 16,384 bytes of address and headers, servers and proxies before it often 8,192 of address; a longer
# query travels in the body of a composite, which costs the same one call.
LONGEST_ADDRESS = 7_000
DELETED_A_CALL = 200


class SalesforceClient:
    """One per unit of work; not for several threads. No call is made, and nobody logged in, before it is used.

    Every method may raise ConnectionFault, TransientFault and AllotmentSpent (nothing was sent); those that
    read raise CallRefused too. Records are dicts with `attributes: {"type": …}` and JSON values.
    """

    def __init__(
        self, *, connection: Connection, meter: Meter, access: AskAccess | None = None
    ) -> None:
        """`access(refused_version)` gives the token, a newer one than the version named; stored ones unless told."""
        self._connection = connection
        self._meter = meter
        self._ask_access = access or self._stored_access
        self._access: Access | None = None
        self._api_object: Salesforce | None = None
        self.gauge = OrgGauge(connection)
        self._session = make_session(
            adapter=MeteredAdapter(meter),
            auth=Bearer(lambda: self._access.token if self._access else ""),
        )
        self._session.hooks["response"].append(self.gauge.read)

    @property
    def calls_made(self) -> int:
        """Metered calls that this object has spent."""
        return self._meter.calls_made

    @property
    def instance_url(self) -> str:
        """Where the org's API is; logs in when nobody has yet."""
        access = self._access or self._log_in(None)
        return access.instance_url or self._connection.sf_instance_url

    def close(self) -> None:
        self._session.close()

    # --- reading -----------------------------------------------------------------------------------

    def describe(self, sobject: str) -> dict[str, Any]:
        """The describe of an sObject; CallRefused (NOT_FOUND) when the user sees no such object. One call."""
        return dict(self._call("GET", f"sobjects/{quote(sobject)}/describe"))

    def limits(self) -> dict[str, Any]:
        """The org's limits, e.g. `DailyApiRequests: {Max, Remaining}`. One call."""
        return dict(self._call("GET", "limits"))

    def query(self, soql: str) -> list[dict[str, Any]]:
        """All records of a query, one call for each 2,000 of them."""
        return [record for page in self.query_pages(soql) for record in page]

    def count(self, sobject: str, where: str = "") -> int:
        """How many records of an object a condition lets through. One call, whatever the number."""
        text = f"SELECT COUNT() FROM {sobject}"  # noqa: S608 - names come from describe
        return int(self._first_page(f"{text} WHERE {where}" if where else text)["totalSize"])

    def query_pages(self, soql: str) -> Iterator[list[dict[str, Any]]]:
        """The pages of a query as they come; a page is fetched when it is asked for."""
        page = self._first_page(soql)
        while True:
            yield list(page.get("records") or ())
            address = page.get("nextRecordsUrl")
            if page.get("done", True) or not address:
                return
            page = self._call("GET", BELOW_VERSION.sub("", address, count=1))

    def _first_page(self, soql: str) -> dict[str, Any]:
        encoded = quote(soql)
        if len(encoded) <= LONGEST_ADDRESS:
            return dict(self._call("GET", f"query?q={encoded}"))
        url = f"/services/data/v{SALESFORCE_VERSION}/query?q={encoded}"
        [answer] = self.composite(
            [{"method": "GET", "url": url, "referenceId": "query"}], writes=False
        )
        if answer["httpStatusCode"] >= 300:
            raise fault_of(answer["httpStatusCode"], answer["body"], writes=False)
        return dict(answer["body"])

    def user_info(self) -> dict[str, Any]:
        """Who is logged in: user_id, organization_id, preferred_username. Not metered."""
        return dict(self._with_renewal(self._user_info))

    def _user_info(self, _access: Access) -> Any:
        response = self._session.get(f"{self.instance_url}/services/oauth2/userinfo")
        if response.status_code in (401, 403):
            # Salesforce answers a bad token with 403 and a bare text here.
            raise ConnectionFault(
                "INVALID_SESSION_ID", response.text[:200], SystemName.SALESFORCE.value
            )
        if not response.ok:
            raise fault_of(response.status_code, response.text, writes=False)
        return response.json()

    # --- writing -----------------------------------------------------------------------------------

    def create(self, records: Sequence[Record]) -> list[WriteResult]:
        """Insert records, 200 a call, answered in their order. A create whose answer is lost is not repeated."""
        results = self._write("POST", "composite/sobjects", records, repeatable=False)
        return self._with_other_records(results, records)

    def update(self, records: Sequence[Record]) -> list[WriteResult]:
        """Update records by their `id`, 200 a call, answered in their order."""
        results = self._write("PATCH", "composite/sobjects", records, repeatable=True)
        return self._with_other_records(results, records)

    def _with_other_records(
        self, results: list[WriteResult], records: Sequence[Record]
    ) -> list[WriteResult]:
        return with_other_records(
            results,
            records,
            base=f"/services/data/v{SALESFORCE_VERSION}",
            composite=lambda requests_: self.composite(requests_, writes=True),
        )

    def upsert(self, sobject: str, ext_field: str, records: Sequence[Record]) -> list[WriteResult]:
        """Insert or update records of one type by an external id field that each of them carries."""
        typed = [{"attributes": {"type": sobject}, **record} for record in records]
        path = f"composite/sobjects/{quote(sobject)}/{quote(ext_field)}"
        return self._write("PATCH", path, typed, repeatable=True)

    def delete(self, ids: Sequence[str]) -> list[WriteResult]:
        """Delete records of any type, 200 a call, answered in the order of `ids`."""
        results: list[WriteResult] = []
        for start in range(0, len(ids), DELETED_A_CALL):
            part = ids[start : start + DELETED_A_CALL]
            rows = [{"attributes": {"type": "any"}, "id": record_id} for record_id in part]
            try:
                results += write_collection(
                    records=rows, types=["any"] * len(part), call=self._delete
                )
            except (CrmFault, AllotmentSpent) as fault:
                fault.results = [*results, *fault.results, *[None] * (len(ids) - start - len(part))]
                fault.uncertain = [start + row for row in fault.uncertain]
                raise
        return results

    def _delete(self, body: str) -> Any:
        ids = ",".join(row["id"] for row in json.loads(body)["records"])
        return self._call("DELETE", f"composite/sobjects?ids={ids}&allOrNone=false", writes=True)

    def composite(
        self,
        requests_: Sequence[Mapping[str, Any]],
        *,
        all_or_none: bool = False,
        writes: bool = True,
    ) -> list[dict[str, Any]]:
        """Up to 25 sub-requests in one call: the entries of `compositeResponse`, in order.

        `writes=False` says that all of them only read, so that the call may be repeated after a lost answer.
        """
        body = {"allOrNone": all_or_none, "compositeRequest": list(requests_)}
        answer = self._call("POST", "composite", json=body, writes=writes)
        return list(answer["compositeResponse"])

    def _write(
        self, method: str, path: str, records: Sequence[Record], *, repeatable: bool
    ) -> list[WriteResult]:
        return write_collection(
            records=records,
            types=[type_of(record) for record in records],
            call=lambda body: self._call(
                method, path, data=body, writes=True, repeatable=repeatable
            ),
        )

    # --- one call ----------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        *,
        writes: bool = False,
        repeatable: bool | None = None,
        **options: Any,
    ) -> Any:
        """One call below the version, repeated after a fault only where that is harmless: when the call
        reads or may be repeated, or when it surely did nothing. Each try is metered."""
        harmless = not writes if repeatable is None else repeatable
        waits = iter(PAUSES)
        while True:
            try:
                return self._with_renewal(lambda _: self._try(method, path, writes, options))
            except TransientFault as fault:
                wait = next(waits, None)
                if wait is None or (fault.maybe_applied and not harmless):
                    raise
                pause(with_jitter(wait))

    def _try(self, method: str, path: str, writes: bool, options: dict[str, Any]) -> Any:
        try:
            return self._api().restful(path, method=method, **options)
        except SalesforceError as error:
            raise fault_of(error.status, error.content, writes=writes) from None
        except requests.RequestException as error:
            raise lost_answer(error, system=SystemName.SALESFORCE.value, writes=writes) from None

    def _with_renewal(self, make_call: Callable[[Access], Any]) -> Any:
        """A call refused for its session is made once more with a new token: it did nothing."""
        access = self._access or self._log_in(None)
        try:
            return make_call(access)
        except ConnectionFault as fault:
            if fault.code not in ("INVALID_SESSION_ID", "INVALID_AUTH_HEADER"):
                raise
        return make_call(self._log_in(access.version))

    def _log_in(self, refused_version: int | None) -> Access:
        self._access = self._ask_access(refused_version)
        self._api_object = None
        return self._access

    def _stored_access(self, refused_version: int | None) -> Access:
        system = SystemName.SALESFORCE
        if refused_version is None:
            return credentials.access_for(connection=self._connection, system=system)
        return credentials.renew(
            connection=self._connection, system=system, refused_version=refused_version
        )

    def _api(self) -> Salesforce:
        if self._api_object is None:
            access = self._access or self._log_in(None)
            instance = self.instance_url
            api = Salesforce(
                instance_url=instance,
                session_id=access.token,
                session=self._session,
                version=SALESFORCE_VERSION,
                object_pairs_hook=dict,
            )
            # It knows hosts only, and https only: a path or a local http server needs this.
            api.headers.pop("X-PrettyPrint")
            api.base_url = f"{instance}/services/data/v{SALESFORCE_VERSION}/"
            self._api_object = api
        return self._api_object


def lost_answer(error: requests.RequestException, *, system: str, writes: bool) -> TransientFault:
    """The fault for a request that got no whole answer."""
    if never_sent(error):
        return TransientFault("CONNECTION_FAILED", "The server cannot be reached.", system)
    if isinstance(error, requests.Timeout):
        return TransientFault(
            "TIMEOUT", "The server did not answer in time.", system, maybe_applied=writes
        )
    return TransientFault(
        "CONNECTION_LOST",
        "The connection broke before the whole answer came.",
        system,
        maybe_applied=writes,
    )

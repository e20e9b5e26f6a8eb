"""One HubSpot call: paced, repeated where that is safe, its refusals turned into faults."""

from __future__ import annotations

import time
from typing import Any

import requests

from integrations import credentials
from integrations.clients.access import Access, AskAccess
from integrations.clients.http import Bearer, make_session, never_sent
from integrations.clients.hubspot_errors import fault_of
from integrations.clients.results import ConnectionFault, CrmFault, TransientFault
from integrations.clients.waiting import PAUSES, pause, with_jitter
from integrations.models import Connection, SystemName

# Search allows 5 a second for the whole account and its answers say nothing of what is left.
SEARCH_SPACING = 0.21
# How long a rate limit is waited for, in seconds: one answer's wait, and all of one call's.
LONGEST_WAIT, LONGEST_WAITS = 15.0, 60.0
LIMIT_WAITS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
LOCKED_WAIT = 2.0
# Whose token has run out; any other 401 a new token does not cure.
RENEWABLE = frozenset({"EXPIRED_AUTHENTICATION", "INVALID_AUTHENTICATION"})


class HubSpotHttp:
    """A session with the connection's token. Not for several threads."""

    def __init__(self, *, connection: Connection, access: AskAccess | None = None) -> None:
        """`access(refused_version)` gives the token, a newer one than the version named; stored ones unless told."""
        self._connection = connection
        self._ask_access = access or self._stored_access
        self._access: Access | None = None
        self._session = make_session(
            auth=Bearer(lambda: self._access.token if self._access else "")
        )
        self._not_before = 0.0
        self._last_search = 0.0

    def close(self) -> None:
        self._session.close()

    def call(
        self, method: str, path: str, *, json: Any = None, params: Any = None, writes: bool = False,
        repeatable: bool | None = None,
    ) -> Any:  # fmt: skip
        """The parsed answer of a call (None when it is empty).

        Repeated after a lost answer or a server's error only when it reads, or `repeatable` says that doing
        it twice is harmless; after a rate limit or a lock in any case, since then nothing was done.
        Raises ConnectionFault, TransientFault and CallRefused.
        """
        harmless = not writes if repeatable is None else repeatable
        waits, waited, renewed = iter(PAUSES), 0.0, False
        while True:
            try:
                return self._try(method, path, json, params, writes)
            except ConnectionFault as fault:
                if renewed or fault.code not in RENEWABLE or self._access is None:
                    raise
                self._access, renewed = self._ask_access(self._access.version), True
            except TransientFault as fault:
                if fault.retry_after is not None:
                    wait = min(fault.retry_after, LONGEST_WAIT)
                    if (fault.maybe_applied and not harmless) or waited + wait > LONGEST_WAITS:
                        raise
                elif (wait := next(waits, -1.0)) < 0 or (fault.maybe_applied and not harmless):
                    raise
                waited += max(wait, 0.2)
                pause(with_jitter(wait))

    def _try(self, method: str, path: str, json: Any, params: Any, writes: bool) -> Any:
        if self._access is None:
            self._access = self._ask_access(None)
        self._keep_pace(search=path.endswith("/search"))
        url = self._connection.hubspot_base_url.rstrip("/") + path
        try:
            response = self._session.request(method, url, json=json, params=params)
        except requests.RequestException as error:
            raise _lost(error, writes=writes) from None
        self._learn_pace(response)
        if not response.ok:
            raise self._fault(response, writes=writes)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            text = "HubSpot's answer is not JSON."
            raise TransientFault(
                "BAD_ANSWER", text, SystemName.HUBSPOT.value, maybe_applied=writes
            ) from None

    def _fault(self, response: requests.Response, *, writes: bool) -> CrmFault:
        try:
            body = response.json()
        except ValueError:
            body = response.text
        wait = _seconds(response.headers.get("Retry-After"))
        if wait is None and response.status_code == 429:
            policy = body.get("policyName") if isinstance(body, dict) else None
            text = str(body)
            wait = LIMIT_WAITS.get(str(policy)) or (10.0 if "ten_secondly" in text else 1.0)
            wait = None if policy == "DAILY" else wait
        if response.status_code == 423:
            wait = max(wait or 0.0, LOCKED_WAIT)
        return fault_of(response.status_code, body, retry_after=wait, writes=writes)

    def _keep_pace(self, *, search: bool) -> None:
        now = time.monotonic()
        wait = self._not_before - now
        if search:
            wait = max(wait, self._last_search + SEARCH_SPACING - now)
        if wait > 0:
            pause(wait)
        if search:
            self._last_search = time.monotonic()

    def _learn_pace(self, response: requests.Response) -> None:
        """With nothing left of the interval, the next call waits as long as a tenth of it."""
        left = response.headers.get("X-HubSpot-RateLimit-Remaining", "")
        interval = response.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        if left.isdigit() and interval.isdigit() and int(left) == 0:
            self._not_before = time.monotonic() + min(int(interval) / 10_000, LONGEST_WAIT)

    def _stored_access(self, refused_version: int | None) -> Access:
        system = SystemName.HUBSPOT
        if refused_version is None:
            return credentials.access_for(connection=self._connection, system=system)
        return credentials.renew(
            connection=self._connection, system=system, refused_version=refused_version
        )


def _seconds(text: str | None) -> float | None:
    """A Retry-After in seconds; HubSpot sends no dates."""
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:
        return None


def _lost(error: requests.RequestException, *, writes: bool) -> TransientFault:
    system = SystemName.HUBSPOT.value
    if never_sent(error):
        return TransientFault("CONNECTION_FAILED", "HubSpot cannot be reached.", system)
    if isinstance(error, requests.Timeout):
        return TransientFault(
            "TIMEOUT", "HubSpot did not answer in time.", system, maybe_applied=writes
        )
    text = "The connection to HubSpot broke before the whole answer came."
    return TransientFault("CONNECTION_LOST", text, system, maybe_applied=writes)

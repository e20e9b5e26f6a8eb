"""The one seam all Salesforce calls pass: reserve, send, settle."""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

import requests

from integrations.clients.http import CrmAdapter, never_sent, refuse_inside_transaction
from integrations.metering import Reservation

# Below a version number; the list of versions and everything of OAuth are free.
METERED_PATH = re.compile(r"/services/data/v\d+\.\d+(?:/|$|\?)")
BATCH_PATH = re.compile(r"/services/data/v\d+\.\d+/composite/batch/?(?:$|\?)")
# Answers that Salesforce does not count, by status.
UNCOUNTED = {401: b"INVALID_SESSION_ID", 403: b"REQUEST_LIMIT_EXCEEDED"}


class Meter(Protocol):
    calls_made: int

    def reserve(self, calls: int = 1) -> Reservation: ...

    def settle(self, reservation: Reservation, *, metered: bool) -> None: ...


def calls_of(request: requests.PreparedRequest) -> int:
    """How many metered calls a request is: 0, 1, or the number of a batch's sub-requests."""
    path = request.path_url
    if not METERED_PATH.search(path):
        return 0
    if BATCH_PATH.search(path):
        try:
            return max(len(json.loads(request.body or b"{}")["batchRequests"]), 1)
        except (ValueError, KeyError, TypeError):
            return 1
    return 1


def is_metered(response: requests.Response) -> bool:
    """Whether Salesforce counted the call that `response` answers."""
    code = UNCOUNTED.get(response.status_code)
    return code is None or code not in response.content


class MeteredAdapter(CrmAdapter):
    """A request whose answer is lost stays counted: it may have been."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        super().__init__()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        calls = calls_of(request)
        if not calls:
            return super().send(request, **options)
        refuse_inside_transaction()
        reservation = self.meter.reserve(calls)
        try:
            response = super().send(request, **options)
        except requests.RequestException as error:
            self.meter.settle(reservation, metered=not never_sent(error))
            raise
        self.meter.settle(reservation, metered=is_metered(response))
        return response

"""What the whole org has used of its day, as each answer of Salesforce says by the way."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import requests

from common import clock
from integrations.models import Connection

# `api-usage=10018/100000; per-app-api-usage=17/250(appName=x)`: the org's, not the application's.
USAGE = re.compile(r"(?:^|[;,]\s*)api-usage=(\d+)/(\d+)")
# The reading jitters by itself, so writing it down more often than this would tell nothing more.
WRITTEN_EVERY = timedelta(seconds=30)


class OrgGauge:
    """`used` and `limit` as last read; None before the first answer. Two readings must never be subtracted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.used: int | None = None
        self.limit: int | None = None

    def read(self, response: requests.Response, *args: Any, **options: Any) -> None:
        """A response hook: takes the header where there is one, stores it at most every 30 seconds."""
        found = USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if not found:
            return
        self.used, self.limit = int(found[1]), int(found[2])
        at, now = self._connection.org_used_at, clock.now()
        if self._connection._state.adding or (at is not None and now - at < WRITTEN_EVERY):
            return  # A connection that is only being made has no row yet.
        self._connection.org_used, self._connection.org_used_at = self.used, now
        Connection.objects.filter(pk=self._connection.pk).update(
            org_used=self.used, org_used_at=now
        )

"""The wall before Salesforce: each call is reserved before it is made and settled after.

Calls are kept in buckets of five minutes. A bucket counts until all of it is older than 24 hours, so what we
call used is never less than what Salesforce's own rolling count can hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum

from common import clock
from integrations.models import CallPurpose, Connection, UsageBucket

if TYPE_CHECKING:
    from integrations.clients.results import WriteResult

BUCKET = timedelta(minutes=5)
WINDOW = timedelta(hours=24)
KEPT = timedelta(hours=48)


class AllotmentSpent(Exception):
    """The calls allotted to HubSpot are used up; nothing was sent.

    `resumes_at` is when enough old calls leave the 24 hours, None when they never will (the allotment itself
    is too small). `results` and `uncertain` are as in `CrmFault`, when a batch write was stopped halfway.
    """

    def __init__(self, resumes_at: datetime | None) -> None:
        super().__init__(f"the API calls allotted to HubSpot are used up until {resumes_at}")
        self.resumes_at = resumes_at
        self.results: list[WriteResult | None] = []
        self.uncertain: list[int] = []


def bucket_of(moment: datetime) -> datetime:
    """The start of the bucket that `moment` falls into."""
    seconds = int(BUCKET.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)


def window_start(moment: datetime) -> datetime:
    """The start of the oldest bucket that still counts at `moment`."""
    return bucket_of(moment) - WINDOW


def wall_of(allotment: int, purpose: str) -> int:
    """How many calls of the allotment `purpose` may see used: only Resync may spend the last share, and bulk
    jobs stop early, so that what changes meanwhile still syncs.

    HubSpot does the same with its retries: none once 75 % of the allotment is used (knowledge base, 2017).
    """
    if purpose == CallPurpose.RESYNC:
        return allotment
    if purpose == CallPurpose.BULK:
        share: int = allotment * settings.BULK_STOPS_AT_PERCENT // 100
        return share
    kept: int = -(-allotment * settings.RESYNC_RESERVE_PERCENT // 100)
    return max(allotment - kept, 0)


def resumes_at(
    buckets: Iterable[tuple[datetime, int]], *, wall: int, calls: int = 1
) -> datetime | None:
    """When `calls` more fit below `wall`, given (start, calls) of the buckets that count; None: never."""
    if calls > wall:
        return None
    ordered = sorted(buckets)
    left = sum(used for _, used in ordered)
    for start, used in ordered:
        left -= used
        if left + calls <= wall:
            return start + WINDOW + BUCKET
    return None


@dataclass(frozen=True, slots=True)
class Reservation:
    start: datetime
    calls: int


class CallMeter:
    """Counts one client's calls against the connection's allotment. Not shared between threads."""

    def __init__(self, *, connection_id: int, purpose: CallPurpose) -> None:
        self.connection_id = connection_id
        self.purpose = purpose
        self.calls_made = 0

    def reserve(self, calls: int = 1) -> Reservation:
        """Count `calls` before they are made. Raises AllotmentSpent when they would pass the wall.

        The connection's row is locked for the length of four short statements: that is what keeps many workers
        from passing the wall together. A process that dies after this leaves the calls counted.
        """
        now = clock.now()
        start = bucket_of(now)
        with transaction.atomic():
            # no_key: rows of other tables that refer to the connection can be inserted meanwhile.
            row = Connection.objects.select_for_update(no_key=True).only("allotment")
            allotment = row.get(pk=self.connection_id).allotment
            wall = wall_of(allotment, self.purpose)
            counted = UsageBucket.objects.filter(
                connection_id=self.connection_id, start__gte=window_start(now)
            )
            used = counted.aggregate(total=Sum("calls"))["total"] or 0
            if fits := used + calls <= wall:
                self._add(start, calls=calls)
            else:
                self._add(start, refused=calls)
                again = resumes_at(counted.values_list("start", "calls"), wall=wall, calls=calls)
        if not fits:
            raise AllotmentSpent(again)
        self.calls_made += calls
        return Reservation(start=start, calls=calls)

    def settle(self, reservation: Reservation, *, metered: bool) -> None:
        """Give a reservation back when its calls surely were not metered; else there is nothing to do."""
        if metered:
            return
        self.calls_made -= reservation.calls
        self._buckets(reservation.start).filter(calls__gte=reservation.calls).update(
            calls=F("calls") - reservation.calls
        )

    def _buckets(self, start: datetime) -> QuerySet[UsageBucket]:
        return UsageBucket.objects.filter(
            connection_id=self.connection_id, start=start, purpose=self.purpose
        )

    def _add(self, start: datetime, *, calls: int = 0, refused: int = 0) -> None:
        if self._buckets(start).update(calls=F("calls") + calls, refused=F("refused") + refused):
            return
        UsageBucket.objects.create(
            connection_id=self.connection_id,
            start=start,
            purpose=self.purpose,
            calls=calls,
            refused=refused,
        )
        # Once in five minutes is often enough to drop what no window holds any more.
        UsageBucket.objects.filter(
            connection_id=self.connection_id, start__lt=start - KEPT
        ).delete()


class LooseMeter:
    """Counts the calls made before there is a connection to count them on; its maker stores them with it."""

    def __init__(self) -> None:
        self.calls_made = 0

    def reserve(self, calls: int = 1) -> Reservation:
        self.calls_made += calls
        return Reservation(start=bucket_of(clock.now()), calls=calls)

    def settle(self, reservation: Reservation, *, metered: bool) -> None:
        if not metered:
            self.calls_made -= reservation.calls

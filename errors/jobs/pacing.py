"""What is left of the allotment for work on many records, and when there will be more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from common import clock
from integrations import metering
from integrations.models import CallPurpose, Connection, UsageBucket


@dataclass(frozen=True, slots=True)
class Room:
    """Salesforce calls: `used` in 24 hours, `allotted` to HubSpot, of which jobs stop at `wall`."""

    allotted: int
    used: int
    wall: int
    buckets: tuple[tuple[datetime, int], ...] = ()

    @property
    def remaining(self) -> int:
        return max(self.allotted - self.used, 0)

    @property
    def for_jobs(self) -> int:
        return max(self.wall - self.used, 0)

    def fits(self, calls: int) -> bool:
        return self.used + calls <= self.wall

    def fits_at(self, calls: int) -> datetime | None:
        """When `calls` fit below the wall if nothing else is spent meanwhile; None: never."""
        return metering.resumes_at(self.buckets, wall=self.wall, calls=calls)

    def enough_for(self, calls: int) -> int:
        """What must be free to begin with work of `calls`: all of it, but never more than half of the wall, or a
        large batch would wait for a day without any call. The meter stops it half-way and it goes on later. Where the
        sync leaves less than that day after day, `resync_all` begins with what there is."""
        return min(calls, max(self.wall // 2, 1))


def room_of(*, connection_id: int) -> Room:
    """Two queries, no call. Raises Connection.DoesNotExist."""
    allotted = Connection.objects.values_list("allotment", flat=True).get(pk=connection_id)
    buckets = tuple(
        (start, int(calls))
        for start, calls in UsageBucket.objects.filter(
            connection_id=connection_id, start__gte=metering.window_start(clock.now())
        )
        .values("start")
        .annotate(sum=Sum("calls"))
        .values_list("start", "sum")
    )
    return Room(
        allotted=allotted,
        used=sum(calls for _start, calls in buckets),
        wall=metering.wall_of(allotted, CallPurpose.BULK),
        buckets=buckets,
    )

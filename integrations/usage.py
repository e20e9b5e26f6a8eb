"""API call use: what is used, allotted and limited, and setting the allotment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from common import clock
from integrations import metering
from integrations.clients import SalesforceClient, open_clients
from integrations.clients.results import CallRefused, ConnectionFault
from integrations.metering import AllotmentSpent, CallMeter
from integrations.models import AllotmentChange, CallPurpose, Connection, UsageBucket

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "AllotmentInvalid",
    "AllotmentSpent",
    "ApiUsage",
    "CallMeter",
    "api_usage",
    "parse_allotment",
    "read_limits",
    "set_allotment",
]

HOURS = 24
# `Connection.held_reason` of a sync that waits for calls.
HELD_BY_ALLOTMENT = "allotment_spent"
# "15000", "15 000", "15,000": digits, or groups of three with one kind of separator.
WHOLE_NUMBER = re.compile(r"[0-9]+|[0-9]{1,3}(?:([ ,\u00a0\u202f'])[0-9]{3})(?:\1[0-9]{3})*")
# What the column holds; no org's limit comes near it.
MOST = 2_147_483_647


class AllotmentInvalid(Exception):
    """The value cannot be the allotment. `code`: empty, not_a_whole_number, negative, above_limit; `message`
    is for the person who gave it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """Salesforce calls of one connection. `hourly` is 24 sums, oldest first, the last one of the hour that
    ends now; together they are `used_24h`."""

    used_24h: int
    limited_by_salesforce: int | None
    limit_read_at: datetime | None
    allotted_to_hubspot: int
    remaining: int
    hourly: list[int]
    by_purpose: dict[str, int]
    # When the sync goes on; None while it may go on now, and when the allotment is too small for any call.
    resumes_at: datetime | None
    # Calls of the whole org, as Salesforce's answers say: a gauge that jitters.
    org_used: int | None
    org_used_at: datetime | None
    refused: int


def api_usage(*, connection_id: int) -> ApiUsage:
    """How many calls the connection has used and may use; two queries, no call.

    Raises Connection.DoesNotExist.
    """
    connection = Connection.objects.only(
        "daily_limit", "limit_read_at", "allotment", "org_used", "org_used_at"
    ).get(pk=connection_id)
    now = clock.now()
    rows = list(
        UsageBucket.objects.filter(
            connection_id=connection_id, start__gte=metering.window_start(now)
        ).values_list("start", "purpose", "calls", "refused")
    )
    hourly, by_purpose = [0] * HOURS, dict.fromkeys(CallPurpose.values, 0)
    newest = metering.bucket_of(now)
    for start, purpose, calls, _refused in rows:
        by_purpose[purpose] += calls
        # The oldest hour takes the bucket that only partly belongs to the window; a bucket of a worker whose
        # clock is ahead belongs to the newest.
        hours_ago = min(max((newest - start) // timedelta(hours=1), 0), HOURS - 1)
        hourly[HOURS - 1 - hours_ago] += calls
    used = sum(hourly)
    wall = metering.wall_of(connection.allotment, CallPurpose.SYNC)
    resumes = None
    if used >= wall:
        resumes = metering.resumes_at(((start, calls) for start, _p, calls, _r in rows), wall=wall)
    return ApiUsage(
        used_24h=used,
        limited_by_salesforce=connection.daily_limit,
        limit_read_at=connection.limit_read_at,
        allotted_to_hubspot=connection.allotment,
        remaining=max(connection.allotment - used, 0),
        hourly=hourly,
        by_purpose=by_purpose,
        resumes_at=resumes,
        org_used=connection.org_used,
        org_used_at=connection.org_used_at,
        refused=sum(refused for _s, _p, _c, refused in rows),
    )


def parse_allotment(value: Any, *, limit: int | None) -> int:
    """The whole number that a form or an API call gives, at most `limit`. Raises AllotmentInvalid."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise AllotmentInvalid("empty", _("Enter how many API calls are allotted to HubSpot."))
    number = _whole(value)
    if number is None:
        raise AllotmentInvalid("not_a_whole_number", _("Enter a whole number, such as 15000."))
    if number < 0:
        raise AllotmentInvalid("negative", _("The number of API calls cannot be negative."))
    if limit is not None and number > limit:
        raise AllotmentInvalid(
            "above_limit",
            _("Salesforce limits this org to %(limit)s API calls a day. Enter that or less.")
            % {"limit": number_format(limit, force_grouping=True)},
        )
    if number > MOST:
        raise AllotmentInvalid(
            "above_limit",
            _("Enter %(limit)s or less.") % {"limit": number_format(MOST, force_grouping=True)},
        )
    return number


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip()
    negative = text[:1] in ("-", "\u2212")
    digits = text[1:].strip() if negative else text
    # Longer than any number of calls, and Python refuses to read thousands of digits.
    if not WHOLE_NUMBER.fullmatch(digits) or len(digits) > 100:
        return None
    number = int(re.sub(r"[^0-9]", "", digits))
    return -number if negative and number else number


def set_allotment(*, connection_id: int, value: Any, user: User | AnonymousUser | None) -> ApiUsage:
    """Allot `value` calls in 24 hours to HubSpot, from a form's text or an API's number.

    Raises AllotmentInvalid, and then nothing has changed. A sync that waits for calls goes on when the new
    allotment has room for it.
    """
    with transaction.atomic():
        row = Connection.objects.select_for_update(no_key=True)
        connection = row.only("daily_limit", "allotment").get(pk=connection_id)
        number = parse_allotment(value, limit=connection.daily_limit)
        if number != connection.allotment:
            AllotmentChange.objects.create(
                connection=connection,
                user=None if isinstance(user, AnonymousUser) else user,
                before=connection.allotment,
                after=number,
            )
            Connection.objects.filter(pk=connection_id).update(allotment=number)
            _release_when_there_is_room(connection_id, number)
    return api_usage(connection_id=connection_id)


def _release_when_there_is_room(connection_id: int, allotment: int) -> None:
    now = clock.now()
    counted = UsageBucket.objects.filter(
        connection_id=connection_id, start__gte=metering.window_start(now)
    )
    used = counted.aggregate(total=Sum("calls"))["total"] or 0
    if used < metering.wall_of(allotment, CallPurpose.SYNC):
        held = Connection.objects.filter(pk=connection_id, held_reason=HELD_BY_ALLOTMENT)
        held.update(held_until=None, held_reason="", next_sync_at=now)


def read_limits(*, connection: Connection) -> int:
    """Ask Salesforce for the org's daily limit and store it; one metered call. Answers the limit.

    A user without the right to see the limits endpoint still gets the limit from the answer's header. When
    Salesforce lowers the limit below the allotment, the allotment is lowered with it. Raises what the
    client raises.
    """
    with open_clients(connection=connection, purpose=CallPurpose.SCHEMA) as clients:
        limit, used = daily_limit(clients.salesforce)
    store_limits(connection_id=connection.pk, limit=limit, org_used=used)
    connection.refresh_from_db(
        fields=["daily_limit", "limit_read_at", "org_used", "org_used_at", "allotment"]
    )
    return limit


def daily_limit(salesforce: SalesforceClient) -> tuple[int, int]:
    """The org's calls in 24 hours: how many it may make, and how many it has made. One metered call."""
    try:
        daily = salesforce.limits()["DailyApiRequests"]
        return int(daily["Max"]), int(daily["Max"]) - int(daily["Remaining"])
    except (CallRefused, KeyError):
        gauge = salesforce.gauge
        if gauge.limit is None or gauge.used is None:
            raise ConnectionFault(
                "NO_LIMITS", "Salesforce does not tell the org's daily limit.", "salesforce"
            ) from None
        return gauge.limit, gauge.used


def store_limits(*, connection_id: int, limit: int, org_used: int) -> None:
    """Keep what Salesforce said of its limit, and lower an allotment that is above it."""
    now = clock.now()
    with transaction.atomic():
        row = Connection.objects.select_for_update(no_key=True)
        connection = row.only("allotment").get(pk=connection_id)
        allotment = min(connection.allotment, limit)
        if allotment != connection.allotment:
            AllotmentChange.objects.create(
                connection=connection, user=None, before=connection.allotment, after=allotment
            )
        Connection.objects.filter(pk=connection_id).update(
            daily_limit=limit,
            limit_read_at=now,
            org_used=org_used,
            org_used_at=now,
            allotment=allotment,
        )

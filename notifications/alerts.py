"""Suspension and API use: compares the state of a connection with what was told, and tells the difference.

Signals only make it look at once. The state itself is in the tables, so a signal that is lost costs half a
minute and no message.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import IntegrityError, transaction

from common import clock
from integrations import metering, usage
from integrations.models import CallPurpose, Connection
from notifications.models import Alert, Digest, Subscription
from notifications.notices import tell

log = logging.getLogger(__name__)

# Use jitters as old calls leave the window: an alert is over only this many points below its mark.
OVER_BELOW = 5


def review_all() -> None:
    """Reviews every connection that somebody wants to hear of. Four queries a connection, no call."""
    told = Subscription.objects.filter(enabled=True, about_connection=True)
    open_alerts = Alert.objects.filter(ended_at__isnull=True)
    wanted = set(told.values_list("connection_id", flat=True).distinct())
    wanted |= set(open_alerts.values_list("connection_id", flat=True))
    for connection_id in sorted(wanted):
        try:
            review(connection_id=connection_id)
        except Exception:
            log.exception("Could not review the alerts of connection %s.", connection_id)


def review(*, connection_id: int) -> None:
    """Begins and ends the connection's alerts. Safe to run twice and at once."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        return
    _review_suspension(connection)
    _review_use(connection)


def _review_suspension(connection: Connection) -> None:
    if connection.state == Connection.State.SUSPENDED:
        snapshot = {
            "code": connection.suspended_code,
            "detail": connection.suspended_detail[:300],
            "at": (connection.suspended_at or clock.now()).isoformat(),
        }
        _begin(connection, Alert.Kind.SUSPENDED, Digest.Kind.SUSPENDED, snapshot)
        return
    _end(connection, [Alert.Kind.SUSPENDED], Digest.Kind.RESUMED, {"at": clock.now().isoformat()})


def _review_use(connection: Connection) -> None:
    use = usage.api_usage(connection_id=connection.pk)
    if not use.allotted_to_hubspot:
        # Nothing is allotted (yet): there is no share to reach.
        return
    share = 100 * use.used_24h / use.allotted_to_hubspot
    # The sync stands still before the last call is spent: a part is kept for Resync.
    stands_still = use.resumes_at is not None
    snapshot = {
        "used": use.used_24h,
        "allotted": use.allotted_to_hubspot,
        "limit": use.limited_by_salesforce,
        "resumes_at": use.resumes_at.isoformat() if use.resumes_at else "",
    }
    if share >= 100 or stands_still:
        # Whoever hears of the last call need not hear of the 80 % as well.
        _begin(connection, Alert.Kind.CALLS_80, None, snapshot)
        _begin(connection, Alert.Kind.CALLS_100, Digest.Kind.CALLS_100, snapshot)
        return
    if share >= 80:
        _begin(connection, Alert.Kind.CALLS_80, Digest.Kind.CALLS_80, snapshot)
    wall = metering.wall_of(use.allotted_to_hubspot, CallPurpose.SYNC)
    marks = {Alert.Kind.CALLS_80: 80.0, Alert.Kind.CALLS_100: 100 * wall / use.allotted_to_hubspot}
    over = [kind for kind, mark in marks.items() if share < mark - OVER_BELOW]
    _end(connection, over, Digest.Kind.CALLS_BELOW, snapshot)


def _begin(
    connection: Connection,
    kind: Alert.Kind,
    message: Digest.Kind | None,
    snapshot: dict[str, Any],
) -> None:
    if Alert.objects.filter(connection=connection, kind=kind, ended_at__isnull=True).exists():
        return
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                connection=connection, kind=kind, began_at=clock.now(), told=message is not None
            )
            if message is not None:
                tell(
                    connection_id=connection.pk,
                    kind=message,
                    occasion=f"{alert.pk}:began",
                    snapshot=snapshot,
                )
    except IntegrityError:
        return  # another worker began it a moment ago, and told it


def _end(
    connection: Connection,
    kinds: list[Alert.Kind],
    message: Digest.Kind,
    snapshot: dict[str, Any],
) -> None:
    """Ends alerts; several that end at once are one message."""
    with transaction.atomic():
        rows = Alert.objects.filter(connection=connection, kind__in=kinds, ended_at__isnull=True)
        ended = [
            alert
            for alert in rows.order_by("id")
            if rows.filter(pk=alert.pk).update(ended_at=clock.now())
        ]
        if any(alert.told for alert in ended):
            # Of 80 % and 100 %, the latter: then the sync had to wait.
            highest = min(ended, key=lambda alert: alert.kind != Alert.Kind.CALLS_100)
            tell(
                connection_id=connection.pk,
                kind=message,
                occasion=f"{ended[0].pk}:over",
                snapshot={
                    **snapshot,
                    "began_at": highest.began_at.isoformat(),
                    "alert": str(highest.kind),
                },
            )

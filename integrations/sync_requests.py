"""A person's wish to sync now, and whether a sync runs."""

from __future__ import annotations

from common import clock
from common.nudges import nudge
from integrations.models import Connection


def request_sync(*, connection_id: int) -> None:
    """Makes the connection due, a hold or not, and nudges a worker; the schedule finds it where that is lost.

    A hold whose reason is still there comes back with the first call.
    """
    Connection.objects.filter(pk=connection_id).update(
        next_sync_at=clock.now(), held_until=None, held_reason=""
    )
    nudge("synchealth.sync_connection", connection_id)


def is_syncing(connection: Connection) -> bool:
    """True while a worker holds the connection, or is about to: it is due and nothing holds it back."""
    now = clock.now()
    if connection.sync_lease_until is not None and connection.sync_lease_until > now:
        return True
    held = connection.held_until is not None and connection.held_until > now
    active = connection.state == Connection.State.ACTIVE
    return active and not held and connection.next_sync_at <= now

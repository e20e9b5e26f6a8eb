"""Whether a connection may work: suspended, paused, held; and looking whether it could."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from integrations import usage
from integrations.clients.hubspot import HubSpotClient
from integrations.clients.results import CallRefused, ConnectionFault
from integrations.clients.salesforce import SalesforceClient
from integrations.metering import LooseMeter
from integrations.models import Connection, SystemName
from integrations.signals import connection_resumed, connection_suspended

# How long a connection is held that no moment is known for.
HELD_WITHOUT_END = timedelta(hours=1)


def check_connection(*, connection: Connection) -> None:
    """Log in to both systems as the sync would and see that both are the ones that were connected.

    Spends one Salesforce call for the limits, unless the allotment is spent. Raises ConnectionFault and
    TransientFault; the message says what is wrong.
    """
    with closing(HubSpotClient(connection=connection)) as hubspot:
        _refusal_is_a_fault(
            lambda: _same(
                connection.hub_id, hubspot.account_details()["portalId"], SystemName.HUBSPOT
            )
        )
    with closing(SalesforceClient(connection=connection, meter=LooseMeter())) as salesforce:
        person = salesforce.user_info()
        _same(connection.sf_org_id, person["organization_id"], SystemName.SALESFORCE)
    with suppress(usage.AllotmentSpent):  # The logins work; the limits can wait.
        usage.read_limits(connection=connection)


def _refusal_is_a_fault(check: Callable[[], None]) -> None:
    try:
        check()
    except CallRefused as fault:
        raise ConnectionFault(fault.code, fault.message, fault.system) from None


def _same(known: str, seen: Any, system: SystemName) -> None:
    if known[:15] != str(seen)[:15]:
        raise ConnectionFault(
            "another_account",
            _(
                "The credential belongs to another account (%(seen)s) than the connection (%(known)s)."
            )
            % {"seen": seen, "known": known},
            system.value,
        )


def suspend(*, connection: Connection, code: str, detail: str) -> bool:
    """Stop the connection until somebody resumes it: `code` and `detail` say why.

    Answers whether it was suspended now; one that is suspended already keeps its first reason.
    """
    values = {
        "state": Connection.State.SUSPENDED,
        "suspended_code": code[:80],
        "suspended_detail": detail,
        "suspended_at": clock.now(),
    }
    rows = Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.SUSPENDED)
    if not _change(connection, rows, values):
        return False
    transaction.on_commit(
        lambda: connection_suspended.send(
            sender=Connection, connection=connection, code=code, detail=detail
        )
    )
    return True


def resume(*, connection: Connection) -> None:
    """Let a suspended or paused connection work again, once both logins have been seen to work.

    Raises ConnectionFault and TransientFault when they do not: then its state is as it was.
    """
    check_connection(connection=connection)
    values = {
        "state": Connection.State.ACTIVE,
        "suspended_code": "",
        "suspended_detail": "",
        "suspended_at": None,
        "held_until": None,
        "held_reason": "",
        "next_sync_at": clock.now(),
    }
    rows = Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.ACTIVE)
    if _change(connection, rows, values):
        transaction.on_commit(
            lambda: connection_resumed.send(sender=Connection, connection=connection)
        )


def pause(*, connection: Connection) -> bool:
    """Stop an active connection because somebody wants it stopped; answers whether it was active."""
    rows = Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE)
    return _change(connection, rows, {"state": Connection.State.PAUSED})


def hold(*, connection: Connection, until: datetime | None, reason: str) -> None:
    """Let the schedule leave the connection alone until then (an hour, where no moment is known)."""
    rows = Connection.objects.filter(pk=connection.pk)
    until = until or clock.now() + HELD_WITHOUT_END
    _change(connection, rows, {"held_until": until, "held_reason": reason[:40]})


def release(*, connection: Connection) -> None:
    """End a hold before its time, e.g. because the allotment was raised."""
    rows = Connection.objects.filter(pk=connection.pk, held_until__isnull=False)
    values = {"held_until": None, "held_reason": "", "next_sync_at": clock.now()}
    _change(connection, rows, values)


def _change(connection: Connection, rows: Any, values: dict[str, Any]) -> bool:
    """One conditional UPDATE; the object in hand follows it."""
    if not rows.update(**values):
        connection.refresh_from_db(fields=list(values))
        return False
    for name, value in values.items():
        setattr(connection, name, value)
    return True

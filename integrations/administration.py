"""What admins do with a connection's state and credentials. Each change is one conditional UPDATE."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from common import clock
from integrations import credentials
from integrations.clients.logins import REQUIRED, log_in
from integrations.clients.results import CrmFault
from integrations.models import Connection, SystemName
from integrations.signals import connection_resumed


class CredentialRefused(Exception):
    """The credential was not stored; `message` says why, `field` which part of it is missing, if one is."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def pause(*, connection: Connection) -> bool:
    """Stops the sync until somebody resumes it; False when it was not active. A running page is finished."""
    return bool(
        Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE).update(
            state=Connection.State.PAUSED
        )
    )


def resume(*, connection: Connection) -> bool:
    """Lets a paused or suspended connection sync at once; False when it was active already.

    A suspension whose cause is still there comes back with the first call.
    """
    waiting = (Connection.State.PAUSED, Connection.State.SUSPENDED)
    resumed = Connection.objects.filter(pk=connection.pk, state__in=waiting).update(
        state=Connection.State.ACTIVE,
        suspended_code="",
        suspended_detail="",
        suspended_at=None,
        held_until=None,
        held_reason="",
        next_sync_at=clock.now(),
    )
    if resumed:
        connection.refresh_from_db()
        connection_resumed.send(sender=Connection, connection=connection)
    return bool(resumed)


def replace_credential(
    *, connection: Connection, system: SystemName, kind: str, secret: dict[str, Any]
) -> None:
    """Tries `secret` and stores it in place of the old one; one login, which Salesforce does not meter.

    Raises CredentialRefused, and then the old one stays. What kept the connection suspended is for
    `resume` to find out.
    """
    if kind not in REQUIRED or not kind.startswith(system.value):
        raise CredentialRefused(_("Choose how to log in."), field="kind")
    given = {name: str(secret.get(name, "")).strip() for name in REQUIRED[kind]}
    for name, value in given.items():
        if not value:
            raise CredentialRefused(_("This is needed."), field=name)
    try:
        log_in(kind=kind, secret=given, base_url=credentials.base_url(connection, system))
    except CrmFault as fault:
        raise CredentialRefused(
            _("%(system)s does not accept this: %(answer)s")
            % {"system": system.label, "answer": fault.message}
        ) from None
    credentials.store(connection=connection, system=system, kind=kind, secret=given)

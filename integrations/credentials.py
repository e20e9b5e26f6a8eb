"""Access tokens: kept encrypted, used until they end, renewed once and not by every worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from common import clock, leases
from integrations.clients.access import Access
from integrations.clients.logins import STATIC_KINDS, Login, log_in
from integrations.clients.results import ConnectionFault, CrmFault, TransientFault
from integrations.clients.waiting import pause
from integrations.models import Connection, Credential, SystemName

# A token that ends sooner is renewed before it is used.
MARGIN = timedelta(seconds=60)
# Longer than a login can take (connect and read time-outs of one request), and how often who waits looks again.
LEASE_SECONDS = 90.0
LOOK_AGAIN_SECONDS = 0.1


def access_for(*, connection: Connection, system: SystemName) -> Access:
    """The connection's access to `system`, logging in when there is none or it is about to end.

    Raises ConnectionFault (login refused, no credential stored) and TransientFault (no answer).
    """
    credential = _load(connection, system)
    access = _usable(credential)
    if access is not None:
        return access
    return renew(connection=connection, system=system, refused_version=credential.access_version)


def renew(*, connection: Connection, system: SystemName, refused_version: int) -> Access:
    """A token newer than `refused_version`: somebody else's when there is one already, else by one login.

    Whoever gets the renewal lease logs in; the others wait and read again. Raises as `access_for`.
    """
    for _ in range(int(LEASE_SECONDS / LOOK_AGAIN_SECONDS) + 1):
        credential = _load(connection, system)
        if credential.access_version > refused_version and (access := _usable(credential)):
            return access
        if credential.kind in STATIC_KINDS and credential.access:
            raise ConnectionFault(
                "INVALID_AUTHENTICATION", "HubSpot does not accept the stored key.", system.value
            )
        row = Credential.objects.filter(pk=credential.pk, access_version=credential.access_version)
        if leases.take(row, seconds=LEASE_SECONDS, until_field="renew_lease_until"):
            return _log_in(connection, credential)
        pause(LOOK_AGAIN_SECONDS)
    raise TransientFault(
        "LOGIN_BUSY", "Another process has been logging in for too long.", system.value
    )


def _log_in(connection: Connection, credential: Credential) -> Access:
    row = Credential.objects.filter(pk=credential.pk)
    try:
        login = log_in(
            kind=credential.kind,
            secret=credential.secret,
            base_url=base_url(connection, credential.system),
        )
    except CrmFault:
        row.update(renew_lease_until=None)
        raise
    version = credential.access_version + 1
    changes: dict[str, Any] = {
        "access": {"access_token": login.access_token, "instance_url": login.instance_url},
        "access_expires_at": _end(login),
        "access_version": version,
        "renew_lease_until": None,
    }
    if login.refresh_token and login.refresh_token != credential.secret.get("refresh_token"):
        changes["secret"] = {**credential.secret, "refresh_token": login.refresh_token}
    row.update(**changes)
    return Access(token=login.access_token, version=version, instance_url=login.instance_url)


def store(
    *, connection: Connection, system: SystemName, kind: str, secret: dict[str, Any]
) -> Credential:
    """Keep `secret` as how the connection logs in to `system`, in place of what was stored; tokens made with
    the old one are forgotten."""
    credential, made = Credential.objects.get_or_create(
        connection=connection,
        system=system,
        defaults={"kind": kind, "secret": secret},  # type: ignore[misc]
    )
    if not made:
        changes: dict[str, Any] = {
            "kind": kind,
            "secret": secret,
            "access": {},
            "access_expires_at": None,
            "access_version": F("access_version") + 1,
            "renew_lease_until": None,
        }
        Credential.objects.filter(pk=credential.pk).update(**changes)
        credential.refresh_from_db()
    return credential


def base_url(connection: Connection, system: str) -> str:
    """Where the connection logs in to `system`."""
    if system == SystemName.HUBSPOT:
        return connection.hubspot_base_url.rstrip("/")
    return connection.salesforce_login_url.rstrip("/")


def _load(connection: Connection, system: SystemName) -> Credential:
    try:
        return Credential.objects.get(connection_id=connection.pk, system=system)
    except Credential.DoesNotExist:
        raise ConnectionFault(
            "no_credential", f"No credential for {system.label} is stored.", system.value
        ) from None


def _usable(credential: Credential) -> Access | None:
    token = credential.access.get("access_token")
    end = credential.access_expires_at
    if not token or (end is not None and end <= clock.now() + MARGIN):
        return None
    return Access(
        token=token,
        version=credential.access_version,
        instance_url=credential.access.get("instance_url", ""),
    )


def _end(login: Login) -> datetime | None:
    return None if login.expires_in is None else clock.now() + timedelta(seconds=login.expires_in)

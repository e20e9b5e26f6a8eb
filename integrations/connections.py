"""Connections: making one, and (from `connection_states`) whether it may work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import clock
from integrations import credentials, usage
from integrations.clients import open_clients
from integrations.clients.access import Access
from integrations.clients.hubspot import HubSpotClient
from integrations.clients.logins import log_in, missing_parts
from integrations.clients.salesforce import SalesforceClient
from integrations.connection_states import (
    check_connection,
    hold,
    pause,
    release,
    resume,
    suspend,
)
from integrations.mapping_defaults import make_default_mappings
from integrations.metering import LooseMeter, bucket_of
from integrations.models import (
    AllotmentChange,
    CallPurpose,
    Connection,
    Credential,
    SystemName,
    UsageBucket,
)
from integrations.signals import connection_created

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "ConnectionRefused",
    "CredentialInput",
    "check_connection",
    "create_connection",
    "hold",
    "pause",
    "release",
    "resume",
    "suspend",
]

# Of the org's calls, for a connection that nobody has chosen an allotment for: half is left to everybody else.
DEFAULT_ALLOTMENT_PERCENT = 50


class ConnectionRefused(Exception):
    """The connection cannot be made. `code`: incomplete_credential, already_connected, not_an_address, or a login's
    own; `message` is for the person who makes it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class CredentialInput:
    """How to log in to one system: a Credential.Kind and its parts (see Credential.secret)."""

    kind: str
    secret: dict[str, Any]

    def __repr__(self) -> str:
        return f"CredentialInput(kind={self.kind!r})"


def create_connection(
    *,
    name: str,
    hubspot_credential: CredentialInput,
    salesforce_credential: CredentialInput,
    hubspot_base_url: str | None = None,
    salesforce_login_url: str | None = None,
    allotment: int | None = None,
    user: User | None,
) -> Connection:
    """Log in to both systems, ask who they are, and store the connection with its mappings.

    Addresses default to the settings'; the allotment to half of the org's daily limit. Spends one Salesforce
    call for the limits and those of the describes, all counted. Raises ConnectionRefused (the credential is
    incomplete, the pair is connected already, the allotment is above the limit), ConnectionFault (a login was
    refused) and TransientFault; then nothing is stored.
    """
    connection = Connection(
        name=name.strip(),
        hubspot_base_url=_address(hubspot_base_url or settings.HUBSPOT_API_BASE_URL),
        salesforce_login_url=_address(salesforce_login_url or settings.SALESFORCE_LOGIN_URL),
        # Until the mappings are made the schedule leaves it alone.
        state=Connection.State.PAUSED,
    )
    given = (
        (SystemName.HUBSPOT, hubspot_credential),
        (SystemName.SALESFORCE, salesforce_credential),
    )
    for system, credential in given:
        _check_complete(system, credential)
    meter = LooseMeter()
    _ask_hubspot(connection, hubspot_credential)
    _ask_salesforce(connection, salesforce_credential, meter)
    _choose_allotment(connection, allotment)
    connection = _store(connection, given, calls=meter.calls_made, user=user)
    try:
        with open_clients(connection=connection, purpose=CallPurpose.SCHEMA) as clients:
            make_default_mappings(connection=connection, clients=clients)
    except BaseException:
        connection.delete()
        raise
    connection.state = Connection.State.ACTIVE
    connection.next_sync_at = clock.now()
    connection.save(update_fields=["state", "next_sync_at"])
    return connection


def _address(text: str) -> str:
    text = text.strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConnectionRefused(
            "not_an_address",
            _("“%(address)s” is not an http or https address.") % {"address": text},
        )
    return text


def _check_complete(system: SystemName, credential: CredentialInput) -> None:
    if credential.kind not in Credential.Kind.values or not credential.kind.startswith(
        system.value
    ):
        raise ConnectionRefused(
            "incomplete_credential",
            _("%(kind)s is not a way to log in to %(system)s.")
            % {"kind": credential.kind, "system": system.label},
        )
    if missing := missing_parts(credential.kind, credential.secret):
        raise ConnectionRefused(
            "incomplete_credential",
            _("The credential for %(system)s lacks: %(parts)s.")
            % {"system": system.label, "parts": ", ".join(missing)},
        )


def _once(credential: CredentialInput, base_url: str) -> Callable[[int | None], Access]:
    """An access got by one login, for a client before there is a stored credential."""

    def access(refused_version: int | None) -> Access:
        login = log_in(kind=credential.kind, secret=credential.secret, base_url=base_url)
        if login.refresh_token:
            credential.secret["refresh_token"] = login.refresh_token
        return Access(token=login.access_token, version=1, instance_url=login.instance_url)

    return access


def _ask_hubspot(connection: Connection, credential: CredentialInput) -> None:
    access = _once(credential, connection.hubspot_base_url)
    with closing(HubSpotClient(connection=connection, access=access)) as client:
        details = client.account_details()
    connection.hub_id = str(details["portalId"])
    connection.hubspot_app_url = f"https://{details['uiDomain']}" if details.get("uiDomain") else ""


def _ask_salesforce(connection: Connection, credential: CredentialInput, meter: LooseMeter) -> None:
    access = _once(credential, connection.salesforce_login_url)
    with closing(SalesforceClient(connection=connection, meter=meter, access=access)) as client:
        person = client.user_info()
        connection.sf_org_id = str(person["organization_id"])
        connection.sf_user_id = str(person["user_id"])
        connection.sf_username = str(person.get("preferred_username") or "")
        connection.sf_instance_url = client.instance_url
        limit, used = usage.daily_limit(client)
    connection.daily_limit, connection.org_used = limit, used
    connection.limit_read_at = connection.org_used_at = clock.now()


def _choose_allotment(connection: Connection, wanted: int | None) -> None:
    assert connection.daily_limit is not None
    if wanted is None:
        connection.allotment = connection.daily_limit * DEFAULT_ALLOTMENT_PERCENT // 100
        return
    try:
        connection.allotment = usage.parse_allotment(wanted, limit=connection.daily_limit)
    except usage.AllotmentInvalid as error:
        raise ConnectionRefused(error.code, error.message) from None


def _store(
    connection: Connection,
    given: tuple[tuple[SystemName, CredentialInput], ...],
    *,
    calls: int,
    user: User | None,
) -> Connection:
    """The connection and all that belongs to it, or nothing.

    One whose making was cut short (by a killed process) is thrown away and made anew.
    """
    pair = Connection.objects.filter(hub_id=connection.hub_id, sf_org_id=connection.sf_org_id)
    pair.filter(state=Connection.State.PAUSED, object_mappings__isnull=True).delete()
    try:
        with transaction.atomic():
            connection.save()
            for system, credential in given:
                credentials.store(
                    connection=connection,
                    system=system,
                    kind=credential.kind,
                    secret=credential.secret,
                )
            UsageBucket.objects.create(
                connection=connection,
                start=bucket_of(clock.now()),
                purpose=CallPurpose.SCHEMA,
                calls=calls,
            )
            AllotmentChange.objects.create(
                connection=connection, user=user, before=0, after=connection.allotment
            )
            connection_created.send(sender=Connection, connection=connection)
            return connection
    except IntegrityError:
        if not (other := pair.first()):
            raise
        raise ConnectionRefused(
            "already_connected",
            _(
                "HubSpot account %(hub)s and Salesforce org %(org)s are connected already, as “%(name)s”."
            )
            % {"hub": other.hub_id, "org": other.sf_org_id, "name": other.name},
        ) from None

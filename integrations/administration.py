"""Replacing how a connection logs in, without ever leaving it with a login that has not been seen to work."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from django.utils.translation import gettext as _

from integrations import credentials
from integrations.clients.access import Access
from integrations.clients.hubspot import HubSpotClient
from integrations.clients.logins import REQUIRED, log_in
from integrations.clients.results import CrmFault
from integrations.clients.salesforce import SalesforceClient
from integrations.metering import LooseMeter
from integrations.models import Connection, SystemName


class CredentialRefused(Exception):
    """The credential was not stored; `message` says why, `field` which part of it is missing, if one is."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def replace_credential(
    *, connection: Connection, system: SystemName, kind: str, secret: dict[str, Any]
) -> None:
    """Logs in with `secret`, sees that it opens the account that is connected, and stores it. No metered call.

    Raises CredentialRefused, and then the old one stays. A suspension ends with `connections.resume`.
    """
    if kind not in REQUIRED or not kind.startswith(system.value):
        raise CredentialRefused(_("Choose how to log in."), field="kind")
    # A Salesforce refresh token may belong to an app without a secret; nothing else is optional.
    names = {*REQUIRED[kind], *({"client_secret"} if kind.endswith("refresh_token") else ())}
    given = {name: str(secret.get(name) or "").strip() for name in names}
    for name in REQUIRED[kind]:
        if not given[name]:
            raise CredentialRefused(_("This is needed."), field=name)
    try:
        account = _account_of(connection, system, kind, given)
    except CrmFault as fault:
        raise CredentialRefused(
            _("%(system)s does not accept this: %(answer)s")
            % {"system": system.label, "answer": f"{fault.message} ({fault.code})"}
        ) from None
    known = connection.hub_id if system == SystemName.HUBSPOT else connection.sf_org_id
    # Salesforce writes one id with 15 or 18 characters.
    if account[:15] != known[:15]:
        raise CredentialRefused(
            _("This opens another account (%(seen)s) than the one that is connected (%(known)s).")
            % {"seen": account, "known": known}
        )
    credentials.store(connection=connection, system=system, kind=kind, secret=given)


def _account_of(
    connection: Connection, system: SystemName, kind: str, secret: dict[str, str]
) -> str:
    """The id of the account that `secret` opens. Raises CrmFault."""

    def access(refused_version: int | None) -> Access:
        base_url = credentials.base_url(connection, system)
        login = log_in(kind=kind, secret=secret, base_url=base_url)
        if login.refresh_token:
            secret["refresh_token"] = login.refresh_token
        return Access(token=login.access_token, version=1, instance_url=login.instance_url)

    if system == SystemName.HUBSPOT:
        with closing(HubSpotClient(connection=connection, access=access)) as hubspot:
            return str(hubspot.account_details()["portalId"])
    with closing(
        SalesforceClient(connection=connection, meter=LooseMeter(), access=access)
    ) as salesforce:
        return str(salesforce.user_info()["organization_id"])

"""A connection for tests of any app, stored without a call. The settings say where its CRMs are."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from integrations.models import Connection, Credential, SystemName

# The simulators' own, as their set-up pages show them.
HUBSPOT_SECRET = {"key": "hs-service-key-simulator-0001"}
SALESFORCE_SECRET = {
    "client_id": "3MVG9simulatorConnectedApp.SyncHealth.0123456789abcdefghijklmnop",
    "client_secret": "simulator-client-secret-5C0FFEE5C0FFEE",
}


def make_connection(**values: Any) -> Connection:
    """A connection with credentials for the simulators; `values` go over the defaults."""
    defaults: dict[str, Any] = {
        "name": "Test connection",
        "hub_id": "1",
        "sf_org_id": "00D000000000001AAA",
        "hubspot_base_url": settings.HUBSPOT_API_BASE_URL,
        "salesforce_login_url": settings.SALESFORCE_LOGIN_URL,
        "daily_limit": 15_000,
        "allotment": 10_000,
    }
    connection = Connection.objects.create(**{**defaults, **values})
    kinds = Credential.Kind
    for system, kind, secret in (
        (SystemName.HUBSPOT, kinds.HUBSPOT_SERVICE_KEY, HUBSPOT_SECRET),
        (SystemName.SALESFORCE, kinds.SALESFORCE_CLIENT_CREDENTIALS, SALESFORCE_SECRET),
    ):
        Credential.objects.create(connection=connection, system=system, kind=kind, secret=secret)  # type: ignore[misc]
    return connection

"""Clients of both CRMs. `open_clients` is the way in; `results` holds what their calls come to."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from integrations.clients.hubspot import HubSpotClient
from integrations.clients.salesforce import SalesforceClient
from integrations.metering import CallMeter
from integrations.models import CallPurpose, Connection

__all__ = ["Clients", "HubSpotClient", "SalesforceClient", "open_clients"]


@dataclass(frozen=True, slots=True)
class Clients:
    """Both clients of one connection. As a context manager it closes their sessions."""

    hubspot: HubSpotClient
    salesforce: SalesforceClient

    def __enter__(self) -> Clients:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hubspot.close()
        self.salesforce.close()


def open_clients(*, connection: Connection, purpose: CallPurpose) -> Clients:
    """The clients of a connection; its Salesforce calls are counted for `purpose`.

    Lazy: nobody logs in and nothing is called before a client is used. Use it with `with`, in one thread,
    outside of transactions.
    """
    meter = CallMeter(connection_id=connection.pk, purpose=purpose)
    return Clients(
        hubspot=HubSpotClient(connection=connection),
        salesforce=SalesforceClient(connection=connection, meter=meter),
    )

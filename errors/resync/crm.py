"""The CRMs as Resync sees them: clients, the engine's retry, and suspending a connection.

Imported at the call: the engine draws in every client, and pages that only store or show a batch need none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from integrations.models import CallPurpose, Connection
from integrations.outcomes import RecordRef

if TYPE_CHECKING:
    from integrations.clients import Clients
    from integrations.engine import EnginePage


def open_clients(connection: Connection) -> Clients:
    """The connection's clients, their Salesforce calls counted as Resync's; a context manager."""
    from integrations.clients import open_clients

    return open_clients(connection=connection, purpose=CallPurpose.RESYNC)


def retry_pages(
    *,
    connection: Connection,
    clients: Clients,
    records: Iterable[tuple[str, RecordRef]],
    refresh_schema: bool,
) -> Iterator[EnginePage]:
    """What becomes of `records`, (direction, record) each, page by page; raises the clients' faults."""
    from integrations.engine import RetryTarget, retry_pages

    return retry_pages(
        connection=connection,
        clients=clients,
        targets=[RetryTarget(direction=direction, record=record) for direction, record in records],
        refresh_schema=refresh_schema,
    )


def suspend(connection: Connection, *, code: str, detail: str) -> None:
    """Stops the whole connection until somebody resumes it."""
    from integrations.connections import suspend

    suspend(connection=connection, code=code, detail=detail)

"""The CRMs as Resync sees them: clients, the engine's retry, and what follows when a connection cannot go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from common import clock
from integrations import clients, connections, engine
from integrations.clients import Clients
from integrations.clients.results import ConnectionFault
from integrations.engine import EnginePage, ImportPage, Place, RetryTarget
from integrations.models import CallPurpose, Connection, ObjectMapping, SystemName
from integrations.outcomes import RecordRef

# When a limit is reached and the API does not say until when.
_LIMIT_WAIT = timedelta(hours=1)


def open_clients(connection: Connection) -> Clients:
    """The connection's clients, their Salesforce calls counted as Resync's; a context manager."""
    return clients.open_clients(connection=connection, purpose=CallPurpose.RESYNC)


def open_bulk_clients(connection: Connection) -> Clients:
    """The same for bulk jobs, which stop well before the allotment is spent (`metering.wall_of`)."""
    return clients.open_clients(connection=connection, purpose=CallPurpose.BULK)


def retry_pages(
    *,
    connection: Connection,
    clients: Clients,
    records: Iterable[tuple[str, RecordRef]],
    reread: Collection[SystemName],
) -> Iterator[EnginePage]:
    """What becomes of `records`, (direction, record) each, page by page, after the schemas of the systems of `reread`
    were read anew; raises the clients' faults."""
    return engine.retry_pages(
        connection=connection,
        clients=clients,
        targets=[RetryTarget(direction=direction, record=record) for direction, record in records],
        reread=reread,
    )


def records_to_import(
    *, clients: Clients, mapping: ObjectMapping, place: Place, until: datetime
) -> int:
    """How many records `import_pages` would read; one Salesforce call. Raises the clients' faults."""
    return engine.records_to_import(clients=clients, mapping=mapping, place=place, until=until)


def import_pages(
    *,
    connection: Connection,
    clients: Clients,
    mapping: ObjectMapping,
    place: Place,
    until: datetime,
    reread: Collection[SystemName],
) -> Iterator[ImportPage]:
    """The object's Salesforce records behind `place`, carried to HubSpot; raises the clients' faults."""
    return engine.import_pages(
        connection=connection,
        clients=clients,
        mapping=mapping,
        place=place,
        until=until,
        reread=reread,
    )


def stand_still(connection: Connection, fault: ConnectionFault) -> datetime | None:
    """Holds the connection while a limit is reached, and says until when; else suspends it (None)."""
    if fault.passes:
        wait = timedelta(seconds=fault.retry_after) if fault.retry_after else _LIMIT_WAIT
        until = clock.now() + wait
        connections.hold(connection=connection, until=until, reason="limit_reached")
        return until
    connections.suspend(connection=connection, code=fault.code, detail=fault.message)
    return None

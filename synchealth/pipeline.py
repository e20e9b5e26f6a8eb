"""Runs the sync of a connection: engine to recorder, page by page, one worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from common import clock, leases
from errors.recording import record_outcomes
from errors.resync.releasing import release_children
from errors.resync.rereading import options_refused
from integrations import connections, schemas, usage
from integrations.clients import Clients, open_clients
from integrations.clients.results import CallRefused, ConnectionFault, TransientFault
from integrations.engine import EnginePage, sync_pages
from integrations.metering import AllotmentSpent
from integrations.models import CallPurpose, Connection

log = logging.getLogger(__name__)

# Renewed with every page: longer than the slowest page should take, short enough that a killed worker's
# connection goes on soon.
LEASE_SECONDS = 300.0
# Of a Celery task, below its soft limit: a longer sync hands itself to the next task.
TIME_BUDGET = timedelta(seconds=400)
LIMITS_AGE = timedelta(hours=1)
# When a CRM does not answer, and when it says that its limit is reached but not until when.
LATER = timedelta(minutes=2)
LIMIT_WAIT = timedelta(hours=1)
_UNTIL, _TOKEN = "sync_lease_until", "sync_lease_token"


class LeaseLost(Exception):
    """Another worker syncs the connection now: what this one found since its last page is dropped."""


@dataclass(slots=True)
class Counts:
    """Outcomes of one mapping in one direction."""

    synced: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(slots=True)
class SyncReport:
    """What a run came to. `stopped` is empty for a run that read everything there was, else why it ended:
    busy, not_active, held, allotment_spent, limit_reached, suspended, crm_unavailable, lease_lost, out_of_time."""

    stopped: str = ""
    detail: str = ""
    records: int = 0
    calls: int = 0
    mappings: dict[str, Counts] = field(default_factory=dict)
    goes_on_at: datetime | None = None

    def total(self, status: str) -> int:
        """Outcomes of `status`: synced, skipped or failed."""
        return sum(getattr(counts, status) for counts in self.mappings.values())

    def add(self, page: EnginePage) -> None:
        self.records += page.records
        counts = self.mappings.setdefault(page.label, Counts())
        for outcome in page.outcomes:
            setattr(counts, outcome.status, getattr(counts, outcome.status) + 1)


def due_connections() -> QuerySet[Connection]:
    """Active connections that are due, and those whose worker died; held and running ones are not among them."""
    now = clock.now()
    return (
        Connection.objects.filter(state=Connection.State.ACTIVE)
        .filter(Q(held_until__isnull=True) | Q(held_until__lte=now))
        .filter(Q(next_sync_at__lte=now) | Q(sync_lease_until__lte=now))
        .filter(leases.free("sync_lease_until"))
    )


def run_sync(
    *,
    connection_id: int,
    reason: str,
    on_page: Callable[[EnginePage], None] | None = None,
) -> SyncReport:
    """Syncs one connection both ways. `reason`: "schedule" waits for its turn and hands over when its time is
    over; "manual" runs now, due or not, held or not, for as long as it takes.

    Harmless to call twice, or from eight workers at once: one of them runs. Outcomes, links and cursor of a
    page are stored in one transaction which holds only while the lease does, so a kill at any moment loses
    no change; what was written but not recorded is recognised as equal, or looked up, by the next run.
    """
    rows = Connection.objects.filter(pk=connection_id, state=Connection.State.ACTIVE)
    if reason == "schedule":
        rows = due_connections().filter(pk=connection_id)
    started = clock.now()
    lease = leases.take(
        rows,
        seconds=LEASE_SECONDS,
        last_sync_started_at=started,
        # Set now, so that whoever asks for a sync while this one runs gets one.
        next_sync_at=started + settings.SYNC_INTERVAL,
        until_field=_UNTIL,
        token_field=_TOKEN,
    )
    if lease is None:
        return _not_started(connection_id)
    connection = Connection.objects.get(pk=connection_id)
    ends_at = started + TIME_BUDGET if reason == "schedule" else None
    return _Run(connection, lease, ends_at, on_page).run()


def _not_started(connection_id: int) -> SyncReport:
    connection = Connection.objects.get(pk=connection_id)
    if connection.state != Connection.State.ACTIVE:
        return SyncReport(stopped="not_active", detail=connection.suspended_code)
    if connection.sync_lease_until and connection.sync_lease_until > clock.now():
        return SyncReport(stopped="busy")
    if connection.held_until and connection.held_until > clock.now():
        return SyncReport(stopped="held", goes_on_at=connection.held_until)
    return SyncReport(stopped="busy", detail="not due")


class _Run:
    """One worker's turn at a connection."""

    def __init__(
        self,
        connection: Connection,
        lease: leases.Lease,
        ends_at: datetime | None,
        on_page: Callable[[EnginePage], None] | None,
    ) -> None:
        self.connection = connection
        self.lease = lease
        self.ends_at = ends_at
        self.on_page = on_page
        self.report = SyncReport()
        self.started_at = clock.now()
        self.rows = Connection.objects.filter(pk=connection.pk)

    def run(self) -> SyncReport:
        try:
            with open_clients(connection=self.connection, purpose=CallPurpose.SYNC) as clients:
                try:
                    self._sync(clients)
                finally:
                    self.report.calls += clients.salesforce.calls_made
        except LeaseLost:
            self.report.stopped = "lease_lost"
        except AllotmentSpent as spent:
            self._hold("allotment_spent", spent.resumes_at)
        except ConnectionFault as fault:
            self._stand_still(fault)
        except TransientFault as fault:
            wait = timedelta(seconds=fault.retry_after or 0)
            self._stop("crm_unavailable", str(fault), clock.now() + max(wait, LATER))
        except Exception:
            self._release()
            raise
        else:
            self._finish()
        return self.report

    def _sync(self, clients: Clients) -> None:
        self._read_limits()
        for page in self._pages(clients):
            result = record_outcomes(
                connection_id=self.connection.pk,
                outcomes=page.outcomes,
                also=partial(self._with_the_page, page),
            )
            if refused := options_refused(result):
                # The next run knows the options that were added since; this one's own reading is as new as can be.
                schemas.distrust(
                    connection=self.connection, objects=refused, read_before=self.started_at
                )
            self.report.add(page)
            if self.on_page is not None:
                self.on_page(page)
            if self.ends_at is not None and clock.now() >= self.ends_at:
                self.report.stopped = "out_of_time"
                return

    def _pages(self, clients: Clients) -> Iterator[EnginePage]:
        """The engine's pages. A refused read mostly means that a field went since the schemas were cached: they
        are read anew, once; what is refused again nobody but an admin can change."""
        try:
            yield from sync_pages(connection=self.connection, clients=clients)
        except CallRefused as refused:
            log.info("Connection %s: %s; reading the schemas anew.", self.connection.pk, refused)
            schemas.forget(connection=self.connection)
            try:
                yield from sync_pages(connection=self.connection, clients=clients)
            except CallRefused as again:
                raise ConnectionFault(again.code, again.message, again.system) from again

    def _with_the_page(self, page: EnginePage) -> None:
        """Behind the stream row's lock: a worker whose lease is gone stores nothing."""
        lease = leases.extend(
            self.rows,
            self.lease,
            seconds=LEASE_SECONDS,
            until_field=_UNTIL,
            token_field=_TOKEN,
        )
        if lease is None:
            raise LeaseLost(f"Connection {self.connection.pk} is synced by another worker.")
        page.apply()
        release_children(connection_id=self.connection.pk, outcomes=page.outcomes)

    def _read_limits(self) -> None:
        read_at = self.connection.limit_read_at
        if read_at is not None and clock.now() - read_at < LIMITS_AGE:
            return
        # The limit is for people to see; the sync's own calls are counted without it.
        with suppress(TransientFault):
            usage.read_limits(connection=self.connection)
            self.report.calls += 1

    def _hold(self, stopped: str, until: datetime | None) -> None:
        connections.hold(connection=self.connection, until=until, reason=stopped)
        held_until = self.connection.held_until or clock.now()
        self._stop(stopped, "", held_until)

    def _stand_still(self, fault: ConnectionFault) -> None:
        if fault.passes:
            wait = timedelta(seconds=fault.retry_after) if fault.retry_after else LIMIT_WAIT
            self._hold("limit_reached", clock.now() + wait)
            self.report.detail = str(fault)
            return
        connections.suspend(connection=self.connection, code=fault.code, detail=fault.message)
        self._stop("suspended", str(fault), None)

    def _finish(self) -> None:
        now = clock.now()
        if self.report.stopped == "out_of_time":
            self._release(next_sync_at=now)
        else:
            self._release(last_sync_finished_at=now)
            # A hold that a person's sync has run through is over.
            self.rows.filter(held_until__isnull=False).update(held_until=None, held_reason="")

    def _stop(self, stopped: str, detail: str, next_sync_at: datetime | None) -> None:
        self.report.stopped, self.report.detail = stopped, detail
        self.report.goes_on_at = next_sync_at
        if next_sync_at is None:
            self._release()
        else:
            self._release(next_sync_at=next_sync_at)

    def _release(self, **also: Any) -> None:
        released = leases.release(
            self.rows,
            self.lease,
            until_field=_UNTIL,
            token_field=_TOKEN,
            **also,
        )
        if not released:
            log.warning("Connection %s: the sync's lease was lost.", self.connection.pk)

"""A worker's turn at a job: its hold on the row, its time, and what it may store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F

from common import clock, leases
from errors.models import BulkJob
from errors.resync import crm
from integrations.models import Connection

if TYPE_CHECKING:
    from integrations.clients import Clients

# Renewed with every step. Longer than the slowest step: a few calls of at most CRM_READ_TIMEOUT each.
LEASE_SECONDS = 300.0
# Then another job has its turn: jobs share the workers of the sync.
TIME_BUDGET = timedelta(seconds=100)


class TurnLost(Exception):
    """Another worker holds the job: what this one found since its last step is dropped."""


class Stopped(Exception):
    """A person paused or cancelled the job, or paused the connection."""


class OutOfTime(Exception):
    """The turn is over; the rest is the next one's."""


class Wait(Exception):
    """The job goes on at `until`; `reason` is a slug that `errors.jobs.texts` puts into words.

    `working`: what it waits for is a part of itself, so for people it is in progress.
    """

    def __init__(self, until: datetime, reason: str = "", *, working: bool = False) -> None:
        super().__init__(reason)
        self.until = until
        self.reason = reason
        self.working = working


class CannotGoOn(Exception):
    """The job cannot be done as it was asked for; `detail` says why, for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Turn:
    """What `run` of a kind gets. Not for several threads."""

    def __init__(self, job: BulkJob, lease: leases.Lease) -> None:
        self.job = job
        self.connection: Connection = job.connection
        self.rows = BulkJob.objects.filter(pk=job.pk)
        self._lease = lease
        self._ends_at = clock.now() + TIME_BUDGET
        self._clients: Clients | None = None
        self._calls_told = 0

    @contextmanager
    def open_clients(self) -> Iterator[Clients]:
        """The connection's clients, their Salesforce calls counted as those of bulk jobs and told with each step."""
        with crm.open_bulk_clients(self.connection) as clients:
            # What clients opened before have spent since the last step is still to be told.
            self._clients, self._calls_told = clients, -self.new_calls()
            yield clients

    def check(self) -> None:
        """Between two steps: raises Stopped, OutOfTime or TurnLost. One query."""
        held = self.rows.filter(lease_token=self._lease.token)
        found = held.values_list("state", "connection__state").first()
        if found is None:
            raise TurnLost(f"Job {self.job.pk} is not held any more.")
        state, connection_state = found
        if state not in BulkJob.LIVE or connection_state != Connection.State.ACTIVE:
            raise Stopped
        if clock.now() >= self._ends_at:
            raise OutOfTime

    def step(
        self,
        *,
        position: dict[str, Any] | None = None,
        total: int | None = None,
        done: int = 0,
        failed: int = 0,
        result: dict[str, Any] | None = None,
        api_calls: int = 0,
        forward: bool = True,
    ) -> None:
        """Stores progress and prolongs the lease. Call it in the transaction that stores the step's results,
        behind the stream row where that is locked. One query. Raises TurnLost, and then nothing may be stored.

        `done`, `failed` are what came on top; `position`, `total`, `result` replace what was there. Calls of
        `open_clients()` are counted by themselves; `api_calls` are others that the step spent. `forward` is False for
        what the next turn would do once more: faults behind it go on being counted, so that a job does not try for ever.
        """
        calls = self.new_calls() + api_calls
        changes: dict[str, Any] = {
            "lease_until": clock.now() + timedelta(seconds=LEASE_SECONDS),
            "done": F("done") + done,
            "failed": F("failed") + failed,
            "api_calls": F("api_calls") + calls,
        }
        if forward:
            changes |= {"attempts": 0, "detail": "", "hold_reason": ""}
        replaced = {"position": position, "total": total, "result": result}
        changes |= {name: value for name, value in replaced.items() if value is not None}
        if not self.rows.filter(lease_token=self._lease.token).update(**changes):
            raise TurnLost(f"Job {self.job.pk} is not held any more.")
        self._calls_told += calls - api_calls
        self.job.done += done
        self.job.failed += failed
        self.job.attempts = 0 if forward else self.job.attempts
        for name, value in replaced.items():
            if value is not None:
                setattr(self.job, name, value)

    def new_calls(self) -> int:
        """Salesforce calls that are not stored with the job yet."""
        return self._clients.salesforce.calls_made - self._calls_told if self._clients else 0

    # --- how a turn ends, for the runner -----------------------------------------------------------

    def end(self, **also: Any) -> bool:
        """Gives the job back with the calls that no step told, setting `also`; False when the lease was lost."""
        calls = self.new_calls()
        self._calls_told += calls
        return leases.release(self.rows, self._lease, api_calls=F("api_calls") + calls, **also)

    def end_if_live(self, **also: Any) -> None:
        """Gives the job back, setting `also` unless a person has paused or cancelled it meanwhile.

        Who paused and resumed it within one step has left it queued: the turn's word counts then as well.
        """
        self.rows.filter(lease_token=self._lease.token, state__in=BulkJob.LIVE).update(**also)
        self.end()

    def hold(self, *, until: datetime, reason: str, working: bool = False, **also: Any) -> None:
        """Gives the job back, to go on at `until`; what a person did to it meanwhile stays."""
        state = BulkJob.State.RUNNING if working else BulkJob.State.QUEUED
        self.end_if_live(state=state, not_before=until, hold_reason=reason, **also)

"""Running a batch: retry every open record of its errors in as few calls as the engine can, then say how it went."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from common import clock
from common.nudges import nudge
from errors.folding import Side, record_keys
from errors.ledger import lock_stream
from errors.models import AffectedRecord, RecordAttempt, ResyncBatch, ResyncItem, SyncError
from errors.recording import record_outcomes
from errors.resync import crm
from errors.resync.claim import LeaseLost, ResyncClaim
from errors.resync.claiming import claim_batch, finish_if_done, give_back
from errors.resync.create import RUN_TASK
from errors.resync.releasing import release_children, release_those_left
from errors.resync.rereading import schemas_read_anew
from errors.resync.scope import Scope
from integrations.clients.results import ConnectionFault, CrmFault
from integrations.metering import AllotmentSpent
from integrations.models import Connection
from integrations.outcomes import Outcome, RecordRef, Status

if TYPE_CHECKING:
    from integrations.clients import Clients
    from integrations.engine import EnginePage

log = logging.getLogger(__name__)

# Records handed to the engine at once: fills its calls (200 and 100 a call), and bounds the memory.
CHUNK = 10_000
# Below Celery's soft limit of 480 s: a batch that takes longer hands itself to the next task.
TIME_BUDGET = timedelta(seconds=400)
_REASON_LIMIT = 2000


def run_batch(*, batch_id: int) -> bool:
    """Claims and runs a batch; False when it was not there to claim. Harmless to call twice or too early."""
    claim = claim_batch(batch_id=batch_id)
    if claim is None:
        return False
    run = _Run(claim)
    try:
        run.retry()
        run.settle()
    except LeaseLost:
        # Another worker has it, and its results count; ours since the last page are dropped.
        log.warning("Resync batch %s: lost the lease.", batch_id)
    except AllotmentSpent as spent:
        resumes = spent.resumes_at or clock.now() + timedelta(hours=1)
        run.stop(not_before=resumes, hold_reason="allotment_spent", afresh=not run.begun)
    except ConnectionFault as fault:
        until = crm.stand_still(run.connection, fault)
        run.stop(
            not_before=until or clock.now(),
            hold_reason="limit_reached" if until else "connection_suspended",
            afresh=not run.begun,
        )
    except CrmFault as fault:
        run.stop(
            not_before=run.next_try(fault.retry_after),
            hold_reason="crm_unavailable",
            detail=f"{fault.code}: {fault.message}",
            counts=True,
        )
    except _OutOfTime:
        run.stop(not_before=clock.now(), afresh=False)
        nudge(RUN_TASK, batch_id)
    except Exception as error:
        run.stop(
            not_before=run.next_try(None),
            hold_reason="unexpected_error",
            detail=type(error).__name__,
            counts=True,
        )
        raise
    return True


class _OutOfTime(Exception):
    """The time of one task is over; what is left is the next one's."""


class _Run:
    """One worker's turn at a batch."""

    def __init__(self, claim: ResyncClaim) -> None:
        self.claim = claim
        self.batch = ResyncBatch.objects.select_related("connection").get(pk=claim.batch_id)
        self.connection: Connection = self.batch.connection
        self.items: dict[int, ResyncItem] = {
            item.error_id: item
            for item in ResyncItem.objects.filter(
                batch_id=claim.batch_id, state=ResyncItem.State.RUNNING
            ).select_related("error")
        }
        self.scope = Scope(self.batch)
        self.ends_at = clock.now() + TIME_BUDGET
        self.clients: Clients | None = None
        self.calls_told = 0
        # Whether this turn or an earlier one has stored a page. From then on the batch goes forward only: one that needs
        # more calls than the allotment of a day would else try the same first records again each day, and never end.
        self.begun = self.batch.records_done > 0
        # Which items each side of the chunk at hand belongs to.
        self.items_of: dict[Side, list[ResyncItem]] = {}

    def retry(self) -> None:
        reread = schemas_read_anew(item.error for item in self.items.values())
        # Only what a person ticks may spend the reserve.
        by_itself = self.batch.job_id or self.batch.released
        opened = crm.open_bulk_clients if by_itself else crm.open_clients
        with opened(self.connection) as clients:
            self.clients = clients
            for rows in self._chunks():
                self.items_of = defaultdict(list)
                records: dict[Side, tuple[str, RecordRef]] = {}
                for row in rows:
                    side = (row.direction, row.record_key)
                    self.items_of[side].append(self.items[row.error_id])
                    records[side] = (row.direction, _record_of(row))
                for page in crm.retry_pages(
                    connection=self.connection,
                    clients=clients,
                    records=records.values(),
                    reread=reread,
                ):
                    made = clients.salesforce.calls_made
                    record_outcomes(
                        connection_id=self.connection.pk,
                        outcomes=page.outcomes,
                        also=partial(self._with_the_page, page, made),
                        resync_claim=self.claim,
                        source=RecordAttempt.Source.RESYNC,
                    )
                    self.calls_told, self.begun = made, True
                    if clock.now() >= self.ends_at:
                        raise _OutOfTime
                reread = frozenset()

    def settle(self) -> None:
        """Says of each error how it went, and finishes the batch; raises LeaseLost."""
        with transaction.atomic():
            lock_stream(connection_id=self.connection.pk)
            self.claim.renew()
            now = clock.now()
            failing = self.scope.still_failing(self.items)
            for error_id, item in self.items.items():
                item.finished_at = now
                if error_id not in failing:
                    handled = item.records_resolved or item.reason
                    item.state = ResyncItem.State.RESOLVED if handled else ResyncItem.State.SKIPPED
                else:
                    item.state = ResyncItem.State.FAILED
                    item.reason = (failing[error_id] or item.reason)[:_REASON_LIMIT]
            ResyncItem.objects.bulk_update(
                list(self.items.values()), ["state", "reason", "finished_at"]
            )
            ResyncBatch.objects.filter(pk=self.batch.pk).update(
                api_calls=F("api_calls") + self._new_calls()
            )
            finish_if_done(batch_id=self.batch.pk)
            release_those_left(
                batch=self.batch,
                errors=SyncError.objects.filter(pk__in=self.items, open_records__gt=0),
            )

    def stop(
        self,
        *,
        not_before: datetime,
        hold_reason: str = "",
        detail: str = "",
        afresh: bool = True,
        counts: bool = False,
    ) -> None:
        """Gives the batch back, to go on at `not_before`."""
        give_back(
            claim=self.claim,
            not_before=not_before,
            hold_reason=hold_reason,
            detail=detail,
            afresh=afresh,
            counts=counts,
            api_calls=self._new_calls(),
        )

    def next_try(self, retry_after: float | None) -> datetime:
        """When to try again: 30 s, 1, 2, 4 minutes, or later when the API says so."""
        attempt = max((item.attempt for item in self.items.values()), default=1)
        return clock.now() + timedelta(seconds=max(retry_after or 0, 15 * 2**attempt))

    def _chunks(self) -> Iterator[list[AffectedRecord]]:
        """Rows that were open at the claim and are open still, read anew for each chunk.

        What a chunk closed, or what failed again in it (its write number is newer), is not in the next.
        """
        last = 0
        while True:
            found = self.scope.open_rows(self.items).filter(
                write_no__lte=self.claim.write_no, id__gt=last
            )
            rows = list(found.order_by("id")[:CHUNK])
            if not rows:
                return
            last = rows[-1].pk
            yield rows

    def _with_the_page(self, page: EnginePage, calls_made: int) -> None:
        """What is stored in one transaction with a page's outcomes: links, progress, reasons, calls."""
        page.apply()
        release_children(connection_id=self.connection.pk, outcomes=page.outcomes)
        changed: dict[int, ResyncItem] = {}
        rows = 0  # of ours: a page may also hold parents that were synced first
        for outcome in page.outcomes:
            for item in self._items_of(outcome):
                rows += 1
                if outcome.status == Status.FAILED and outcome.failures:
                    item.reason = outcome.failures[0].message[:_REASON_LIMIT]
                    changed[item.pk] = item
                elif outcome.status == Status.SYNCED:
                    item.records_resolved += 1
                    changed[item.pk] = item
        resolved = self._resolved_by_now()
        changed |= {item.pk: item for item in resolved}
        ResyncItem.objects.bulk_update(
            list(changed.values()), ["reason", "records_resolved", "state", "finished_at"]
        )
        ResyncBatch.objects.filter(pk=self.batch.pk).update(
            done=F("done") + len(resolved),
            records_done=F("records_done") + rows,
            api_calls=F("api_calls") + calls_made - self.calls_told,
        )

    def _resolved_by_now(self) -> list[ResyncItem]:
        """Running items with nothing left that fails: told at once, looked at again at the end."""
        running = {
            error_id: item
            for error_id, item in self.items.items()
            if item.state == ResyncItem.State.RUNNING
        }
        failing = self.scope.still_failing(running)
        resolved = [
            item
            for error_id, item in running.items()
            if error_id not in failing and _was_handled(item)
        ]
        for item in resolved:
            item.state = ResyncItem.State.RESOLVED
            item.finished_at = clock.now()
        return resolved

    def _items_of(self, outcome: Outcome) -> list[ResyncItem]:
        return [
            item
            for key in record_keys(outcome.record)
            for item in self.items_of.get((outcome.direction, key), ())
        ]

    def _new_calls(self) -> int:
        """Salesforce calls that are not stored with the batch yet."""
        return self.clients.salesforce.calls_made - self.calls_told if self.clients else 0


def _was_handled(item: ResyncItem) -> bool:
    """Whether a retry of this batch said anything of the item's records, in this turn or an earlier one."""
    return bool(item.records_resolved or item.reason)


def _record_of(row: AffectedRecord) -> RecordRef:
    return RecordRef(
        hubspot_object=row.hubspot_object,
        salesforce_object=row.salesforce_object,
        hubspot_id=row.hubspot_id,
        salesforce_id=row.salesforce_id,
        label=row.label,
    )

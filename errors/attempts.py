"""What became of a record, try after try: kept in the transaction that records the outcomes, pruned by age.

A run of equal tries is one row with a count, so a record that fails every quarter of an hour for a month
costs one row and no growth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from common import clock
from errors.folding import Try
from errors.ledger import chunks, lock_stream
from errors.models import AffectedRecord, RecordAttempt
from integrations.outcomes import Status

# A stack trace of a managed package is longer; nobody reads beyond this.
_MESSAGE_LIMIT = 8000
_PRUNED_AT_ONCE = 2000


def keep_attempts(
    *,
    connection_id: int,
    tries: Iterable[Try],
    rows: Iterable[AffectedRecord],
    error_ids: Mapping[UUID, int],
    source: str,
    now: datetime,
) -> None:
    """Adds `tries`, in their order, to the histories of their records. Call it behind the stream row.

    Failed tries are always kept, others only of records that `rows` (all affected rows of the page's records)
    know: a first sync of healthy records adds nothing and asks nothing. Else one lookup, at most three
    updates and one insert, whatever the number of tries, but for SQLite's limit of variables.
    """
    known = {row.record_key for row in rows}
    told = [
        one for one in tries if one.status == Status.FAILED or not known.isdisjoint(one.record_keys)
    ]
    if told:
        _Keeping(connection_id, told, error_ids, source, now).run()


class _Keeping:
    """One page of tries beside the newest runs of their records."""

    def __init__(
        self,
        connection_id: int,
        tries: Sequence[Try],
        error_ids: Mapping[UUID, int],
        source: str,
        now: datetime,
    ) -> None:
        self.connection_id = connection_id
        self.tries = tries
        self.error_ids = error_ids
        self.source = source
        self.now = now
        self.latest = self._latest()
        self.again: list[int] = []
        self.ended: list[int] = []
        self.moved: list[RecordAttempt] = []
        self.made: list[RecordAttempt] = []

    def run(self) -> None:
        for one in self.tries:
            self._take(one)
        # Before the inserts: a record and direction has one newest run, the database holds that.
        for part in chunks(self.ended):
            RecordAttempt.objects.filter(pk__in=part).update(latest=False)
        RecordAttempt.objects.bulk_update(self.moved, ["record_key"], batch_size=200)
        for part in chunks(self.again):
            RecordAttempt.objects.filter(pk__in=part).update(
                times=F("times") + 1, last_at=self.now, source=self.source
            )
        RecordAttempt.objects.bulk_create(self.made)

    def _latest(self) -> dict[tuple[str, str], RecordAttempt]:
        keys = sorted({key for one in self.tries for key in one.record_keys})
        return {
            (run.record_key, run.direction): run
            for part in chunks(keys)
            for run in RecordAttempt.objects.filter(
                connection_id=self.connection_id, record_key__in=part, latest=True
            ).only("record_key", "direction", "result", "error_ids")
        }

    def _take(self, one: Try) -> None:
        named = sorted({self.error_ids[fingerprint] for fingerprint in one.fingerprints})
        # Each side of a record is in a page once, so a run that is found is a stored one.
        before = self._newest_run(one)
        if before and (before.result, before.error_ids) == (one.status, named):
            self.again.append(before.pk)
            return
        if before:
            self._end(before)
        run = RecordAttempt(
            connection_id=self.connection_id,
            record_key=one.record_keys[0],
            direction=one.direction,
            result=one.status,
            source=self.source,
            first_at=self.now,
            last_at=self.now,
            error_ids=named,
            message=one.message[:_MESSAGE_LIMIT],
        )
        self.made.append(run)

    def _newest_run(self, one: Try) -> RecordAttempt | None:
        """The run that this try follows. A record that has got its HubSpot id since goes on under its new key."""
        key, *earlier_keys = one.record_keys
        newest = self.latest.get((key, one.direction))
        for earlier in earlier_keys:
            run = self.latest.pop((earlier, one.direction), None)
            if run is None:
                continue
            if newest is not None:
                self._end(run)
                continue
            newest = run
            run.record_key = key
            self.moved.append(run)
        return newest

    def _end(self, run: RecordAttempt) -> None:
        self.ended.append(run.pk)
        self.latest.pop((run.record_key, run.direction), None)


def prune_attempts() -> int:
    """Deletes runs that ended more than RECORD_HISTORY_DAYS ago; returns how many.

    In chunks, each behind its connection's stream row like every other write: no recording counts a try on
    to a run that goes at that moment, and none waits long.
    """
    before = clock.now() - timedelta(days=settings.RECORD_HISTORY_DAYS)
    old = RecordAttempt.objects.filter(last_at__lt=before).order_by("last_at")
    gone = 0
    while True:
        by_connection: defaultdict[int, list[int]] = defaultdict(list)
        for pk, connection_id in old.values_list("pk", "connection_id")[:_PRUNED_AT_ONCE]:
            by_connection[connection_id].append(pk)
        if not by_connection:
            return gone
        for connection_id, pks in sorted(by_connection.items()):
            with transaction.atomic():
                lock_stream(connection_id=connection_id)
                for part in chunks(pks):
                    gone += RecordAttempt.objects.filter(pk__in=part, last_at__lt=before).delete()[
                        0
                    ]

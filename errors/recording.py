"""The only writer of errors: takes the outcomes of a page and keeps errors, records, counts and events true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from errors.attempts import keep_attempts
from errors.folding import Folded, FoldedError, FoldedRecord, fold
from errors.ignoring import IGNORE_FIELDS, come_back, count_open_records, has_outgrown
from errors.judging import storable
from errors.ledger import Ledger, chunks
from errors.models import AffectedRecord, ErrorEvent, RecordAttempt, SyncError
from errors.resync.claim import ResyncClaim
from errors.types import ErrorType
from errors.view_counts import records_changed
from integrations.outcomes import Outcome

_OPEN = AffectedRecord.State.OPEN
# Longer messages exist (stack traces of managed packages); nobody reads beyond this.
_MESSAGE_LIMIT = 8000


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """What one recording changed, as ids of sync errors, and the numbers it was given."""

    opened: tuple[int, ...]
    reopened: tuple[int, ...]
    resolved: tuple[int, ...]
    still_failing: tuple[int, ...]
    write_no: int
    from_seq: int  # its events are those with from_seq < seq <= to_seq
    to_seq: int


def record_outcomes(
    *,
    connection_id: int,
    outcomes: Iterable[Outcome],
    also: Callable[[], None] | None = None,
    resync_claim: ResyncClaim | None = None,
    source: str = RecordAttempt.Source.SYNC,
) -> RecordingResult:
    """Stores what a page of outcomes says, and `also()` with it, in one short transaction.

    A synced or skipped outcome closes the open rows of its record and direction; a failed one those which it
    does not name any more. Judging happens before the transaction, so that the lock
    is held for the writing alone. The number of queries does not depend on how many errors or records the
    outcomes touch, but for SQLite's limit of variables (one more insert for each 50 to 60 rows). Saved views that hold a
    record which changed its state are told in one lookup and one update.

    With `resync_claim` the result counts only while the claim's lease holds (raises LeaseLost and stores
    nothing otherwise), and closes only rows whose last failure is not newer than the claim. `source`, a
    RecordAttempt.Source, is what the records' histories say these tries came from.
    """
    folded = fold(connection_id=connection_id, outcomes=outcomes)
    with transaction.atomic():
        ledger = Ledger(connection_id=connection_id)
        if resync_claim is not None:
            resync_claim.renew()
        result = _Writing(ledger, folded, resync_claim, source).run()
        if also is not None:
            also()
    return result


class _Writing:
    """The steps of one recording transaction, the stream row being locked."""

    def __init__(
        self, ledger: Ledger, folded: Folded, claim: ResyncClaim | None, source: str
    ) -> None:
        self.ledger = ledger
        self.folded = folded
        self.source = source
        self.newest_closable = claim.write_no if claim else None
        self.opened: list[SyncError] = []
        self.reopened: list[SyncError] = []
        self.resolved: list[SyncError] = []
        self.still_failing: list[SyncError] = []
        self.outgrown: list[SyncError] = []  # ignored until now, and grown beyond what that was for

    def run(self) -> RecordingResult:
        rows = self._rows()
        errors = self._errors(rows)
        by_fingerprint = {error.fingerprint: error for error in errors.values()}
        overcome = [row for row in rows if self._is_overcome(row, errors[row.error_id])]

        known_rows = {(row.error_id, row.record_key): row for row in rows}
        failed: list[tuple[SyncError, FoldedRecord, AffectedRecord | None, str]] = []
        before = {error.fingerprint: error.status for error in errors.values()}
        changed: dict[UUID, SyncError] = {}
        for row in overcome:
            error = errors[row.error_id]
            changed[error.fingerprint] = error
            self._move_record(error, row.record_key, -1)
        for fingerprint, folded in sorted(self.folded.errors.items()):
            error = by_fingerprint.get(fingerprint) or self._new_error(fingerprint, folded)
            changed[fingerprint] = error
            error.last_seen_at = max(self.ledger.now, error.first_seen_at)
            error.failures += folded.failures
            error.details = _details(folded)
            for record in folded.records.values():
                row_before = known_rows.get((error.pk, record.key)) if error.pk else None
                if row_before is None or row_before.state != _OPEN:
                    self._move_record(error, record.key, +1)
                failed.append((error, record, row_before, folded.direction))

        for fingerprint, error in sorted(changed.items()):
            self._settle(error, before.get(fingerprint))
        self._store_errors(list(changed.values()))
        self._store_records(failed)
        self._close_records(overcome)
        keep_attempts(
            connection_id=self.ledger.connection_id,
            tries=self.folded.tries,
            rows=rows,
            error_ids={error.fingerprint: error.pk for error in changed.values()},
            source=self.source,
            now=self.ledger.now,
        )
        # While they were ignored their records were not counted, so all that are stored as open are new.
        count_open_records(self.ledger, self.outgrown, +1)
        self._tell_views(overcome, [row for _, _, row, _ in failed])
        self.ledger.close()
        return RecordingResult(
            opened=tuple(error.pk for error in self.opened),
            reopened=tuple(error.pk for error in self.reopened),
            resolved=tuple(error.pk for error in self.resolved),
            still_failing=tuple(error.pk for error in self.still_failing),
            write_no=self.ledger.write_no,
            from_seq=self.ledger.from_seq,
            to_seq=self.ledger.to_seq,
        )

    def _rows(self) -> list[AffectedRecord]:
        """Every row, open or not, of the records that the outcomes speak of."""
        return [
            row
            for part in chunks(self.folded.keys)
            for row in AffectedRecord.objects.filter(
                connection_id=self.ledger.connection_id, record_key__in=part
            )
        ]

    def _errors(self, rows: list[AffectedRecord]) -> dict[int, SyncError]:
        errors: dict[int, SyncError] = {}
        for part in chunks(sorted(self.folded.errors)):
            for error in SyncError.objects.filter(
                connection_id=self.ledger.connection_id, fingerprint__in=part
            ):
                errors[error.pk] = error
        missing = sorted({row.error_id for row in rows} - errors.keys())
        for part in chunks(missing):
            errors |= SyncError.objects.in_bulk(part)
        return errors

    def _is_overcome(self, row: AffectedRecord, error: SyncError) -> bool:
        named = self.folded.named.get((row.direction, row.record_key))
        return (
            row.state == _OPEN
            and named is not None
            and error.fingerprint not in named
            and (self.newest_closable is None or row.write_no <= self.newest_closable)
        )

    def _new_error(self, fingerprint: UUID, folded: FoldedError) -> SyncError:
        return SyncError(
            connection_id=self.ledger.connection_id,
            fingerprint=fingerprint,
            type=folded.judgement.type,
            code=folded.judgement.code,
            direction=folded.direction,
            hubspot_object=folded.hubspot_object,
            salesforce_object=folded.salesforce_object,
            opened_at=self.ledger.now,
            first_seen_at=self.ledger.now,
        )

    def _move_record(self, error: SyncError, record_key: str, change: int) -> None:
        error.open_records = max(0, error.open_records + change)
        if error.status != SyncError.Status.IGNORED:
            self.ledger.count_record(error.type, record_key, change)

    def _settle(self, error: SyncError, before: str | None) -> None:
        """Decides the status that follows from the open records; ignored errors stay ignored until they outgrow it."""
        if before == SyncError.Status.IGNORED:
            if has_outgrown(error):
                come_back(self.ledger, error)
                self.reopened.append(error)
                self.outgrown.append(error)
            return
        if error.open_records == 0:
            if before == SyncError.Status.OPEN:
                error.status = SyncError.Status.RESOLVED
                error.resolved_at = self.ledger.now
                self.resolved.append(error)
                self.ledger.count_error(error.type, -1)
                self.ledger.event(error, ErrorEvent.Kind.RESOLVED)
            return
        if before == SyncError.Status.OPEN:
            if error.fingerprint in self.folded.errors:
                self.still_failing.append(error)
            return
        if before is None:
            self.opened.append(error)
            self.ledger.count_error(error.type, +1)
            self.ledger.event(error, ErrorEvent.Kind.OPENED)
            return
        come_back(self.ledger, error)
        self.reopened.append(error)

    def _store_errors(self, errors: list[SyncError]) -> None:
        """Inserts and updates in one statement: the numbers are exact, being read behind the lock."""
        ids = {error.fingerprint: error.pk for error in errors}
        for error in errors:
            error.pk = None  # the unique key decides which row it is
        SyncError.objects.bulk_create(
            errors,
            update_conflicts=True,
            unique_fields=["connection", "fingerprint"],
            update_fields=[
                "status",
                "details",
                "opened_at",
                "last_seen_at",
                "resolved_at",
                "times_reopened",
                "failures",
                "open_records",
                *IGNORE_FIELDS,
            ],
        )
        for error in errors:
            error.pk = ids[error.fingerprint] or error.pk

    def _store_records(
        self, failed: list[tuple[SyncError, FoldedRecord, AffectedRecord | None, str]]
    ) -> None:
        AffectedRecord.objects.bulk_create(
            [
                AffectedRecord(
                    error_id=error.pk,
                    connection_id=self.ledger.connection_id,
                    type=error.type,
                    direction=direction,
                    record_key=record.key,
                    hubspot_object=record.record.hubspot_object,
                    salesforce_object=record.record.salesforce_object,
                    hubspot_id=record.record.hubspot_id,
                    salesforce_id=record.record.salesforce_id,
                    label=record.record.label.replace("\x00", "")[:255],
                    email=record.record.email.replace("\x00", "")[:254],
                    failures=record.failures + (row.failures if row else 0),
                    first_seen_at=row.first_seen_at if row else self.ledger.now,
                    last_seen_at=self.ledger.now,
                    write_no=self.ledger.write_no,
                    message=record.message[:_MESSAGE_LIMIT],
                )
                for error, record, row, direction in failed
            ],
            update_conflicts=True,
            unique_fields=["error", "record_key"],
            update_fields=[
                "direction",
                "hubspot_id",
                "salesforce_id",
                "label",
                "email",
                "state",
                "failures",
                "last_seen_at",
                "write_no",
                "message",
            ],
        )

    def _close_records(self, rows: list[AffectedRecord]) -> None:
        """Closes rows; one that has got its partner's id with its first success learns it: views show both."""
        met = []
        for row in rows:
            record = self.folded.records[row.record_key]
            ids = (record.hubspot_id or row.hubspot_id, record.salesforce_id or row.salesforce_id)
            if ids != (row.hubspot_id, row.salesforce_id):
                row.hubspot_id, row.salesforce_id = ids
                met.append(row)
        AffectedRecord.objects.bulk_update(met, ["hubspot_id", "salesforce_id"], batch_size=200)
        for part in chunks([row.pk for row in rows]):
            AffectedRecord.objects.filter(pk__in=part).update(state=AffectedRecord.State.RESOLVED)

    def _tell_views(
        self, closed: list[AffectedRecord], failed: list[AffectedRecord | None]
    ) -> None:
        """Keeps the numbers of saved views true; no query when no known record changed its state."""
        reopened = [row for row in failed if row is not None and row.state != _OPEN]
        records_changed(record_ids=[row.pk for row in (*closed, *reopened)])


def _details(folded: FoldedError) -> dict[str, Any]:
    """The facts of the newest failure, with the record that failed last where a panel shows that record."""
    details = dict(folded.judgement.details)
    if folded.judgement.type == ErrorType.DUPLICATES and folded.records:
        record = list(folded.records.values())[-1].record
        details["record"] = {
            "hubspot_id": record.hubspot_id,
            "salesforce_id": record.salesforce_id,
            "label": record.label,
        }
    stored: dict[str, Any] = storable(details)
    return stored

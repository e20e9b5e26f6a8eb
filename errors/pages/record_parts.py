"""Everything that is known of one record: its values on both sides, its errors, its tries. No call to a CRM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from common.pages import Key, Page, keyset_page
from errors import presenters, selectors
from errors.identity import Identity, identify_row
from errors.models import AffectedRecord, RecordAttempt, ResyncBatch, SyncError
from errors.resync.refusals import MAX_ERRORS
from errors.types import ErrorType
from integrations.models import Connection
from integrations.record_values import PairValues, record_values

EARLIER = 20
_NEWEST_FIRST = (Key("id", int, descending=True),)


@dataclass(frozen=True, slots=True)
class ErrorOfRecord:
    """One affected row of the record with its error, and the batch that works on it now."""

    row: AffectedRecord
    error: SyncError
    type: ErrorType
    title: str
    summary: str
    batch: ResyncBatch | None


@dataclass(frozen=True, slots=True)
class RunOfTries:
    """A run of equal tries with the causes of the errors that it named."""

    run: RecordAttempt
    causes: list[str]


@dataclass(frozen=True, slots=True)
class RecordPage:
    row: AffectedRecord  # the row of the address; the page is about its record
    identity: Identity
    urls: dict[str, str]
    values: list[PairValues]
    open_errors: list[ErrorOfRecord]
    earlier_errors: list[ErrorOfRecord]
    more_earlier: bool  # there are older ones than those
    attempts: Page[RecordAttempt]
    runs: list[RunOfTries]

    @property
    def live(self) -> ResyncBatch | None:
        """A batch that works on an error of this record now; its own rather than one of many records."""
        batches = [one.batch for one in self.open_errors if one.batch]
        own = [batch for batch in batches if batch.record_key in self.identity.keys]
        return next(iter(own or batches), None)

    def stopped_by(self, pair: PairValues) -> list[ErrorOfRecord]:
        """The open errors of the record that name this pair, by whichever end the refusal named."""
        return [one for one in self.open_errors if _names(one.error, pair)]

    @property
    def may_resync(self) -> bool:
        """Whether pressing Resync does anything: some open error is in no live batch."""
        return any(one.batch is None for one in self.open_errors)


def get_row(*, connection_id: int, record_id: int) -> AffectedRecord:
    """An affected row of the connection; raises AffectedRecord.DoesNotExist. One query."""
    return AffectedRecord.objects.get(connection_id=connection_id, pk=record_id)


def record_page(
    *, connection: Connection, row: AffectedRecord, cursor: str | None = None, limit: int = 20
) -> RecordPage:
    """The record that `row` is about, with the `limit` runs of tries at `cursor`. Raises BadCursor.

    Nine queries, whatever it has: mapping, link, pairs, labels; open rows, earlier rows, batches at work;
    runs, and the errors that they name. Two fewer for objects that are not mapped any more.
    """
    identity = identify_row(row=row)
    attempts = keyset_page(
        RecordAttempt.objects.filter(connection_id=connection.pk, record_key__in=identity.keys),
        keys=_NEWEST_FIRST,
        listing="record-attempts",
        cursor=cursor,
        limit=limit,
    )
    rows = AffectedRecord.objects.filter(
        connection_id=connection.pk, record_key__in=identity.keys
    ).select_related("error")
    open_rows = list(
        rows.filter(state=AffectedRecord.State.OPEN).order_by("-last_seen_at", "-id")[:MAX_ERRORS]
    )
    earlier = list(
        rows.filter(state=AffectedRecord.State.RESOLVED).order_by("-last_seen_at", "-id")[
            : EARLIER + 1
        ]
    )
    batches = selectors.live_batch_of_errors(error_ids=[one.error_id for one in open_rows])
    causes = _causes(attempts.items)
    return RecordPage(
        row=row,
        identity=identity,
        urls={
            "hubspot": presenters.hubspot_url(
                connection,
                hubspot_object=identity.record.hubspot_object,
                record_id=identity.record.hubspot_id,
            ),
            "salesforce": connection.salesforce_url(
                sobject=identity.record.salesforce_object,
                record_id=identity.record.salesforce_id,
            ),
        },
        values=record_values(mapping=identity.mapping, link=identity.link)
        if identity.mapping
        else [],
        open_errors=_errors(open_rows, batches),
        earlier_errors=_errors(earlier[:EARLIER], {}),
        more_earlier=len(earlier) > EARLIER,
        attempts=attempts,
        runs=[
            RunOfTries(run, [causes[pk] for pk in run.error_ids if pk in causes])
            # Pages follow the beginnings of the runs; of two directions the one that was tried last comes first.
            for run in sorted(attempts.items, key=lambda run: run.last_at, reverse=True)
        ],
    )


def _names(error: SyncError, pair: PairValues) -> bool:
    details = error.details or {}
    ends = {
        "hubspot_property": pair.hubspot_property,
        "salesforce_field": pair.salesforce_field,
    }
    named = {name: details[name] for name in ends if details.get(name)}
    return bool(named) and all(ends[name] == value for name, value in named.items())


def _errors(
    rows: Iterable[AffectedRecord], batches: Mapping[int, ResyncBatch]
) -> list[ErrorOfRecord]:
    return [
        ErrorOfRecord(
            row=row,
            error=row.error,
            type=ErrorType(row.error.type),
            title=presenters.title(row.error),
            summary=presenters.summary(row.error),
            batch=batches.get(row.error_id),
        )
        for row in rows
    ]


def _causes(runs: Iterable[RecordAttempt]) -> dict[int, str]:
    """The causes of the errors that the runs name, by error id. One query, of at most 500 errors."""
    ids = sorted({pk for run in runs for pk in run.error_ids})[:500]
    named: list[Any] = list(SyncError.objects.filter(pk__in=ids).only("type", "code"))
    return {error.pk: presenters.title(error) for error in named}

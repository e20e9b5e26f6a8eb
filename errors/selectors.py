"""Reads of errors for pages, the API and exports. No count and no offset: what these cost does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from common.pages import Key, Page, keyset_chunks, keyset_page
from errors.filters import ErrorFilters as ErrorFilters
from errors.filters import filtered_errors as filtered_errors
from errors.filters import record_matches
from errors.models import AffectedRecord, ErrorCounter, ResyncBatch, ResyncItem, SyncError
from errors.types import ErrorType

NEWEST = "newest"
_ID_DOWN = Key("id", int, descending=True)
SORTS: dict[str, tuple[Key, ...]] = {
    NEWEST: (Key("opened_at", datetime, descending=True), _ID_DOWN),
    "records": (Key("open_records", int, descending=True), _ID_DOWN),
    "last-seen": (Key("last_seen_at", datetime, descending=True), _ID_DOWN),
    "first-seen": (Key("first_seen_at", datetime), Key("id", int)),
}
_OPEN_ERRORS = ErrorFilters()
_BY_ID = (Key("id", int),)
_BY_KEY = (Key("record_key", str),)
_NEWEST_FIRST = (_ID_DOWN,)


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the tab: how many open errors of a type there are and how many distinct records fail."""

    type: ErrorType
    label: str
    errors: int
    records: int


def error_type_cards(*, connection_id: int) -> list[Card]:
    """The eight cards in their order. One query, eight rows."""
    counters = {
        counter.type: counter
        for counter in ErrorCounter.objects.filter(connection_id=connection_id)
    }
    cards = []
    for kind in ErrorType:
        counter = counters.get(kind)
        cards.append(
            Card(
                type=kind,
                label=str(kind.label),
                errors=counter.open_errors if counter else 0,
                records=counter.open_records if counter else 0,
            )
        )
    return cards


def errors_page(
    *,
    connection_id: int,
    filters: ErrorFilters = _OPEN_ERRORS,
    sort: str = NEWEST,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[SyncError]:
    """Errors with who has them and who ignored them, in the order of `sort`, one of SORTS. One query.

    Raises BadCursor, also for a cursor of another order.

    Open errors of one type are read along an index in every order but `last-seen`, which has none on purpose:
    each failure would move its error in it. That order sorts the open errors of the type: 67 ms on SQLite and
    61 ms on PostgreSQL with 100,000 of them, where the others take 2 ms. Errors that are not open, or of any status, are
    read along an index when the newest come first, and sorted in the other orders.
    `search` looks into what the error says and into the names, ids and messages of its records; it reads
    until the page is full, so a word that is nowhere costs a walk over all errors of the filter. So does any other
    filter that few errors pass. On PostgreSQL indexes find the records of open errors: 0.2 s for such a word with
    100,000 errors and a million records. SQLite walks over the records as well.
    Orders by what changes (`records`, `last-seen`) show a row again, or miss it, when it moves between two pages.
    """
    return keyset_page(
        filtered_errors(connection_id=connection_id, filters=filters).select_related(
            "assigned_to", "ignored_by"
        ),
        keys=SORTS[sort],
        listing="errors" if sort == NEWEST else f"errors.{sort}",
        cursor=cursor,
        limit=limit,
    )


def has_ignored(*, connection_id: int, error_type: str) -> bool:
    """Whether any error of the type is ignored. One query, one entry of an index."""
    return SyncError.objects.filter(
        connection_id=connection_id, type=error_type, status=SyncError.Status.IGNORED
    ).exists()


def get_error(*, connection_id: int, error_id: int) -> SyncError:
    """One error of the connection with who has it; raises SyncError.DoesNotExist. One query."""
    return SyncError.objects.select_related("assigned_to", "ignored_by").get(
        connection_id=connection_id, pk=error_id
    )


def records_page(
    *,
    error_id: int,
    state: str = AffectedRecord.State.OPEN,
    cursor: str | None = None,
    limit: int = 50,
    search: str | None = None,
) -> Page[AffectedRecord]:
    """The records that an error stops now, in the order in which it met them; or those that it stopped, by their
    keys, since only the others have an index of their own. One query. Raises BadCursor."""
    still = state == AffectedRecord.State.OPEN
    return keyset_page(
        _records_in(state, search),
        keys=_BY_ID if still else _BY_KEY,
        listing="records" if still else "records.resolved",
        cursor=cursor,
        limit=limit,
        within=("error_id", error_id),
    )


def records_of_error(
    *, error_id: int, state: str = AffectedRecord.State.OPEN, search: str | None = None
) -> QuerySet[AffectedRecord, AffectedRecord]:
    """The records that an error stops now, or stopped, narrowed by a search; in no order yet."""
    return _records_in(state, search).filter(error_id=error_id)


def every_record_of_error(
    *, error_id: int, state: str = AffectedRecord.State.OPEN, search: str | None = None
) -> Iterator[AffectedRecord]:
    """All of them in the order of `records_page`, read in keyset chunks, so that memory stays flat."""
    still = state == AffectedRecord.State.OPEN
    return keyset_chunks(
        _records_in(state, search),
        key="id" if still else "record_key",
        start=0 if still else "",
        within=("error_id", error_id),
    )


def _records_in(state: str, search: str | None) -> QuerySet[AffectedRecord, AffectedRecord]:
    """Records of whatever error."""
    records = AffectedRecord.objects.filter(state=state)
    return records.filter(record_matches(search.strip())) if search and search.strip() else records


def row_of_record(*, connection_id: int, record_key: str) -> AffectedRecord | None:
    """The newest affected row under a record's key, for a link to its page. One query."""
    rows = AffectedRecord.objects.filter(connection_id=connection_id, record_key=record_key)
    return rows.order_by("-last_seen_at", "-id").first()


def resync_batches_page(
    *, connection_id: int, cursor: str | None = None, limit: int = 50
) -> Page[ResyncBatch]:
    """Batches, newest first, with who asked for them. One query. Raises BadCursor."""
    return keyset_page(
        ResyncBatch.objects.filter(connection_id=connection_id).select_related("requested_by"),
        keys=_NEWEST_FIRST,
        listing="resync-batches",
        cursor=cursor,
        limit=limit,
    )


def get_batch(*, connection_id: int, public_id: UUID | str) -> ResyncBatch:
    """One batch; raises ResyncBatch.DoesNotExist (also for what is no UUID). One query."""
    try:
        handle = UUID(str(public_id))
    except ValueError:
        raise ResyncBatch.DoesNotExist from None
    return ResyncBatch.objects.select_related("requested_by", "job").get(
        connection_id=connection_id, public_id=handle
    )


def batch_items(*, batch_id: int) -> list[ResyncItem]:
    """The items of a batch (at most 100) with their errors. One query."""
    return list(ResyncItem.objects.filter(batch_id=batch_id).select_related("error").order_by("id"))


def live_batch_of_errors(*, error_ids: list[int]) -> dict[int, ResyncBatch]:
    """For those of `error_ids` that are being resynced now: their batch. One query; at most 500 ids."""
    return {
        item.error_id: item.batch
        for item in ResyncItem.objects.filter(
            error_id__in=error_ids[:500], state__in=ResyncItem.LIVE
        ).select_related("batch")
    }

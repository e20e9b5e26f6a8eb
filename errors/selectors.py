"""Reads of errors for pages, the API and exports. No count and no offset: what these cost does not grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.pages import Key, Page, keyset_page
from errors.models import AffectedRecord, ErrorCounter, ResyncBatch, ResyncItem, SyncError
from errors.types import ErrorType

_BY_OPENING = (
    Key("opened_at", datetime, descending=True),
    Key("id", int, descending=True),
)
_BY_ID = (Key("id", int),)
_NEWEST_FIRST = (Key("id", int, descending=True),)


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the tab: how many open errors of a type there are and how many distinct records fail."""

    type: ErrorType
    label: str
    errors: int
    records: int


@dataclass(frozen=True, slots=True)
class ErrorFilters:
    """What a listing or an export of errors is narrowed to; empty values narrow nothing."""

    type: str | None = None
    code: str | None = None
    search: str | None = None
    status: str | None = SyncError.Status.OPEN


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


def filtered_errors(*, connection_id: int, filters: ErrorFilters) -> QuerySet[SyncError, SyncError]:
    """The errors of a connection that `filters` let through, in no order yet."""
    errors = SyncError.objects.filter(connection_id=connection_id)
    if filters.status:
        errors = errors.filter(status=filters.status)
    if filters.type:
        errors = errors.filter(type=filters.type)
    if filters.code:
        errors = errors.filter(code=filters.code)
    if filters.search and filters.search.strip():
        only_open = filters.status == SyncError.Status.OPEN
        errors = errors.filter(_matches(filters.search.strip(), only_open=only_open))
    return errors


def errors_page(
    *,
    connection_id: int,
    type: str | None = None,  # noqa: A002 - the word of the address and the API
    code: str | None = None,
    search: str | None = None,
    status: str | None = SyncError.Status.OPEN,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[SyncError]:
    """Errors, newest first. `status=None` means all. One query. Raises BadCursor.

    `search` looks into what the error says and into the names, ids and messages of its records; it reads
    until the page is full, so a word that is nowhere costs a walk over all errors of the filter.
    """
    filters = ErrorFilters(type=type, code=code, search=search, status=status)
    return keyset_page(
        filtered_errors(connection_id=connection_id, filters=filters),
        keys=_BY_OPENING,
        listing="errors",
        cursor=cursor,
        limit=limit,
    )


def get_error(*, connection_id: int, error_id: int) -> SyncError:
    """One error of the connection; raises SyncError.DoesNotExist. One query."""
    return SyncError.objects.get(connection_id=connection_id, pk=error_id)


def records_page(
    *,
    error_id: int,
    cursor: str | None = None,
    limit: int = 50,
    search: str | None = None,
) -> Page[AffectedRecord]:
    """The records that an error stops now, in the order in which it met them. One query. Raises BadCursor."""
    records = AffectedRecord.objects.filter(error_id=error_id, state=AffectedRecord.State.OPEN)
    if search and search.strip():
        records = records.filter(record_matches(search.strip()))
    return keyset_page(records, keys=_BY_ID, listing="records", cursor=cursor, limit=limit)


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
    return ResyncBatch.objects.select_related("requested_by").get(
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


def record_matches(term: str) -> Q:
    """Affected records whose name, id or message holds `term`."""
    return (
        Q(label__icontains=term)
        | Q(hubspot_id=term)
        | Q(salesforce_id__istartswith=term)
        | Q(message__icontains=term)
    )


def _matches(term: str, *, only_open: bool) -> Q:
    records = AffectedRecord.objects.filter(record_matches(term), error_id=OuterRef("pk"))
    if only_open:
        records = records.filter(state=AffectedRecord.State.OPEN)
    texts = Q(code__icontains=term)
    for key in ("message", "value", "hubspot_property", "salesforce_field"):
        texts |= Q(**{f"details__{key}__icontains": term})
    if term.isdecimal() and len(term) < 19:
        texts |= Q(pk=int(term))
    return texts | Q(Exists(records))

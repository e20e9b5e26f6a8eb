"""What the panel of one error type shows: the filter, the rows with their type's columns, the batch at work."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import pgettext

from common import clock
from common.pages import Page
from errors import catalogue, presenters, selectors
from errors.filter_input import DIRECTIONS
from errors.filters import AGES, ALL, ErrorFilters
from errors.jobs.filter_words import query_of
from errors.models import ResyncBatch, SyncError
from errors.pages.initials import initials
from errors.pages.panel_filter import NARROWING, SIZES, SORT_LABELS
from errors.pages.panel_filter import Filter as Filter
from errors.resync.refusals import MAX_ERRORS
from errors.selectors import NEWEST
from errors.types import ErrorType
from integrations.models import Connection

# A finished batch stays above the list this long, so that whoever looked away still sees how it ended.
_SHOWN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Cell:
    key: str
    heading: str
    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    error: SyncError
    title: str
    summary: str
    cells: list[Cell]
    facts: dict[str, Any]
    batch: ResyncBatch | None
    ticked: bool
    initials: str  # of who has it


def rows(
    *, connection: Connection, page: Page[SyncError], ticked: frozenset[int] = frozenset()
) -> list[Row]:
    """The rows of a page. One query for the batches that work on them now, and one for what a type looks up."""
    live = selectors.live_batch_of_errors(error_ids=[error.pk for error in page.items])
    facts = presenters.fields_of_page(page.items, connection=connection)
    return [
        _row(error, facts[error.pk], live.get(error.pk), error.pk in ticked) for error in page.items
    ]


def _row(error: SyncError, facts: dict[str, Any], batch: ResyncBatch | None, ticked: bool) -> Row:
    return Row(
        error=error,
        title=presenters.title(error),
        summary=presenters.summary(error),
        cells=[
            Cell(column.key, str(column.heading), facts.get(column.key, ""))
            for column in presenters.columns(error.type)
        ],
        facts=facts,
        batch=batch,
        ticked=ticked,
        initials=initials(error.assigned_to) if error.assigned_to else "",
    )


def latest_batch(*, connection: Connection, of_type: str | None = None) -> ResyncBatch | None:
    """The newest batch, while it runs or shortly after; with `of_type` its end is told only where its errors are.

    One query, one row; a second one for a batch that has ended.
    """
    page = selectors.resync_batches_page(connection_id=connection.pk, limit=1)
    batch = page.items[0] if page.items else None
    if batch is None or batch.state != ResyncBatch.State.FINISHED:
        return batch
    ended = batch.finished_at or batch.created_at
    if clock.now() - ended >= _SHOWN_AFTER:
        return None
    if of_type and not batch.items.filter(error__type=of_type).exists():
        return None
    return batch


def panel(
    *,
    connection: Connection,
    error_type: str,
    chosen: Filter,
    ticked: frozenset[int] = frozenset(),
    refusal: str = "",
) -> dict[str, Any]:
    """The context of `errors/panel.html`. Five queries, one more for a type that looks records up or has no open
    error, and one after a resync, however many errors there are. Raises BadCursor."""
    page = selectors.errors_page(
        connection_id=connection.pk,
        filters=chosen.filters,
        sort=chosen.sort,
        cursor=chosen.cursor or None,
        limit=chosen.size,
    )
    return {
        "type": ErrorType(error_type),
        "about": catalogue.get_type(error_type).description,
        "filter": chosen,
        "chips": chosen.chips(),
        "clear_query": chosen.query(**dict.fromkeys(NARROWING, "")),
        "problems": chosen.problems,
        "sizes": SIZES,
        "sort_labels": SORT_LABELS,
        "ages": AGES,
        "directions": DIRECTIONS,
        "causes": chosen.choices.causes(error_type),
        "objects": chosen.choices.objects,
        "members": chosen.choices.members,
        "views": _views(chosen),
        "sorting": _sorting(chosen),
        "headings": [str(column.heading) for column in presenters.columns(error_type)],
        "rows": rows(connection=connection, page=page, ticked=ticked),
        "next_query": chosen.query(cursor=page.next_cursor) if page.next_cursor else "",
        "previous_query": chosen.query(cursor=page.previous_cursor) if page.previous_cursor else "",
        "matching": _matching(chosen.filters),
        "here_query": chosen.query(cursor=chosen.cursor),
        "idempotency_key": uuid.uuid4(),
        "most": MAX_ERRORS,
        "refusal": refusal,
        "ignored_query": "" if page.items else _ignored_query(connection, error_type, chosen),
        "batch": latest_batch(connection=connection, of_type=error_type),
    }


def _ignored_query(connection: Connection, error_type: str, chosen: Filter) -> str:
    """The query of the ignored errors where they are all there is: a type without open errors may still fail."""
    if chosen.active or chosen.status != SyncError.Status.OPEN:
        return ""
    ignored = selectors.has_ignored(connection_id=connection.pk, error_type=error_type)
    return chosen.query(status=SyncError.Status.IGNORED) if ignored else ""


def _matching(filters: ErrorFilters) -> str:
    """The query of the pages that work on the records of all errors of the filter."""
    only = filters.only_type
    return urlencode({"type": only} if only else {"filter": query_of(filters)})


def _views(chosen: Filter) -> list[dict[str, Any]]:
    """Open, ignored, resolved and all, each with the filter kept."""
    labels = {
        SyncError.Status.OPEN.value: pgettext("tab", "Open"),
        SyncError.Status.IGNORED.value: pgettext("tab", "Ignored"),
        SyncError.Status.RESOLVED.value: pgettext("tab", "Resolved"),
        ALL: pgettext("tab", "All"),
    }
    return [
        {
            "label": label,
            "query": chosen.query(status=status),
            "current": chosen.status == status,
        }
        for status, label in labels.items()
    ]


def _sorting(chosen: Filter) -> dict[str, dict[str, str]]:
    """What the headings that sort lead to, and their aria-sort. "Seen" goes from last to first to newest."""
    seen = {"last-seen": ("first-seen", "descending"), "first-seen": (NEWEST, "ascending")}
    after, now = seen.get(chosen.sort, ("last-seen", ""))
    by_records = chosen.sort == "records"
    return {
        "records": {
            "query": chosen.query(sort=NEWEST if by_records else "records"),
            "aria": "descending" if by_records else "",
        },
        "seen": {"query": chosen.query(sort=after), "aria": now},
    }

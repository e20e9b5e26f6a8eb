"""What the panel of one error type shows: the filter, the rows with their type's columns, the batch at work."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from common import clock
from common.pages import Page
from errors import catalogue, presenters, selectors
from errors.models import ResyncBatch, SyncError
from errors.resync.refusals import MAX_ERRORS
from errors.types import ErrorType
from integrations.models import Connection

SIZES = (50, 100, 200)
# A finished batch stays above the list this long, so that whoever looked away still sees how it ended.
_SHOWN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address narrows the list to; nonsense in it narrows nothing."""

    search: str = ""
    code: str = ""
    cursor: str = ""
    size: int = SIZES[0]

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        size = query.get("size", "")
        return cls(
            search=query.get("search", "").replace("\x00", "").strip()[:200],
            code=query.get("code", "").replace("\x00", "")[:60],
            cursor=query.get("cursor", ""),
            size=int(size) if size in map(str, SIZES) else SIZES[0],
        )

    @property
    def active(self) -> bool:
        return bool(self.search or self.code)

    def query(self, *, cursor: str = "") -> str:
        """The query string of this filter, at `cursor`; "" when there is nothing to say."""
        parts = {"search": self.search, "code": self.code, "cursor": cursor}
        if self.size != SIZES[0]:
            parts["size"] = str(self.size)
        kept = {key: value for key, value in parts.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


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


def rows(
    *, connection: Connection, page: Page[SyncError], ticked: frozenset[int] = frozenset()
) -> list[Row]:
    """The rows of a page. One query, for the batches that work on them now."""
    live = selectors.live_batch_of_errors(error_ids=[error.pk for error in page.items])
    return [_row(connection, error, live.get(error.pk), error.pk in ticked) for error in page.items]


def _row(connection: Connection, error: SyncError, batch: ResyncBatch | None, ticked: bool) -> Row:
    facts = presenters.fields(error, connection=connection)
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
    )


def latest_batch(*, connection: Connection) -> ResyncBatch | None:
    """The newest batch, while it runs or shortly after. One query, one row."""
    page = selectors.resync_batches_page(connection_id=connection.pk, limit=1)
    batch = page.items[0] if page.items else None
    if batch is None or batch.state != ResyncBatch.State.FINISHED:
        return batch
    ended = batch.finished_at or batch.created_at
    return batch if clock.now() - ended < _SHOWN_AFTER else None


def panel(
    *,
    connection: Connection,
    error_type: str,
    chosen: Filter,
    ticked: frozenset[int] = frozenset(),
    refusal: str = "",
) -> dict[str, Any]:
    """The context of `errors/panel.html`. Three queries, however many errors there are. Raises BadCursor."""
    page = selectors.errors_page(
        connection_id=connection.pk,
        filters=selectors.ErrorFilters(
            type=error_type, code=chosen.code or None, search=chosen.search or None
        ),
        cursor=chosen.cursor or None,
        limit=chosen.size,
    )
    return {
        "type": ErrorType(error_type),
        "about": catalogue.get_type(error_type).description,
        "filter": chosen,
        "sizes": SIZES,
        "causes": causes_of(error_type),
        "headings": [str(column.heading) for column in presenters.columns(error_type)],
        "rows": rows(connection=connection, page=page, ticked=ticked),
        "next_query": chosen.query(cursor=page.next_cursor) if page.next_cursor else "",
        "previous_query": chosen.query(cursor=page.previous_cursor) if page.previous_cursor else "",
        "here_query": chosen.query(cursor=chosen.cursor),
        "idempotency_key": uuid.uuid4(),
        "most": MAX_ERRORS,
        "refusal": refusal,
        "batch": latest_batch(connection=connection),
    }


def causes_of(error_type: str) -> list[tuple[str, str]]:
    """(code, title) of the catalogue's causes of a type, for the filter."""
    return sorted(
        ((cause.slug, str(cause.title)) for cause in catalogue.causes_of(error_type)),
        key=lambda pair: pair[1],
    )

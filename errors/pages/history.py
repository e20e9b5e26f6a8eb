"""The history of a connection's errors, and the log of its resync batches."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import connection_view
from common.pages import BadCursor, Page
from errors import selectors
from errors.history import PERIODS, history, types_of_batches
from errors.models import ResyncBatch
from errors.types import ErrorType
from integrations.models import Connection

_DEFAULT_PERIOD = 30
_NEWEST_BATCHES = 10


@require_safe
@connection_view()
def trends(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Errors opened, came back and resolved, the time to resolve, the newest batches. Three queries of its own."""
    period = _period(request.GET.get("days", ""))
    kind = _type(request.GET.get("type", ""))
    told = history(connection_id=connection.pk, days=period, error_type=kind)
    batches = selectors.resync_batches_page(connection_id=connection.pk, limit=_NEWEST_BATCHES)
    return render(
        request,
        "errors/history.html",
        {
            "connection": connection,
            "section": "history",
            "history": told,
            "period": period,
            "periods": [
                {"days": days, "label": _days(days), "query": _query(days, kind)}
                for days in PERIODS
            ],
            "type": ErrorType(kind) if kind else None,
            "types": list(ErrorType),
            "rows": [
                {"type": one, "numbers": numbers, "query": _query(period, one.value)}
                for one, numbers in told.types.items()
            ],
            "all_query": _query(period, ""),
            "batches": log_rows(batches),
        },
    )


@require_safe
@connection_view()
def batch_log(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Who resynced what, and how it ended. Newest first. Two queries of its own."""
    try:
        page = selectors.resync_batches_page(
            connection_id=connection.pk, cursor=request.GET.get("cursor") or None
        )
    except BadCursor:
        raise Http404("No such page.") from None
    return render(
        request,
        "errors/batch_log.html",
        {"connection": connection, "section": "resync", "page": page, "batches": log_rows(page)},
    )


def log_rows(page: Page[ResyncBatch]) -> list[dict[str, Any]]:
    """The batches of a page with what they hold, by type. One query."""
    types = types_of_batches(batch_ids=[batch.pk for batch in page.items])
    return [{"batch": batch, "types": types[batch.pk]} for batch in page.items]


def _period(text: str) -> int:
    """Raises Http404 for a period that there is none of: an address that lies about what it shows helps nobody."""
    if not text:
        return _DEFAULT_PERIOD
    if text not in map(str, PERIODS):
        raise Http404(_("There is no such period."))
    return int(text)


def _type(slug: str) -> str:
    if slug and slug not in ErrorType.values:
        raise Http404("No such error type.")
    return slug


def _days(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def _query(days: int, kind: str) -> str:
    return "?" + urlencode({"days": days} | ({"type": kind} if kind else {}))

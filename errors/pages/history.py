"""The history of a connection's errors, and the log of its resync batches."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import connection_view
from common import addresses
from common.pages import Page
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
    labels = {str(days): _days(days) for days in PERIODS}
    days = addresses.chosen(request, "days", label=_("Period"), allowed=labels)
    period = int(days or _DEFAULT_PERIOD)
    kind = addresses.chosen(request, "type", label=_("Error type"), allowed=dict(ErrorType.choices))
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
        status=addresses.status_of(request),
    )


@require_safe
@connection_view()
def batch_log(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Who resynced what, and how it ended. Newest first. Two queries of its own."""
    page = addresses.page_or_first(
        request,
        lambda cursor: selectors.resync_batches_page(connection_id=connection.pk, cursor=cursor),
    )
    return render(
        request,
        "errors/batch_log.html",
        {"connection": connection, "section": "resync", "page": page, "batches": log_rows(page)},
        status=addresses.status_of(request),
    )


def log_rows(page: Page[ResyncBatch]) -> list[dict[str, Any]]:
    """The batches of a page with what they hold, by type. One query."""
    types = types_of_batches(batch_ids=[batch.pk for batch in page.items])
    return [{"batch": batch, "types": types[batch.pk]} for batch in page.items]


def _days(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def _query(days: int, kind: str) -> str:
    return "?" + urlencode({"days": days} | ({"type": kind} if kind else {}))

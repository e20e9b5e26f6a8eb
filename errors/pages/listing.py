"""Pages below an error, and the pages of resync batches. The tab itself is `synchealth.views`."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import connection_view, may, signed_in
from accounts.models import Role
from common import addresses, clock
from common.csv import csv_response, style_of_reader
from common.htmx import render_part
from errors import about as about_error
from errors import exports, presenters, selectors
from errors.filter_input import SEARCH_LENGTH
from errors.filters import ErrorFilters
from errors.models import AffectedRecord, ResyncBatch, SyncError
from errors.pages.panel import Filter
from errors.types import ErrorType
from integrations.models import Connection

RECORD_STATES = {
    AffectedRecord.State.OPEN.value: gettext_lazy("Still failing"),
    AffectedRecord.State.RESOLVED.value: gettext_lazy("Resolved"),
}


def error_type_or_404(slug: str) -> ErrorType:
    if slug not in ErrorType.values:
        raise Http404("No such error type.")
    return ErrorType(slug)


def error_or_404(connection: Connection, error_id: int) -> SyncError:
    try:
        return selectors.get_error(connection_id=connection.pk, error_id=error_id)
    except (SyncError.DoesNotExist, OverflowError):
        raise Http404("No such error.") from None


def search_of(request: HttpRequest) -> str:
    """What the address searches for; told above the page and left out where nothing can hold it."""
    search = request.GET.get("search", "").strip()
    if len(search) > SEARCH_LENGTH or "\x00" in search:
        told = _("Search for at most 200 printable characters.")
        addresses.leave_out(request, f"{_('Search')}: {told}")
        return ""
    return search


def record_state_of(request: HttpRequest) -> str:
    """Which of an error's records the address asks for: those that still fail, unless it says otherwise."""
    chosen = addresses.chosen(request, "state", label=_("State"), allowed=RECORD_STATES)
    return chosen or AffectedRecord.State.OPEN


def _batch_or_404(connection: Connection, batch_id: uuid.UUID) -> ResyncBatch:
    try:
        return selectors.get_batch(connection_id=connection.pk, public_id=batch_id)
    except ResyncBatch.DoesNotExist:
        raise Http404("No such resync batch.") from None


@require_safe
@connection_view()
def about(request: HttpRequest, connection: Connection, error_id: int) -> HttpResponse:
    """What the error's cause means and how to resolve it: a dialog, or a page without JavaScript.

    At most four queries beside those of every page.
    """
    error = error_or_404(connection, error_id)
    context = about_error.about(error=error, connection=connection)
    return render_part(
        request,
        "errors/about.html",
        "body",
        {
            "connection": connection,
            "section": "health",
            "may_operate": may(role=connection.role, needed=Role.OPERATOR),
            **context,
        },
    )


@require_safe
@connection_view()
def records(request: HttpRequest, connection: Connection, error_id: int) -> HttpResponse:
    """The records an error keeps from syncing. Four queries, however many records."""
    error = error_or_404(connection, error_id)
    state, search = record_state_of(request), search_of(request)
    page = addresses.page_or_first(
        request,
        lambda cursor: selectors.records_page(
            error_id=error.pk, state=state, cursor=cursor, search=search
        ),
    )
    kept = {"state": state if state != AffectedRecord.State.OPEN else "", "search": search}
    kept_query = urlencode({name: value for name, value in kept.items() if value})
    return render(
        request,
        "errors/records.html",
        {
            "connection": connection,
            "section": "health",
            "error": error,
            "type": ErrorType(error.type),
            "title": presenters.title(error),
            "summary": presenters.summary(error),
            "state": state,
            "states": RECORD_STATES.items(),
            "search": search,
            "page": page,
            "kept_query": f"?{kept_query}" if kept_query else "",
            "may_operate": may(role=connection.role, needed=Role.OPERATOR),
            "records": [presenters.record_fields(row, connection=connection) for row in page.items],
        },
        status=addresses.status_of(request),
    )


@require_safe
@connection_view()
def export(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponseBase:
    """The panel's errors under its current filter, as CSV. A filter that makes no sense is 400."""
    kind = error_type_or_404(error_type)
    chosen = Filter.of(request.GET, connection=connection, user=signed_in(request), error_type=kind)
    if chosen.problems:
        return addresses.no_file(chosen.problems)
    return csv_of(connection, chosen.filters)


def csv_of(connection: Connection, filters: ErrorFilters) -> StreamingHttpResponse:
    """The errors of a filter as a file."""
    return csv_response(
        exports.stream_errors_csv(connection=connection, filters=filters, style=style_of_reader()),
        file_name=exports.file_name(connection=connection, filters=filters),
    )


def poll_seconds(batch: ResyncBatch) -> int:
    """How long until a page asks again; 0 when there is nothing more to learn."""
    if batch.state == ResyncBatch.State.FINISHED:
        return 0
    return 1 if clock.now() - batch.created_at < timedelta(seconds=20) else 5


def milestone(batch: ResyncBatch) -> str:
    """What is worth saying aloud: the start, the half, the end. Not every second's number."""
    if batch.state == ResyncBatch.State.FINISHED:
        return "end"
    handled = batch.done + batch.failed
    return "half" if handled * 2 >= batch.total else "start"


@require_safe
@connection_view()
def batch(request: HttpRequest, connection: Connection, batch_id: uuid.UUID) -> HttpResponse:
    """What a batch does, or did, to each of its errors. Asks itself again while it runs."""
    found = _batch_or_404(connection, batch_id)
    items = selectors.batch_items(batch_id=found.pk)
    context: dict[str, Any] = {
        "connection": connection,
        "section": "resync",
        "batch": found,
        # A batch of one record says which, and leads to it.
        "record": selectors.row_of_record(connection_id=connection.pk, record_key=found.record_key)
        if found.record_key
        else None,
        "poll": poll_seconds(found),
        "milestone": milestone(found),
        "handled": found.done + found.failed,
        "items": [
            {
                "item": item,
                "title": presenters.title(item.error),
                "summary": presenters.summary(item.error),
                "type": ErrorType(item.error.type),
            }
            for item in items
        ],
        "announce": request.GET.get("said") != milestone(found),
    }
    return render_part(request, "errors/batch.html", "body", context)

"""Pages of saved views: all of them, and one with its records. What changes them is in `view_dialogs`."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import connection_view, may
from accounts.models import Role
from common import addresses
from common.csv import csv_response, style_of_reader
from common.htmx import render_part, wants_fragment
from errors import presenters, record_exports, view_lists, view_selectors
from errors.models import BulkJob, SavedView
from errors.pages.listing import RECORD_STATES, error_or_404, record_state_of, search_of
from integrations.models import Connection

_STATES = {"all": gettext_lazy("All"), **RECORD_STATES}


def view_or_404(connection: Connection, view_id: uuid.UUID) -> SavedView:
    try:
        return view_selectors.get_view(connection_id=connection.pk, public_id=view_id)
    except SavedView.DoesNotExist:
        raise Http404("No such view.") from None


@require_safe
@connection_view()
def all_views(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Every view of the connection, newest first. Five queries, however many there are."""
    page = addresses.page_or_first(
        request,
        lambda cursor: view_selectors.views_page(connection_id=connection.pk, cursor=cursor),
    )
    context = {"connection": connection, "section": "health", "page": page}
    status = addresses.status_of(request)
    return render(request, "errors/view_list.html", context, status=status)


@require_safe
@connection_view()
def view_page(request: HttpRequest, connection: Connection, view_id: uuid.UUID) -> HttpResponse:
    """A view: its records and what became of them. Six queries, however many records; one more with lists.

    htmx asks for the part about lists in HubSpot again while they are being made.
    """
    view = view_or_404(connection, view_id)
    context = {
        "connection": connection,
        "section": "health",
        "view": view,
        "may_operate": may(role=connection.role, needed=Role.OPERATOR),
        **_lists_part(view, connection),
    }
    if wants_fragment(request):
        return render_part(request, "errors/view.html", "lists", context)
    state, search = _state_of(request), search_of(request)
    page = addresses.page_or_first(
        request,
        lambda cursor: view_selectors.view_records_page(
            view_id=view.pk, state=state, search=search, cursor=cursor
        ),
    )
    context |= {
        "resolved": view.total - view.open_records,
        "of_error": presenters.summary(view.error) if view.error else "",
        "link": request.build_absolute_uri(request.path),
        "state": state,
        "states": _STATES.items(),
        "search": search,
        "page": page,
        "filter_query": urlencode({"state": state, "search": search}),
        "records": [
            {
                "state": member.record.state,
                **presenters.record_fields(member.record, connection=connection),
            }
            for member in page.items
        ],
    }
    status = addresses.status_of(request)
    return render_part(request, "errors/view.html", "lists", context, status=status)


@require_safe
@connection_view()
def export_view(
    request: HttpRequest, connection: Connection, view_id: uuid.UUID
) -> HttpResponseBase:
    """The records of a view as CSV, narrowed as the page is."""
    view = view_or_404(connection, view_id)
    state, search = _state_of(request), search_of(request)
    if problems := addresses.left_out(request):
        return addresses.no_file(problems)
    rows = record_exports.stream_view_records(
        connection=connection,
        view=view,
        state=state,
        search=search,
        style=style_of_reader(),
    )
    name = record_exports.view_records_file_name(connection=connection, view=view)
    return csv_response(rows, file_name=name)


@require_safe
@connection_view()
def export_error_records(
    request: HttpRequest, connection: Connection, error_id: int
) -> HttpResponseBase:
    """The affected records of an error as CSV: exactly the list of the page, with its state and search."""
    error = error_or_404(connection, error_id)
    state, search = record_state_of(request), search_of(request)
    if problems := addresses.left_out(request):
        return addresses.no_file(problems)
    rows = record_exports.stream_error_records(
        connection=connection,
        error=error,
        state=state,
        search=search,
        style=style_of_reader(),
    )
    name = record_exports.error_records_file_name(connection=connection, error=error)
    return csv_response(rows, file_name=name)


def _lists_part(view: SavedView, connection: Connection) -> dict[str, Any]:
    job = view_lists.list_job(view=view)
    works = job is not None and job.state in BulkJob.LIVE
    lists = view_lists.shown_lists(view=view, connection=connection)
    return {
        "job": job,
        "lists": lists,
        "works": works,
        "handled": job.done + job.failed if job else 0,
        "unfinished": not works
        and not (lists and all(one.complete and not one.not_there for one in lists)),
        # What to try again with: a name is typed where HubSpot's refusal stands.
        "refused_name": job.request["name"] if job and any(one.refusal for one in lists) else "",
        # A list that could not be begun is tried again where that is said.
        "missed": not works and any(not one.list_id and not one.refusal for one in lists),
        "tried_at": job.finished_at if job else None,
        "poll": 2 if works else 0,
    }


def _state_of(request: HttpRequest) -> str:
    allowed = {state: str(label) for state, label in _STATES.items()}
    return addresses.chosen(request, "state", label=_("Records"), allowed=allowed) or "all"

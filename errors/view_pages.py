"""Pages of saved views: making one, looking at it, its lists in HubSpot. Thin: `saved_views` does the work."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import connection_view, may, signed_in
from accounts.models import Role
from common.csv import csv_response
from common.htmx import render_part, wants_fragment
from common.pages import BadCursor
from errors import presenters, record_exports, saved_views, selectors, view_lists, view_selectors
from errors.models import AffectedRecord, BulkJob, SavedView
from errors.panel import Filter
from errors.saved_views import LONGEST_NAME, ViewRefused
from errors.views import error_or_404, error_type_or_404, search_of
from integrations.models import Connection

_FORM = "errors/view_form.html"
_STATES = {
    "all": gettext_lazy("All"),
    "open": gettext_lazy("Still failing"),
    "resolved": gettext_lazy("Resolved"),
}


def view_or_404(connection: Connection, view_id: uuid.UUID) -> SavedView:
    try:
        return view_selectors.get_view(connection_id=connection.pk, public_id=view_id)
    except SavedView.DoesNotExist:
        raise Http404("No such view.") from None


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def create_of_error(request: HttpRequest, connection: Connection, error_id: int) -> HttpResponse:
    """The dialog Create view over an error's records, narrowed by the search of the address."""
    error = error_or_404(connection, error_id)
    search = search_of(request)
    back = reverse("error-records", kwargs={"connection_id": connection.pk, "error_id": error.pk})
    return _create(
        request,
        connection,
        view_selectors.open_records_of_error(error_id=error.pk, search=search),
        error_id=error.pk,
        source={
            "summary": presenters.summary(error),
            "search": search,
            "number": None if search else error.open_records,
            "back": back + (f"?{urlencode({'search': search})}" if search else ""),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def create_of_panel(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """The dialog Create view over the records of all errors that a panel's filter lets through."""
    kind = error_type_or_404(error_type)
    chosen = Filter.of(request.GET)
    filters = selectors.ErrorFilters(
        type=kind, code=chosen.code or None, search=chosen.search or None
    )
    back = reverse("error-panel", kwargs={"connection_id": connection.pk, "error_type": kind})
    return _create(
        request,
        connection,
        view_selectors.open_records_of_errors(connection_id=connection.pk, filters=filters),
        error_id=None,
        source={
            "summary": kind.label,
            "of_errors": True,
            "filtered": chosen.active,
            "back": back + chosen.query(),
        },
    )


def _create(
    request: HttpRequest,
    connection: Connection,
    records: QuerySet[AffectedRecord, AffectedRecord],
    *,
    error_id: int | None,
    source: dict[str, Any],
) -> HttpResponse:
    refused = None
    if request.method == "POST":
        try:
            view = saved_views.create_view(
                connection_id=connection.pk,
                name=request.POST.get("name", ""),
                user=signed_in(request),
                records=records,
                error_id=error_id,
            )
        except ViewRefused as refusal:
            refused = refusal
        else:
            if request.POST.get("hubspot_list"):
                view_lists.ask_for_lists(view=view, user=signed_in(request))
            messages.success(request, _("The view “%(name)s” has been made.") % {"name": view.name})
            return _go_to(request, _address(view))
    context = {
        **source,
        "title": _("Create view"),
        "button": _("Create view"),
        "action": request.get_full_path(),
        "asks_for_list": True,
        "ticked": bool(request.POST.get("hubspot_list")),
    }
    return _form(request, connection, context, refused, name=request.POST.get("name", ""))


@require_safe
@connection_view()
def all_views(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Every view of the connection, newest first. Five queries, however many there are."""
    try:
        page = view_selectors.views_page(
            connection_id=connection.pk, cursor=request.GET.get("cursor") or None
        )
    except BadCursor:
        raise Http404("No such page.") from None
    context = {"connection": connection, "section": "health", "page": page}
    return render(request, "errors/view_list.html", context)


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
    try:
        page = view_selectors.view_records_page(
            view_id=view.pk,
            state=state,
            search=search,
            cursor=request.GET.get("cursor") or None,
        )
    except BadCursor:
        raise Http404("No such page.") from None
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
                "pk": member.record_id,
                "state": member.record.state,
                **presenters.record_fields(member.record, connection=connection),
            }
            for member in page.items
        ],
    }
    return render_part(request, "errors/view.html", "lists", context)


@require_safe
@connection_view()
def export_view(
    request: HttpRequest, connection: Connection, view_id: uuid.UUID
) -> HttpResponseBase:
    """The records of a view as CSV, narrowed as the page is."""
    view = view_or_404(connection, view_id)
    rows = record_exports.stream_view_records(
        connection=connection, view=view, state=_state_of(request), search=search_of(request)
    )
    name = record_exports.view_records_file_name(connection=connection, view=view)
    return csv_response(rows, file_name=name)


@require_safe
@connection_view()
def export_error_records(
    request: HttpRequest, connection: Connection, error_id: int
) -> HttpResponseBase:
    """The affected records of an error as CSV: exactly the list of the page, with its search."""
    error = error_or_404(connection, error_id)
    rows = record_exports.stream_error_records(
        connection=connection, error=error, search=search_of(request)
    )
    name = record_exports.error_records_file_name(connection=connection, error=error)
    return csv_response(rows, file_name=name)


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def rename(request: HttpRequest, connection: Connection, view_id: uuid.UUID) -> HttpResponse:
    """The dialog Rename."""
    view = view_or_404(connection, view_id)
    refused = None
    if request.method == "POST":
        try:
            saved_views.rename_view(view=view, name=request.POST.get("name", ""))
        except ViewRefused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The view is called “%(name)s” now.") % {"name": view.name})
            return _go_to(request, _address(view))
    context = {
        "summary": view.name,
        "title": _("Rename the view"),
        "button": _("Rename"),
        "action": request.path,
        "back": _address(view),
    }
    return _form(request, connection, context, refused, name=request.POST.get("name", view.name))


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def delete(request: HttpRequest, connection: Connection, view_id: uuid.UUID) -> HttpResponse:
    """Asks, then deletes."""
    view = view_or_404(connection, view_id)
    if request.method == "POST":
        view_lists.give_up_lists(view=view)
        saved_views.delete_view(view=view)
        messages.success(request, _("The view “%(name)s” has been deleted.") % {"name": view.name})
        return _go_to(request, reverse("saved-views", kwargs={"connection_id": connection.pk}))
    context = {
        "connection": connection,
        "section": "health",
        "view": view,
        "lists": view_lists.shown_lists(view=view, connection=connection),
    }
    return render_part(request, "errors/view_delete.html", "body", context)


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def make_lists(request: HttpRequest, connection: Connection, view_id: uuid.UUID) -> HttpResponse:
    """The dialog Make a list in HubSpot: also the way to try again, under another name."""
    view = view_or_404(connection, view_id)
    refused = None
    if request.method == "POST":
        try:
            view_lists.ask_for_lists(
                view=view, user=signed_in(request), name=request.POST.get("name", "") or " "
            )
        except ViewRefused as refusal:
            refused = refusal
        else:
            return _go_to(request, _address(view) + "#hubspot-lists")
    context = {
        "summary": view.name,
        "title": _("Make a list in HubSpot"),
        "button": _("Make the list"),
        "action": request.path,
        "back": _address(view),
        "about_lists": True,
        "refusals": [
            one for one in view_lists.shown_lists(view=view, connection=connection) if one.refusal
        ],
    }
    wished = next((one["name"] for one in view.hubspot_lists if not one["object"]), view.name)
    return _form(request, connection, context, refused, name=request.POST.get("name", wished))


def _form(
    request: HttpRequest,
    connection: Connection,
    context: dict[str, Any],
    refused: ViewRefused | None,
    *,
    name: str,
) -> HttpResponse:
    """The form of one name, as a dialog or a page; what was typed stays, and a refusal stands beside it."""
    context |= {
        "connection": connection,
        "section": "health",
        "name": name,
        "longest": LONGEST_NAME,
        "refusal": refused,
    }
    # htmx swaps answers of 2xx only; without JavaScript the status says what it is.
    status = refused.status_code if refused and not wants_fragment(request) else 200
    return render_part(request, _FORM, "body", context, status=status)


def _lists_part(view: SavedView, connection: Connection) -> dict[str, Any]:
    job = view_lists.list_job(view=view)
    works = job is not None and job.state in BulkJob.LIVE
    lists = view_lists.shown_lists(view=view, connection=connection)
    return {
        "job": job,
        "lists": lists,
        "works": works,
        "handled": job.done + job.failed if job else 0,
        "unfinished": not works and not (lists and all(one.complete for one in lists)),
        "poll": 2 if works else 0,
    }


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    """A dialog's form was sent by htmx: the whole page goes on, not the dialog."""
    return HttpResponseClientRedirect(address) if wants_fragment(request) else redirect(address)


def _address(view: SavedView) -> str:
    return reverse(
        "saved-view", kwargs={"connection_id": view.connection_id, "view_id": view.public_id}
    )


def _state_of(request: HttpRequest) -> str:
    """Nonsense in the address narrows nothing."""
    state = request.GET.get("state", "all")
    return state if state in _STATES else "all"

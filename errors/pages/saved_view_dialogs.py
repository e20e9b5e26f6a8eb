"""Dialogs of saved views, pages of their own without JavaScript: create, rename, delete, lists in HubSpot."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import connection_view, signed_in
from accounts.models import Role
from common import addresses
from common.htmx import render_part, wants_fragment
from errors import presenters, saved_views, selectors, view_lists, view_selectors
from errors.models import AffectedRecord, SavedView
from errors.pages.listing import error_or_404, error_type_or_404, search_of
from errors.pages.panel import Filter
from errors.pages.saved_views import view_or_404
from errors.saved_views import LONGEST_NAME, ViewRefused
from integrations.models import Connection

_FORM = "errors/view_form.html"


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def create_of_error(request: HttpRequest, connection: Connection, error_id: int) -> HttpResponse:
    """The dialog Create view over an error's records, narrowed by the search of the address."""
    error = error_or_404(connection, error_id)
    search = search_of(request)
    back = reverse("error-records", kwargs={"connection_id": connection.pk, "error_id": error.pk})
    if addresses.left_out(request):
        # As below: the list of records says what is wrong.
        return _go_to(request, f"{back}?{request.GET.urlencode()}")
    return _create(
        request,
        connection,
        selectors.records_of_error(error_id=error.pk, search=search),
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
    chosen = Filter.of(request.GET, connection=connection, user=signed_in(request), error_type=kind)
    back = reverse("error-panel", kwargs={"connection_id": connection.pk, "error_type": kind})
    if chosen.problems:
        # A view of more than was asked for would be taken for what was asked for: the panel says what is wrong.
        return _go_to(request, f"{back}?{request.GET.urlencode()}")
    return _create(
        request,
        connection,
        view_selectors.open_records_of_errors(connection_id=connection.pk, filters=chosen.filters),
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


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    """A dialog's form was sent by htmx: the whole page goes on, not the dialog."""
    return HttpResponseClientRedirect(address) if wants_fragment(request) else redirect(address)


def _address(view: SavedView) -> str:
    return reverse(
        "saved-view", kwargs={"connection_id": view.connection_id, "view_id": view.public_id}
    )

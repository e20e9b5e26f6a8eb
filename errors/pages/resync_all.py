"""The question before Resync all matching, and its start."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import connection_view, may, signed_in
from accounts.models import Role
from common.htmx import render_part
from errors import view_selectors
from errors.filters import ErrorFilters
from errors.jobs import JobRefused
from errors.jobs import resync_all as work
from errors.jobs.filter_words import NAMES, filters_from, refuse_unknown, words_of
from errors.models import SavedView
from errors.types import ErrorType
from integrations.models import Connection

# What the panel's address holds beside its filter, and the form beside that.
_BESIDE = ("sort", "size", "cursor", "idempotency_key", "csrfmiddlewaretoken")


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view()
def resync_all(request: HttpRequest, connection: Connection) -> HttpResponse:
    """GET: how many errors, records, batches and calls the panel's filter will take, or the errors of a saved view; a
    dialog, or a page without JavaScript. POST: starts it. Spends no CRM call; seven queries, whatever matches."""
    if request.method == "POST":
        return _start(request, connection)
    view = _view(request.GET, connection)
    try:
        filters = _filters(request, request.GET, connection, view)
        seen = work.preview(connection_id=connection.pk, filters=filters)
    except JobRefused as refused:
        return _answer(
            request, connection, {"refusal": refused.message, "view": view}, refused.status_code
        )
    return _answer(request, connection, _shown(connection, filters, seen, view))


def _view(data: QueryDict, connection: Connection) -> SavedView | None:
    """The saved view that is asked for instead of a filter."""
    if "view" not in data:
        return None
    try:
        return view_selectors.get_view(connection_id=connection.pk, public_id=str(data["view"]))
    except SavedView.DoesNotExist:
        raise Http404("No such view.") from None


def _filters(
    request: HttpRequest, data: QueryDict, connection: Connection, view: SavedView | None
) -> ErrorFilters:
    if view is not None:
        return work.filters_of_view(view)
    refuse_unknown(data, beside=_BESIDE)
    return filters_from(data, connection=connection, user=signed_in(request))


def _start(request: HttpRequest, connection: Connection) -> HttpResponse:
    if not may(role=connection.role, needed=Role.OPERATOR):
        raise PermissionDenied(_("Your role on this connection does not allow resyncing errors."))
    view = _view(request.POST, connection)
    key = request.POST.get("idempotency_key", "").strip()[:200] or str(uuid.uuid4())
    try:
        filters = _filters(request, request.POST, connection, view)
        made = work.start(
            connection_id=connection.pk,
            filters=filters,
            user=signed_in(request),
            idempotency_key=key,
            view=view,
        )
    except JobRefused as refused:
        return _answer(
            request, connection, {"refusal": refused.message, "view": view}, refused.status_code
        )
    return redirect("bulk-job", connection_id=connection.pk, job_id=made.job.public_id)


def _shown(
    connection: Connection, filters: ErrorFilters, seen: work.Preview, view: SavedView | None
) -> dict[str, Any]:
    hidden = [(name, getattr(filters, name)) for name in NAMES if getattr(filters, name)]
    chosen = words_of(seen.filters)
    if view is not None:
        hidden = [("view", str(view.public_id))]
        chosen = [(_("Saved view"), view.name), *chosen]
    return {
        "view": view,
        "seen": seen,
        "number": seen.selection.errors,
        "chosen": chosen,
        "hidden": hidden,
        "back_type": ErrorType(filters.type) if filters.type else None,
        "idempotency_key": uuid.uuid4(),
        "may_operate": may(role=connection.role, needed=Role.OPERATOR),
    }


def _answer(
    request: HttpRequest, connection: Connection, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    # htmx swaps answers of 2xx only; the dialog says itself what is wrong.
    if request.headers.get("HX-Request"):
        status = 200
    context = {"connection": connection, "section": "health", **shown}
    return render_part(request, "errors/resync_all.html", "body", context, status=status)

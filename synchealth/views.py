"""The tab: the apps' cards joined to one page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import connection_view, may, visible_connections
from accounts.models import Role, User
from common.htmx import render_part, wants_fragment
from common.pages import BadCursor
from errors import resync, selectors, view_selectors
from errors.panel import Filter, latest_batch, panel
from errors.types import ErrorType
from errors.views import error_type_or_404, milestone, poll_seconds
from integrations import usage
from integrations.banner import banner_of
from integrations.models import Connection
from integrations.sync_requests import is_syncing, request_sync

TEMPLATE = "synchealth/tab.html"


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the tab of the connection looked at last, else of the first one that the user may see."""
    assert request.user.is_authenticated
    visible = visible_connections(user=request.user)
    last = visible.filter(pk=request.user.last_connection_id).first()
    connection = last or visible.first()
    if connection is None:
        return render(request, "synchealth/no_connection.html")
    return redirect("sync-health", connection_id=connection.pk)


def _remember(user: Any, connection: Connection) -> None:
    if user.last_connection_id != connection.pk:
        User.objects.filter(pk=user.pk).update(last_connection=connection)


def _errors_part(connection: Connection, **extra: Any) -> dict[str, Any]:
    """What the section of sync errors needs: it is all that a swap replaces."""
    batch = extra.get("batch")
    return {
        "connection": connection,
        "section": "health",
        "cards": selectors.error_type_cards(connection_id=connection.pk),
        # Asked for by the template, so that the part that only shows progress does not.
        "saved_views": partial(view_selectors.latest_views, connection_id=connection.pk),
        "may_operate": may(role=connection.role, needed=Role.OPERATOR),
        "poll": poll_seconds(batch) if batch else 0,
        "milestone": milestone(batch) if batch else "",
        "handled": batch.done + batch.failed if batch else 0,
        **extra,
    }


def _page_part(connection: Connection) -> dict[str, Any]:
    use = usage.api_usage(connection_id=connection.pk)
    return {
        "usage": use,
        "allotment": {"value": use.allotted_to_hubspot, "error": ""},
        "banner": banner_of(connection, spent=use.resumes_at is not None),
        "is_syncing": is_syncing(connection),
        "may_administer": may(role=connection.role, needed=Role.ADMIN),
    }


def _render(
    request: HttpRequest, connection: Connection, errors: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = _errors_part(connection, **errors)
    if not wants_fragment(request):
        _remember(request.user, connection)
        context |= _page_part(connection)
    return render_part(request, TEMPLATE, "errors", context, status=status)


@require_safe
@connection_view()
def tab(request: HttpRequest, connection: Connection) -> HttpResponse:
    """The tab with no panel open."""
    return _render(request, connection, {"batch": latest_batch(connection=connection)})


@require_safe
@connection_view()
def tab_with_panel(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """The tab with one type's panel open. A cursor that is none is 404."""
    kind = error_type_or_404(error_type)
    try:
        shown = panel(connection=connection, error_type=kind, chosen=Filter.of(request.GET))
    except BadCursor:
        raise Http404("No such page.") from None
    return _render(request, connection, {**shown, "panel": True})


def _ids(request: HttpRequest) -> list[int]:
    ids = request.POST.getlist("errors")
    # Anything but a number was not sent by our form; as 0 it is told as an error that is not there.
    return [int(text) if text.isascii() and text.isdigit() else 0 for text in ids]


@require_POST
@connection_view(needed=Role.OPERATOR)
def resync_errors(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """Stores a batch of the ticked errors. A refusal is told in place and the ticks stay."""
    kind = error_type_or_404(error_type)
    ids = _ids(request)
    chosen = Filter.of(request.POST)
    assert request.user.is_authenticated
    try:
        made = resync.create_batch(
            connection_id=connection.pk,
            error_ids=ids,
            user=request.user,
            idempotency_key=request.POST.get("idempotency_key", "").strip() or "without-a-key",
        )
    except resync.ResyncRefused as refused:
        return _refused(request, connection, kind, chosen, ids, refused)
    if made.skipped:
        messages.info(
            request,
            _("%(number)d of the selected errors were being resynced already and were left out.")
            % {"number": len(made.skipped)},
        )
    if wants_fragment(request):
        return _render(
            request,
            connection,
            {
                **_panel_or_first(connection, kind, chosen),
                "panel": True,
                "with_messages": True,
                "announce": True,
            },
        )
    address = reverse(
        "error-panel", kwargs={"connection_id": connection.pk, "error_type": kind.value}
    )
    return redirect(address + chosen.query(cursor=chosen.cursor) + "#sync-errors")


def _refused(
    request: HttpRequest,
    connection: Connection,
    kind: ErrorType,
    chosen: Filter,
    ids: list[int],
    refused: resync.ResyncRefused,
) -> HttpResponse:
    shown = _panel_or_first(
        connection, kind, chosen, ticked=frozenset(ids), refusal=refused.message
    )
    # htmx swaps answers of 2xx only; without JavaScript the status says what it is.
    status = 200 if wants_fragment(request) else refused.status_code
    return _render(request, connection, {**shown, "panel": True}, status=status)


def _panel_or_first(
    connection: Connection, kind: ErrorType, chosen: Filter, **more: Any
) -> dict[str, Any]:
    """The panel at the cursor the form was on; at its start when that cursor is none."""
    try:
        return panel(connection=connection, error_type=kind, chosen=chosen, **more)
    except BadCursor:
        start = Filter(search=chosen.search, code=chosen.code, size=chosen.size)
        return panel(connection=connection, error_type=kind, chosen=start, **more)


@require_safe
@connection_view()
def batch_strip(request: HttpRequest, connection: Connection) -> HttpResponse:
    """The progress above the list and the cards' numbers, as asked for again and again while a batch runs.

    Three queries. When the batch has finished, the whole section comes instead, so that what was resolved
    leaves the list.
    """
    batch = latest_batch(connection=connection)
    slug = request.GET.get("type", "")
    if batch is not None and poll_seconds(batch):
        context = _errors_part(
            connection,
            batch=batch,
            type=ErrorType(slug) if slug in ErrorType.values else None,
            here_query=Filter.of(request.GET).query(cursor=request.GET.get("cursor", "")),
            announce=request.GET.get("said") != milestone(batch),
        )
        return render(request, f"{TEMPLATE}#progress", context)
    chosen = Filter.of(request.GET)
    if slug in ErrorType.values:
        shown = {**_panel_or_first(connection, ErrorType(slug), chosen), "panel": True}
    else:
        shown = {"batch": batch}
    response = render(
        request, f"{TEMPLATE}#errors", _errors_part(connection, **shown, announce=True)
    )
    response.headers["HX-Retarget"] = "#sync-errors"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


@require_POST
@connection_view(needed=Role.OPERATOR)
def sync_now(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Asks for a sync at once; the page says what becomes of it."""
    if connection.state == Connection.State.ACTIVE:
        request_sync(connection_id=connection.pk)
        messages.success(request, _("A sync has been asked for. It starts within seconds."))
    else:
        messages.warning(
            request, _("This connection does not sync now; see above what it is waiting for.")
        )
    return redirect("sync-health", connection_id=connection.pk)


@require_safe
@connection_view()
def sync_status(request: HttpRequest, connection: Connection) -> HttpResponse:
    """When the last sync was, asked for again while one runs; its end brings the new numbers along."""
    context = {
        "connection": connection,
        "is_syncing": is_syncing(connection),
        "may_operate": may(role=connection.role, needed=Role.OPERATOR),
    }
    if not context["is_syncing"]:
        context["cards"] = selectors.error_type_cards(connection_id=connection.pk)
        context["usage"] = usage.api_usage(connection_id=connection.pk)
        slug = request.GET.get("type", "")
        context["type"] = ErrorType(slug) if slug in ErrorType.values else None
    return render(request, f"{TEMPLATE}#status", context)

"""The tab: the apps' cards joined to one page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import connection_view, may, signed_in, visible_connections
from accounts.models import Role, User
from common.addresses import NO_SUCH_PAGE
from common.htmx import render_part, wants_fragment
from common.pages import BadCursor
from errors import resync, selectors, view_selectors
from errors.pages.listing import error_type_or_404, milestone, poll_seconds
from errors.pages.panel import Filter, latest_batch, panel
from errors.selection import SelectionRefused
from errors.types import ErrorType
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


def render_tab(
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
    return render_tab(request, connection, {"batch": latest_batch(connection=connection)})


@require_safe
@connection_view()
def tab_with_panel(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """The tab with one type's panel open. A part of the address that makes no sense is told above the list, with 400."""
    kind = error_type_or_404(error_type)
    chosen = filter_of(request, connection, kind, request.GET)
    shown = panel_or_first(connection, kind, chosen)
    # htmx swaps answers of 2xx only; without it the status says that a part of the address was left out.
    status = 400 if shown["problems"] and not wants_fragment(request) else 200
    answer = render_tab(request, connection, {**shown, "panel": True}, status=status)
    if request.headers.get("HX-Trigger") == "panel-filter":
        # A form sends its empty fields as well; the address that people share does not need them.
        answer.headers["HX-Push-Url"] = request.path + shown["here_query"]
    return answer


def filter_of(
    request: HttpRequest, connection: Connection, kind: ErrorType | None, data: QueryDict
) -> Filter:
    """The state of the list that `data` speaks of, a form's or an address's."""
    return Filter.of(data, connection=connection, user=signed_in(request), error_type=kind)


def ticked_ids(data: QueryDict) -> list[int]:
    """The ids of the ticked rows, as a form sends them."""
    ids = data.getlist("errors")
    # Anything but a number was not sent by our form; as 0 it is told as an error that is not there.
    return [
        int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0 for text in ids
    ]


@require_POST
@connection_view(needed=Role.OPERATOR)
def resync_errors(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """Stores a batch of the ticked errors. A refusal is told in place and the ticks stay."""
    kind = error_type_or_404(error_type)
    ids = ticked_ids(request.POST)
    chosen = filter_of(request, connection, kind, request.POST)
    assert request.user.is_authenticated
    try:
        made = resync.create_batch(
            connection_id=connection.pk,
            error_ids=ids,
            user=request.user,
            idempotency_key=request.POST.get("idempotency_key", "").strip() or "without-a-key",
        )
    except resync.ResyncRefused as refused:
        return refused_in_place(request, connection, kind, chosen, ids, refused)
    if made.skipped:
        messages.info(
            request,
            _("%(number)d of the selected errors were being resynced already and were left out.")
            % {"number": len(made.skipped)},
        )
    if wants_fragment(request):
        return render_tab(
            request,
            connection,
            {
                **panel_or_first(connection, kind, chosen),
                "panel": True,
                "with_messages": True,
                "announce": True,
            },
        )
    return redirect(panel_address(connection, kind, chosen))


def panel_address(connection: Connection, kind: ErrorType, chosen: Filter) -> str:
    address = reverse(
        "error-panel", kwargs={"connection_id": connection.pk, "error_type": kind.value}
    )
    return address + chosen.query(cursor=chosen.cursor) + "#sync-errors"


def refused_in_place(
    request: HttpRequest,
    connection: Connection,
    kind: ErrorType,
    chosen: Filter,
    ids: list[int],
    refused: resync.ResyncRefused | SelectionRefused,
) -> HttpResponse:
    """The list with the reason above it, the ticks as they were."""
    shown = panel_or_first(connection, kind, chosen, ticked=frozenset(ids), refusal=refused.message)
    # htmx swaps answers of 2xx only; without JavaScript the status says what it is.
    status = 200 if wants_fragment(request) else refused.status_code
    return render_tab(request, connection, {**shown, "panel": True}, status=status)


def panel_or_first(
    connection: Connection, kind: ErrorType, chosen: Filter, **more: Any
) -> dict[str, Any]:
    """The panel at the cursor the form was on; at its start when that cursor is none."""
    try:
        return panel(connection=connection, error_type=kind, chosen=chosen, **more)
    except BadCursor:
        problems = [*chosen.problems, str(NO_SUCH_PAGE)]
        start = replace(chosen, cursor="", problems=problems)
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
    kind = ErrorType(slug) if slug in ErrorType.values else None
    chosen = filter_of(request, connection, kind, request.GET)
    if batch is not None and poll_seconds(batch):
        context = _errors_part(
            connection,
            batch=batch,
            type=kind,
            here_query=chosen.query(cursor=chosen.cursor),
            announce=request.GET.get("said") != milestone(batch),
        )
        return render(request, f"{TEMPLATE}#progress", context)
    if kind is not None:
        shown = {**panel_or_first(connection, kind, chosen), "panel": True}
    else:
        shown = {"batch": batch}
    context = _errors_part(connection, **shown, announce=True)
    # The resync spent calls: the figures above the list say so as well.
    context["usage"] = usage.api_usage(connection_id=connection.pk)
    response = render(request, f"{TEMPLATE}#errors", context)
    response.headers["HX-Retarget"] = "#sync-errors"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


@require_POST
@connection_view(needed=Role.OPERATOR)
def sync_now(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Asks for a sync at once. That it runs, and when it has ended, is said beside the button: a message would still
    say that it starts when it has long ended."""
    if connection.state == Connection.State.ACTIVE:
        request_sync(connection_id=connection.pk)
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

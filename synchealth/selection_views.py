"""What can be done with ticked errors beside Resync: ignore, take up again, assign, export.

Each works by the form's own buttons, on pages of its own, and through dialogs with htmx. A dialog that has done its
work is closed and the list is swapped.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import connection_view, signed_in
from accounts.models import Role
from common.htmx import render_part, wants_fragment
from errors import presenters
from errors.assigning import assign_errors
from errors.filters import NOBODY, ErrorFilters
from errors.ignoring import ignore_errors, take_up_errors
from errors.models import SyncError
from errors.pages.listing import csv_of, error_type_or_404
from errors.pages.panel import Filter
from errors.pages.selection_forms import AssignForm, IgnoreForm
from errors.selection import SelectionRefused, selected_errors
from errors.types import ErrorType
from integrations.models import Connection
from synchealth.views import (
    filter_of,
    panel_address,
    panel_or_first,
    refused_in_place,
    render_tab,
    ticked_ids,
)

# A dialog names so many of the errors it is about, and says how many more there are.
_NAMED = 5


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def ignore(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """Asks why and until when, then sets the ticked errors aside."""
    kind, data, chosen = _asked(request, connection, error_type)
    try:
        errors = selected_errors(connection_id=connection.pk, error_ids=ticked_ids(data))
    except SelectionRefused as refused:
        return _refused(request, connection, kind, chosen, data, refused)
    form = IgnoreForm(data if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        terms = form.terms
        try:
            ignored = ignore_errors(
                connection_id=connection.pk,
                error_ids=[error.pk for error in errors],
                by=signed_in(request),
                reason=terms.reason,
                until=terms.until,
                above=terms.above,
            )
        except SelectionRefused as refused:
            form.add_refusal(refused)
        else:
            told = ngettext("%(n)d error is ignored.", "%(n)d errors are ignored.", len(ignored))
            said = _told(told, len(ignored), left=len(errors) - len(ignored))
            return _done(request, connection, kind, chosen, said)
    form.point_out()
    return _ask(request, connection, kind, chosen, errors, "errors/ignore.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def assign(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """Asks who, then puts the ticked errors into their hands."""
    kind, data, chosen = _asked(request, connection, error_type)
    try:
        errors = selected_errors(connection_id=connection.pk, error_ids=ticked_ids(data))
    except SelectionRefused as refused:
        return _refused(request, connection, kind, chosen, data, refused)
    posted = request.method == "POST"
    form = AssignForm(data if posted else None, connection_id=connection.pk)
    if posted and form.is_valid():
        ids = [error.pk for error in errors]
        try:
            assign_errors(connection_id=connection.pk, error_ids=ids, to=form.user)
        except SelectionRefused as refused:
            form.add_error("to", refused.message)
        else:
            if form.user is None:
                told = ngettext(
                    "%(n)d error is assigned to nobody.",
                    "%(n)d errors are assigned to nobody.",
                    len(ids),
                )
            else:
                told = ngettext(
                    "%(n)d error is assigned to %(who)s.",
                    "%(n)d errors are assigned to %(who)s.",
                    len(ids),
                )
            said = _told(told, len(ids), who=str(form.user or ""))
            return _done(request, connection, kind, chosen, said)
    holders = {error.assigned_to_id for error in errors}
    held_by = holders.pop() if len(holders) == 1 else None
    context = {
        "form": form,
        "people": chosen.choices.members,
        "nobody": NOBODY,
        "chosen_person": data.get("to", "") if posted else str(held_by or ""),
    }
    return _ask(request, connection, kind, chosen, errors, "errors/assign.html", context)


@require_POST
@connection_view(needed=Role.OPERATOR)
def take_up(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """Ends the ignoring of the ticked errors."""
    kind, data, chosen = _asked(request, connection, error_type)
    try:
        errors = selected_errors(connection_id=connection.pk, error_ids=ticked_ids(data))
    except SelectionRefused as refused:
        return _refused(request, connection, kind, chosen, data, refused)
    taken = take_up_errors(connection_id=connection.pk, error_ids=[error.pk for error in errors])
    told = ngettext(
        "%(n)d error is taken up again.", "%(n)d errors are taken up again.", len(taken)
    )
    said = _told(told, len(taken), left=len(errors) - len(taken))
    return _done(request, connection, kind, chosen, said)


@require_safe
@connection_view()
def export_selected(
    request: HttpRequest, connection: Connection, error_type: str
) -> HttpResponseBase:
    """The ticked errors and their records as CSV, for whoever may see them."""
    kind, data, chosen = _asked(request, connection, error_type)
    try:
        errors = selected_errors(connection_id=connection.pk, error_ids=ticked_ids(data))
    except SelectionRefused as refused:
        return _refused(request, connection, kind, chosen, data, refused)
    ids = tuple(error.pk for error in errors)
    return csv_of(connection, ErrorFilters(type=kind, status=None, ids=ids))


def _asked(
    request: HttpRequest, connection: Connection, error_type: str
) -> tuple[ErrorType, QueryDict, Filter]:
    kind = error_type_or_404(error_type)
    data = request.POST if request.method == "POST" else request.GET
    return kind, data, filter_of(request, connection, kind, data)


def _ask(
    request: HttpRequest,
    connection: Connection,
    kind: ErrorType,
    chosen: Filter,
    errors: list[SyncError],
    template: str,
    more: dict[str, Any],
) -> HttpResponse:
    context = {
        "connection": connection,
        "section": "health",
        "type": kind,
        "filter": chosen,
        "errors": errors,
        "named": [presenters.summary(error) for error in errors[:_NAMED]],
        "unnamed": max(0, len(errors) - _NAMED),
        "back": panel_address(connection, kind, chosen),
        **more,
    }
    # htmx swaps answers of 2xx only; without JavaScript the status says what it is.
    wrong = request.method == "POST" and not wants_fragment(request)
    return render_part(request, template, "body", context, status=400 if wrong else 200)


def _refused(
    request: HttpRequest,
    connection: Connection,
    kind: ErrorType,
    chosen: Filter,
    data: QueryDict,
    refused: SelectionRefused,
) -> HttpResponse:
    answer = refused_in_place(request, connection, kind, chosen, ticked_ids(data), refused)
    return _into_the_list(answer)


def _done(
    request: HttpRequest, connection: Connection, kind: ErrorType, chosen: Filter, told: list[str]
) -> HttpResponse:
    """The list as it is now. What was done is told above it, where the focus goes; on a new page at its top."""
    if not wants_fragment(request):
        for sentence in told:
            messages.success(request, sentence)
        return redirect(panel_address(connection, kind, chosen).removesuffix("#sync-errors"))
    shown = panel_or_first(connection, kind, chosen)
    return _into_the_list(render_tab(request, connection, {**shown, "panel": True, "told": told}))


def _into_the_list(answer: HttpResponse) -> HttpResponse:
    """Asked for by a dialog or for one, the answer goes into the list; the dialog closes."""
    answer.headers["HX-Retarget"] = "#sync-errors"
    answer.headers["HX-Reswap"] = "outerHTML"
    answer.headers["HX-Trigger"] = "close-dialog"
    return answer


def _told(told: str, number: int, *, left: int = 0, who: str = "") -> list[str]:
    """What was done, in sentences."""
    sentences = [told % {"n": number, "who": who}] if number else []
    if left:
        sentences.append(
            ngettext(
                "%(n)d of the selected errors had changed meanwhile and was left as it is.",
                "%(n)d of the selected errors had changed meanwhile and were left as they are.",
                left,
            )
            % {"n": left}
        )
    return sentences

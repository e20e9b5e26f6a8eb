"""The page on which an import is chosen and started. Its progress is the page of its job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import connection_view, signed_in
from accounts.models import Role
from common.htmx import render_part
from errors.filters import ErrorFilters
from errors.jobs import JobRefused
from errors.jobs.import_requests import ImportInvalid, start_import
from errors.pages import import_form
from integrations.models import Connection

TEMPLATE = "errors/import_start.html"


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def start(request: HttpRequest, connection: Connection) -> HttpResponse:
    """The form, filled from the address; a POST stores a job and goes to its page. At most eight queries for the
    form, however many records and errors there are."""
    if request.method == "POST":
        return _started(request, connection)
    try:
        filters = import_form.filters_of(
            import_form.typed_in(request.GET), connection=connection, user=signed_in(request)
        )
        typed = import_form.prefilled(connection=connection, query=request.GET, filters=filters)
    except import_form.Unknown:
        raise Http404("No such error, error type or view.") from None
    except JobRefused as refused:
        return _without_filter(request, connection, request.GET, refused)
    return _page(request, connection, typed, filters=filters)


def _started(request: HttpRequest, connection: Connection) -> HttpResponse:
    typed = import_form.typed_in(request.POST)
    asked = import_form.asked_for(typed)
    try:
        filters = import_form.filters_of(asked, connection=connection, user=signed_in(request))
    except JobRefused as refused:
        return _without_filter(request, connection, request.POST, refused)
    try:
        made = start_import(
            connection=connection,
            values={**asked, "filters": filters},
            user=signed_in(request),
            idempotency_key=request.POST.get("idempotency_key", "").strip() or str(uuid.uuid4()),
        )
    except ImportInvalid as invalid:
        return _page(
            request, connection, typed, filters=filters, problems=invalid.messages, status=400
        )
    except JobRefused as refused:
        return _page(
            request,
            connection,
            typed,
            filters=filters,
            refusal=refused.message,
            status=refused.status_code,
        )
    return redirect("bulk-job", connection_id=connection.pk, job_id=made.job.public_id)


def _without_filter(
    request: HttpRequest, connection: Connection, values: QueryDict, refused: JobRefused
) -> HttpResponse:
    """The form with the reason, and without the filter that makes no sense."""
    typed = import_form.typed_in(values) | {"filter": "", "scope": "affected"}
    return _page(request, connection, typed, refusal=refused.message, status=refused.status_code)


def _page(
    request: HttpRequest,
    connection: Connection,
    typed: dict[str, str],
    *,
    filters: ErrorFilters | None = None,
    problems: Mapping[str, str] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "connection": connection,
        "section": "health",
        "typed": typed,
        "problems": problems or {},
        "refusal": refusal,
        "idempotency_key": uuid.uuid4(),
        **import_form.form(connection=connection, typed=typed, filters=filters),
    }
    return render_part(request, TEMPLATE, "preview", context, status=status)

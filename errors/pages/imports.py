"""The page on which an import is chosen and started. Its progress is the page of its job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import connection_view
from accounts.models import Role
from common.htmx import render_part
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
        typed = import_form.prefilled(connection=connection, query=request.GET)
    except import_form.Unknown:
        raise Http404("No such error, error type or view.") from None
    return _page(request, connection, typed)


def _started(request: HttpRequest, connection: Connection) -> HttpResponse:
    typed = import_form.typed_in(request.POST)
    assert request.user.is_authenticated
    try:
        made = start_import(
            connection=connection,
            values=import_form.asked_for(typed),
            user=request.user,
            idempotency_key=request.POST.get("idempotency_key", "").strip() or str(uuid.uuid4()),
        )
    except ImportInvalid as invalid:
        return _page(request, connection, typed, problems=invalid.messages, status=400)
    except JobRefused as refused:
        return _page(
            request, connection, typed, refusal=refused.message, status=refused.status_code
        )
    return redirect("bulk-job", connection_id=connection.pk, job_id=made.job.public_id)


def _page(
    request: HttpRequest,
    connection: Connection,
    typed: dict[str, str],
    *,
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
        **import_form.form(connection=connection, typed=typed),
    }
    return render_part(request, TEMPLATE, "preview", context, status=status)

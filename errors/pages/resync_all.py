"""The question before Resync all matching, and its start."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import connection_view, may, signed_in
from accounts.models import Role
from common.htmx import render_part
from errors.filters import ErrorFilters
from errors.jobs import JobRefused
from errors.jobs import resync_all as work
from errors.jobs.filter_words import NAMES, filters_from, words_of
from errors.types import ErrorType
from integrations.models import Connection


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view()
def resync_all(request: HttpRequest, connection: Connection) -> HttpResponse:
    """GET: how many errors, records, batches and calls the panel's filter will take; a dialog, or a page without
    JavaScript. POST: starts it. Spends no CRM call; six queries, whatever matches."""
    if request.method == "POST":
        return _start(request, connection)
    try:
        filters = filters_from(request.GET, connection=connection, user=signed_in(request))
        seen = work.preview(connection_id=connection.pk, filters=filters)
    except JobRefused as refused:
        return _answer(request, connection, {"refusal": refused.message}, refused.status_code)
    return _answer(request, connection, _shown(connection, filters, seen))


def _start(request: HttpRequest, connection: Connection) -> HttpResponse:
    if not may(role=connection.role, needed=Role.OPERATOR):
        raise PermissionDenied(_("Your role on this connection does not allow resyncing errors."))
    key = request.POST.get("idempotency_key", "").strip()[:200] or str(uuid.uuid4())
    try:
        filters = filters_from(request.POST, connection=connection, user=signed_in(request))
        made = work.start(
            connection_id=connection.pk,
            filters=filters,
            user=signed_in(request),
            idempotency_key=key,
        )
    except JobRefused as refused:
        return _answer(request, connection, {"refusal": refused.message}, refused.status_code)
    return redirect("bulk-job", connection_id=connection.pk, job_id=made.job.public_id)


def _shown(connection: Connection, filters: ErrorFilters, seen: work.Preview) -> dict[str, Any]:
    return {
        "seen": seen,
        "number": seen.selection.errors,
        "chosen": words_of(seen.filters),
        "hidden": [(name, getattr(filters, name)) for name in NAMES if getattr(filters, name)],
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

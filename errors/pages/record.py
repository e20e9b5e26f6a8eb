"""A record's own page, and Resync of this record."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import connection_view, may
from accounts.models import Role
from common import addresses
from common.htmx import render_part
from errors import resync, selectors
from errors.models import AffectedRecord, ResyncBatch
from errors.pages.listing import poll_seconds
from errors.pages.record_parts import RecordPage, get_row, record_page
from integrations.models import Connection


def _row_or_404(connection: Connection, record_id: int) -> AffectedRecord:
    try:
        return get_row(connection_id=connection.pk, record_id=record_id)
    except (AffectedRecord.DoesNotExist, OverflowError):
        raise Http404("No such record.") from None


@require_safe
@connection_view()
def record(request: HttpRequest, connection: Connection, record_id: int) -> HttpResponse:
    """The record that any of its affected rows leads to. The address of each row stays good for ever."""
    return _render(request, connection, _row_or_404(connection, record_id))


@require_POST
@connection_view(needed=Role.OPERATOR)
def resync_record(request: HttpRequest, connection: Connection, record_id: int) -> HttpResponse:
    """Stores a batch of this record alone. A refusal is told in place."""
    row = _row_or_404(connection, record_id)
    shown = record_page(connection=connection, row=row)
    assert request.user.is_authenticated
    try:
        made = resync.create_record_batch(
            connection_id=connection.pk,
            record_key=row.record_key,
            identity=shown.identity,
            user=request.user,
            idempotency_key=request.POST.get("idempotency_key", "").strip() or str(uuid.uuid4()),
        )
    except resync.ResyncRefused as refused:
        return _render(
            request, connection, row, status=refused.status_code, refusal=refused.message
        )
    if made.skipped:
        messages.info(
            request,
            ngettext(
                "%(number)d error of this record is being resynced already and was left out.",
                "%(number)d errors of this record are being resynced already and were left out.",
                len(made.skipped),
            )
            % {"number": len(made.skipped)},
        )
    # The page itself says that it was asked for, and in the same place how it ended.
    address = reverse("record", kwargs={"connection_id": connection.pk, "record_id": row.pk})
    return redirect(f"{address}?batch={made.batch.public_id}")


def _asked_batch(
    request: HttpRequest, connection: Connection, shown: RecordPage
) -> ResyncBatch | None:
    """The resync of this record that the address names. One query where it names one."""
    wanted = request.GET.get("batch", "")
    if not wanted:
        return None
    with suppress(ResyncBatch.DoesNotExist):
        found = selectors.get_batch(connection_id=connection.pk, public_id=wanted)
        if found.record_key in shown.identity.keys:
            return found
    addresses.leave_out(request, _("It names a resync that this record never had."))
    return None


def _render(
    request: HttpRequest,
    connection: Connection,
    row: AffectedRecord,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    shown = addresses.page_or_first(
        request, lambda cursor: record_page(connection=connection, row=row, cursor=cursor)
    )
    values = {"differing": _("Only those that differ"), "all": _("All")}
    only_differences = (
        addresses.chosen(request, "values", label=_("Values"), allowed=values) == "differing"
    )
    asked = _asked_batch(request, connection, shown)
    ended = asked is not None and asked.state == ResyncBatch.State.FINISHED
    batch = shown.live or (None if ended else asked)
    # Asking again for what made no sense would tell it again and again.
    cursor = "" if addresses.left_out(request) else request.GET.get("cursor", "")
    if status == 200:
        status = addresses.status_of(request)
    context: dict[str, Any] = {
        "connection": connection,
        "section": "health",
        "page": shown,
        "record": shown.identity.record,
        "name": shown.identity.record.label
        or shown.identity.record.hubspot_id
        or shown.identity.record.salesforce_id,
        "link": shown.identity.link,
        "mapping": shown.identity.mapping,
        "values": [
            (one, shown.stopped_by(one))
            for one in shown.values
            if one.differs or not only_differences
        ],
        "differing": sum(one.differs for one in shown.values),
        "pending": sum(bool(one.pending) for one in shown.values),
        "only_differences": only_differences,
        "cursor": cursor,
        "batch": batch,
        "asked": asked,
        "ended": not batch and (ended or bool(request.GET.get("said"))),
        "poll": poll_seconds(batch) if batch else 0,
        "may_operate": may(role=connection.role, needed=Role.OPERATOR),
        "may_administer": may(role=connection.role, needed=Role.ADMIN),
        "idempotency_key": uuid.uuid4(),
        "refusal": refusal,
    }
    return render_part(request, "errors/record.html", "body", context, status=status)

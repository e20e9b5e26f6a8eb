"""Pages of jobs: the list, one job's progress, and pausing, resuming, cancelling it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import connection_view, may
from accounts.models import Role
from common import addresses, clock
from common.htmx import render_part
from errors.jobs import JobRefused, cancel_job, pause_job, resume_job, selectors, texts
from errors.jobs.headlines import headlines
from errors.models import BulkJob, ResyncBatch
from integrations.models import Connection

_FINISHED = (*BulkJob.ENDED, BulkJob.State.FAILED)


def _job_or_404(connection: Connection, job_id: uuid.UUID) -> BulkJob:
    try:
        return selectors.get_job(connection_id=connection.pk, public_id=job_id)
    except BulkJob.DoesNotExist:
        raise Http404("No such job.") from None


@require_safe
@connection_view()
def jobs(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Work on many errors or records: what, who, when, how far. Newest first. One query for the list, and four at
    most for what its jobs name."""
    page = addresses.page_or_first(
        request, lambda cursor: selectors.jobs_page(connection_id=connection.pk, cursor=cursor)
    )
    lines = headlines(page.items)
    rows = [
        {
            "job": job,
            "line": lines[job.pk],
            "state": texts.state_of(job),
            "held": bool(texts.why_held(job)),
        }
        for job in page.items
    ]
    return render(
        request,
        "errors/jobs.html",
        {"connection": connection, "section": "jobs", "page": page, "rows": rows},
        status=addresses.status_of(request),
    )


@require_safe
@connection_view()
def job(request: HttpRequest, connection: Connection, job_id: uuid.UUID) -> HttpResponse:
    """How far a job is. Asks itself again while there is more to learn; nothing is lost by closing it.

    One query, and what the kind's `describe` asks.
    """
    return _page(request, connection, _job_or_404(connection, job_id))


def _page(
    request: HttpRequest,
    connection: Connection,
    found: BulkJob,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    words = texts.texts_of(found)
    working = [one for one in words.batches if one.state != ResyncBatch.State.FINISHED]
    done = found.done + sum(one.done for one in working)
    failed = found.failed + sum(one.failed for one in working)
    said = _milestone(found, done + failed)
    waits = [one for one in working if one.why_waiting]
    context: dict[str, Any] = {
        "connection": connection,
        "section": "jobs",
        "job": found,
        "texts": words,
        "samples": [
            one if isinstance(one, texts.Sample) else texts.Sample(label="", message=one)
            for one in words.samples[: texts.MOST_SAMPLES]
        ],
        "state": texts.state_of(found),
        "why_held": texts.why_held(found) or (waits[0].why_waiting if waits else ""),
        "silent_until": texts.silent_until(found),
        "waits_until": found.waits_until
        if texts.why_held(found)
        else (waits[0].waits_until if waits else None),
        "done": done,
        "failed": failed,
        "handled": done + failed,
        "api_calls": found.api_calls + sum(one.api_calls for one in working),
        "poll": _poll_seconds(found, still_working=bool(working)),
        "milestone": said,
        "announce": request.GET.get("said") != said,
        "may_operate": may(role=connection.role, needed=Role.OPERATOR),
        "may_pause": found.state in BulkJob.LIVE,
        "may_resume": found.state in (BulkJob.State.PAUSED, BulkJob.State.FAILED),
        "may_cancel": not found.ended,
        "refusal": refusal,
    }
    return render_part(request, "errors/job.html", "body", context, status=status)


def _poll_seconds(found: BulkJob, *, still_working: bool) -> int:
    """How long until the page asks again; 0 when nothing more comes by itself.

    A worker that died with a job which was cancelled or paused meanwhile leaves its lease, which nobody takes back: only
    one that still runs is waited for.
    """
    held = found.lease_until is not None and found.lease_until > clock.now()
    if found.state not in BulkJob.LIVE and not (held or still_working):
        return 0
    return 1 if clock.now() - found.created_at < timedelta(seconds=20) else 5


def _milestone(found: BulkJob, handled: int) -> str:
    """What is worth saying aloud: the start, the half, a pause, the end. Not every second's number."""
    if found.state in _FINISHED:
        return "end"
    if found.state == BulkJob.State.PAUSED:
        return "paused"
    return "half" if found.total and handled * 2 >= found.total else "start"


def _change(
    request: HttpRequest,
    connection: Connection,
    job_id: uuid.UUID,
    change: Callable[..., None],
    told: str,
) -> HttpResponse:
    found = _job_or_404(connection, job_id)
    try:
        change(job=found)
    except JobRefused as refused:
        return _page(request, connection, found, refused.message, refused.status_code)
    messages.success(request, told)
    return redirect("bulk-job", connection_id=connection.pk, job_id=job_id)


@require_POST
@connection_view(needed=Role.OPERATOR)
def pause(request: HttpRequest, connection: Connection, job_id: uuid.UUID) -> HttpResponse:
    told = _("Paused. What is under way is still brought to its end.")
    return _change(request, connection, job_id, pause_job, told)


@require_POST
@connection_view(needed=Role.OPERATOR)
def resume(request: HttpRequest, connection: Connection, job_id: uuid.UUID) -> HttpResponse:
    return _change(request, connection, job_id, resume_job, _("Resumed. It goes on where it was."))


@require_POST
@connection_view(needed=Role.OPERATOR)
def cancel(request: HttpRequest, connection: Connection, job_id: uuid.UUID) -> HttpResponse:
    told = _(
        "Cancelled. What has been done stays done; a step under way is still brought to its end."
    )
    return _change(request, connection, job_id, cancel_job, told)

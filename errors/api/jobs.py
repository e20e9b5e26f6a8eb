"""REST calls about jobs. Thin: reads go through `errors.jobs.selectors`, changes through `errors.jobs`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection
from accounts.models import Role
from common.api import PAGE_PARAMETERS, listing, page_parameters
from common.pages import BadCursor
from errors import jobs
from errors.api.serializers import ListingSerializer
from errors.jobs import selectors, texts
from errors.jobs.headlines import Headline, headlines
from errors.models import BulkJob


class BulkJobSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=BulkJob.Kind.choices)
    title = serializers.CharField(help_text=_("What it does, in words."))
    about = serializers.CharField(
        help_text=_("What it was asked for: which records or errors, in words.")
    )
    state = serializers.ChoiceField(choices=BulkJob.State.choices)
    total = serializers.IntegerField(
        allow_null=True,
        help_text=_("Errors for resync, records for the others; null until it is known."),
    )
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    api_calls = serializers.IntegerField(help_text=_("Salesforce API calls it took."))
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    held_until = serializers.DateTimeField(
        allow_null=True, help_text=_("When it goes on by itself, while it waits.")
    )
    hold_reason = serializers.CharField(help_text=_("Why it waits, as a code; empty if not."))
    detail = serializers.CharField(help_text=_("The last fault, in the CRM's words."))
    requested_by = serializers.CharField(allow_null=True)
    result = serializers.DictField()


class BulkJobListSerializer(ListingSerializer):
    results = BulkJobSerializer(many=True)


def job_facts(job: BulkJob, line: Headline | None = None) -> dict[str, Any]:
    """A job as the API answers it. Beyond the job's own query, with who asked for it joined, at most four for what
    it names, unless its headline is given."""
    line = line or headlines([job])[job.pk]
    held = bool(texts.why_held(job))
    return {
        "id": job.public_id,
        "kind": job.kind,
        "title": line.title,
        "about": line.about,
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "failed": job.failed,
        "api_calls": job.api_calls,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "held_until": job.waits_until if held else None,
        "hold_reason": job.hold_reason if held else "",
        "detail": job.detail,
        "requested_by": str(job.requested_by) if job.requested_by else None,
        "result": job.result,
    }


class BulkJobsView(APIView):
    @extend_schema(
        operation_id="jobs_list",
        summary="Work on many errors or records, newest first",
        parameters=PAGE_PARAMETERS,
        responses=BulkJobListSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        cursor, limit = page_parameters(request)
        try:
            page = selectors.jobs_page(connection_id=connection.pk, cursor=cursor, limit=limit)
        except BadCursor as error:
            raise exceptions.ValidationError({"cursor": [str(error)]}) from error
        lines = headlines(page.items)
        facts = [job_facts(job, lines[job.pk]) for job in page.items]
        return listing(request, page, [BulkJobSerializer(one).data for one in facts])


def _job(request: Request, connection_id: int, job_id: uuid.UUID, needed: Role) -> BulkJob:
    connection = get_connection(user=request.user, connection_id=connection_id, needed=needed)
    try:
        return selectors.get_job(connection_id=connection.pk, public_id=job_id)
    except BulkJob.DoesNotExist:
        raise Http404(_("No such job on this connection.")) from None


class BulkJobView(APIView):
    @extend_schema(
        operation_id="jobs_retrieve", summary="How far a job is", responses=BulkJobSerializer
    )
    def get(self, request: Request, connection_id: int, job_id: uuid.UUID) -> Response:
        job = _job(request, connection_id, job_id, Role.VIEWER)
        return Response(BulkJobSerializer(job_facts(job)).data)


_CHANGED = {
    200: BulkJobSerializer,
    409: OpenApiResponse(description="wrong_state: not possible in the state it is in"),
}


def _change(
    request: Request, connection_id: int, job_id: uuid.UUID, change: Callable[..., None]
) -> Response:
    job = _job(request, connection_id, job_id, Role.OPERATOR)
    change(job=job)
    return Response(BulkJobSerializer(job_facts(job)).data)


class BulkJobPauseView(APIView):
    @extend_schema(
        operation_id="jobs_pause",
        summary="Pause a job after its current step",
        request=None,
        responses=_CHANGED,
    )
    def post(self, request: Request, connection_id: int, job_id: uuid.UUID) -> Response:
        return _change(request, connection_id, job_id, jobs.pause_job)


class BulkJobResumeView(APIView):
    @extend_schema(
        operation_id="jobs_resume",
        summary="Take up a job that was paused or that stopped",
        request=None,
        responses=_CHANGED,
    )
    def post(self, request: Request, connection_id: int, job_id: uuid.UUID) -> Response:
        return _change(request, connection_id, job_id, jobs.resume_job)


class BulkJobCancelView(APIView):
    @extend_schema(
        operation_id="jobs_cancel",
        summary="End a job for good; what it has done stays done",
        request=None,
        responses=_CHANGED,
    )
    def post(self, request: Request, connection_id: int, job_id: uuid.UUID) -> Response:
        return _change(request, connection_id, job_id, jobs.cancel_job)

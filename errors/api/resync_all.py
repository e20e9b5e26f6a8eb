"""Resync all matching over REST: the estimate, and the start."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection, signed_in
from accounts.models import Role
from common.api import idempotency_key
from errors.api.filter_bodies import ASSIGNED, FilterSerializer, filters_of_body
from errors.api.jobs import BulkJobSerializer, job_facts
from errors.filter_input import DIRECTIONS
from errors.filters import AGES
from errors.jobs import resync_all
from errors.jobs.filter_words import filters_from
from errors.types import ErrorType


class ResyncAllRequestSerializer(serializers.Serializer[Any]):
    filters = FilterSerializer(required=False)


class ResyncAllEstimateSerializer(serializers.Serializer[Any]):
    errors = serializers.IntegerField(help_text=_("Open errors that match."))  # type: ignore[assignment]
    more_errors = serializers.BooleanField(help_text=_("There are more than that."))
    records = serializers.IntegerField(
        help_text=_("Affected records; one that is in several errors counts in each.")
    )
    batches = serializers.IntegerField()
    api_calls = serializers.IntegerField(help_text=_("Salesforce API calls, at most about this."))
    remaining = serializers.IntegerField(help_text=_("What is left of the allotment now."))
    remaining_after = serializers.IntegerField(help_text=_("What will be left afterwards."))
    fits_now = serializers.BooleanField(
        help_text=_("Whether it can go through without waiting for free calls.")
    )
    waits_until = serializers.DateTimeField(
        allow_null=True, help_text=_("Roughly until when it will have to wait, else null.")
    )


class ResyncAllView(APIView):
    @extend_schema(
        operation_id="resync_all_estimate",
        summary="What resyncing all matching errors will take",
        parameters=[
            OpenApiParameter("type", str, enum=ErrorType.values),
            OpenApiParameter("code", str, description="The cause, e.g. waiting-for-account."),
            OpenApiParameter("search", str, description="In record names, ids and messages."),
            OpenApiParameter("object", str, description="Either side's object, e.g. contacts."),
            OpenApiParameter("direction", str, enum=list(DIRECTIONS)),
            OpenApiParameter("age", str, enum=list(AGES)),
            OpenApiParameter("assigned", str, description=ASSIGNED),
        ],
        responses=ResyncAllEstimateSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        filters = filters_from(request.query_params, connection=connection, user=signed_in(request))
        seen = resync_all.preview(connection_id=connection.pk, filters=filters)
        return Response(
            ResyncAllEstimateSerializer(
                {
                    "errors": seen.selection.errors,
                    "more_errors": seen.selection.more,
                    "records": seen.selection.records,
                    "batches": seen.selection.estimate.batches,
                    "api_calls": seen.calls,
                    "remaining": seen.room.remaining,
                    "remaining_after": seen.left_after,
                    "fits_now": seen.fits,
                    "waits_until": seen.waits_until,
                }
            ).data
        )

    @extend_schema(
        operation_id="resync_all_start",
        summary="Resync all matching errors, in batches of at most 100",
        description=(
            "Stores a job that queues one batch after another, paced by what is left of the allotment. The same"
            " Idempotency-Key with the same filters gives the same job; with others it is refused with 409."
        ),
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=ResyncAllRequestSerializer,
        responses={
            202: BulkJobSerializer,
            400: OpenApiResponse(description="no_errors, not_open, invalid_filter"),
            409: OpenApiResponse(description="key_reused"),
        },
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        key = idempotency_key(request)
        made = resync_all.start(
            connection_id=connection.pk,
            filters=filters_of_body(request, connection=connection),
            user=signed_in(request),
            idempotency_key=key,
        )
        facts = BulkJobSerializer(job_facts(made.job)).data
        return Response(facts, status=status.HTTP_202_ACCEPTED)

"""REST calls about resync batches: the log, making one, and what became of one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection, signed_in
from accounts.models import Role
from common.api import PAGE_PARAMETERS, Refusal, idempotency_key, listing, page_parameters
from common.pages import BadCursor
from errors import resync, selectors
from errors.api import serializers as shapes
from errors.history import types_of_batches
from errors.models import ResyncBatch
from errors.types import ErrorType


class BatchTypeSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ErrorType.choices)
    errors = serializers.IntegerField()  # type: ignore[assignment]


class LoggedBatchSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ResyncBatch.State.choices)
    requested_by = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("Who asked for it.")
    )
    one_record = serializers.BooleanField(
        help_text=gettext_lazy("It retries one record alone, not all records of its errors.")
    )
    types = BatchTypeSerializer(many=True)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    records_total = serializers.IntegerField()
    records_done = serializers.IntegerField()
    api_calls = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class LoggedBatchListSerializer(shapes.ListingSerializer):
    results = LoggedBatchSerializer(many=True)


def batch_facts(batch: ResyncBatch, *, skipped: list[int] | None = None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": batch.public_id,
        "state": batch.state,
        "total": batch.total,
        "done": batch.done,
        "failed": batch.failed,
        "records_total": batch.records_total,
        "records_done": batch.records_done,
        "api_calls": batch.api_calls,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
        "held_until": batch.not_before if batch.hold_reason else None,
        "errors": [
            {
                "id": item.error_id,
                "state": item.state,
                "records": item.records,
                "records_resolved": item.records_resolved,
                "reason": item.reason,
            }
            for item in selectors.batch_items(batch_id=batch.pk)
        ],
    }
    if skipped is not None:
        facts["skipped"] = skipped
    return dict(shapes.ResyncBatchSerializer(facts).data)


def _error_ids(data: Any) -> list[int]:
    ids = data.get("errors") if isinstance(data, dict) else None
    if not isinstance(ids, list) or any(type(item) is not int for item in ids):
        raise Refusal(
            "invalid",
            _("errors must be a list of error ids (whole numbers)."),
            fields={"errors": [_("A list of whole numbers.")]},
        )
    return ids


class ResyncBatchesView(APIView):
    @extend_schema(
        operation_id="resync_batches_list",
        summary="Resync batches, newest first",
        parameters=PAGE_PARAMETERS,
        responses=LoggedBatchListSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        cursor, limit = page_parameters(request)
        try:
            page = selectors.resync_batches_page(
                connection_id=connection.pk, cursor=cursor or None, limit=limit
            )
        except BadCursor as error:
            raise exceptions.ValidationError({"cursor": [str(error)]}) from error
        types = types_of_batches(batch_ids=[batch.pk for batch in page.items])
        results = [_logged(batch, types[batch.pk]) for batch in page.items]
        return listing(request, page, list(LoggedBatchSerializer(results, many=True).data))

    @extend_schema(
        operation_id="resync_batches_create",
        summary="Resync 1 to 100 errors",
        description=(
            "Stores a batch that a worker retries. The same Idempotency-Key with the same errors "
            "gives the same batch; with other errors it is refused with 409."
        ),
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=shapes.ResyncRequestSerializer,
        responses={
            202: shapes.ResyncBatchSerializer,
            400: OpenApiResponse(description="no_errors, too_many_errors, unknown_errors"),
            409: OpenApiResponse(description="key_reused, already_in_live_batch"),
        },
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        made = resync.create_batch(
            connection_id=connection.pk,
            error_ids=_error_ids(request.data),
            user=signed_in(request),
            idempotency_key=idempotency_key(request),
        )
        facts = batch_facts(made.batch, skipped=made.skipped)
        return Response(facts, status=status.HTTP_202_ACCEPTED)


def _logged(batch: ResyncBatch, types: list[tuple[ErrorType, int]]) -> dict[str, Any]:
    return {
        "id": batch.public_id,
        "state": batch.state,
        "requested_by": str(batch.requested_by) if batch.requested_by else None,
        "one_record": bool(batch.record_key),
        "types": [{"type": kind.value, "errors": number} for kind, number in types],
        "total": batch.total,
        "done": batch.done,
        "failed": batch.failed,
        "records_total": batch.records_total,
        "records_done": batch.records_done,
        "api_calls": batch.api_calls,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


class ResyncBatchView(APIView):
    @extend_schema(
        operation_id="resync_batches_retrieve",
        summary="What a resync batch does, or did",
        responses=shapes.ResyncBatchSerializer,
    )
    def get(self, request: Request, connection_id: int, batch_id: uuid.UUID) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        try:
            batch = selectors.get_batch(connection_id=connection.pk, public_id=batch_id)
        except ResyncBatch.DoesNotExist:
            raise Http404(_("No such resync batch on this connection.")) from None
        return Response(batch_facts(batch))

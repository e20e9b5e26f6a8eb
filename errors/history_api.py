"""REST calls about the history: what happened day by day, and the log of resync batches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection
from common.api import listing, page_parameters
from common.pages import BadCursor
from errors import api, selectors
from errors.api_serializers import ListingSerializer
from errors.filter_api import choice
from errors.history import LONGEST, history, types_of_batches
from errors.models import ResyncBatch
from errors.types import ErrorType


class HistoryDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text=gettext_lazy("A day in UTC."))
    opened = serializers.IntegerField()
    reopened = serializers.IntegerField(help_text=gettext_lazy("Errors that came back."))
    resolved = serializers.IntegerField()
    ignored = serializers.IntegerField()


class TimeToResolveSerializer(serializers.Serializer[Any]):
    resolved = serializers.IntegerField()
    average_seconds = serializers.IntegerField(allow_null=True)
    within_hour = serializers.IntegerField()
    within_day = serializers.IntegerField(
        help_text=gettext_lazy("Those within an hour among them.")
    )
    within_week = serializers.IntegerField(help_text=gettext_lazy("Those within a day among them."))


class HistorySerializer(serializers.Serializer[Any]):
    days = HistoryDaySerializer(many=True, help_text=gettext_lazy("The oldest first."))
    time_to_resolve = TimeToResolveSerializer()


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


class LoggedBatchListSerializer(ListingSerializer):
    results = LoggedBatchSerializer(many=True)


def _days(request: Request) -> int:
    text = request.query_params.get("days", "30")
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= LONGEST):
        message = _("days must be a whole number from 1 to %(most)s.") % {"most": LONGEST}
        raise exceptions.ValidationError({"days": [message]})
    return int(text)


class HistoryView(APIView):
    @extend_schema(
        operation_id="history_retrieve",
        summary="Errors opened, come back, resolved and ignored, day by day, and the time to resolve",
        parameters=[
            OpenApiParameter("days", int, description="1 to 366; 30 unless told."),
            OpenApiParameter("type", str, enum=ErrorType.values),
        ],
        responses=HistorySerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        told = history(
            connection_id=connection.pk,
            days=_days(request),
            error_type=choice(request, "type", ErrorType.values),
        )
        facts = {
            "days": [{"day": one.day, **asdict(one.numbers)} for one in told.days],
            "time_to_resolve": asdict(told.time),
        }
        return Response(HistorySerializer(facts).data)


class ResyncBatchesView(api.ResyncBatchesView):
    """The log beside the call that makes a batch: they share an address."""

    @extend_schema(
        operation_id="resync_batches_list",
        summary="Resync batches, newest first",
        parameters=[
            OpenApiParameter("cursor", str, description="As given in `next` or `previous`."),
            OpenApiParameter("limit", int, description="Rows a page, 1 to 200; 50 unless told."),
        ],
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

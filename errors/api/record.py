"""REST calls about one record, and Resync of it. Thin: what a record is comes from `errors.pages.record_parts`."""

from __future__ import annotations

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
from common.api import idempotency_key, listing, page_parameters
from common.pages import BadCursor
from errors import resync
from errors.api import serializers as shapes
from errors.api.resync_batches import batch_facts
from errors.identity import identify_row
from errors.models import AffectedRecord, RecordAttempt, SyncError
from errors.pages.record_parts import ErrorOfRecord, RecordPage, RunOfTries, get_row, record_page
from errors.types import ErrorType
from integrations.models import Connection
from integrations.record_values import PairValues


class RecordValueSerializer(serializers.Serializer[Any]):
    property = serializers.CharField(help_text=gettext_lazy("The HubSpot property."))
    field = serializers.CharField(help_text=gettext_lazy("The Salesforce field."))
    rule = serializers.CharField()
    paused = serializers.BooleanField()
    hubspot_value = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("As last read; null: not known.")
    )
    salesforce_value = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("As last read; null: not known.")
    )
    differs = serializers.BooleanField()
    pending = serializers.ListField(
        child=serializers.CharField(),
        help_text=gettext_lazy("Directions in which the value is still to be carried over."),
    )


class RecordErrorSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=ErrorType.choices)
    code = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    status = serializers.ChoiceField(choices=SyncError.Status.choices)
    open = serializers.BooleanField(
        help_text=gettext_lazy("Whether it keeps this record from syncing now.")
    )
    direction = serializers.CharField()
    message = serializers.CharField()
    failures = serializers.IntegerField(help_text=gettext_lazy("Of this record."))
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    resync_batch = serializers.UUIDField(
        allow_null=True, help_text=gettext_lazy("The batch that works on it now.")
    )


class RecordAttemptSerializer(serializers.Serializer[Any]):
    direction = serializers.CharField()
    result = serializers.ChoiceField(choices=RecordAttempt.Result.choices)
    source = serializers.ChoiceField(choices=RecordAttempt.Source.choices)  # type: ignore[assignment]
    times = serializers.IntegerField(help_text=gettext_lazy("Equal tries in a row."))
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    errors = serializers.ListField(child=serializers.IntegerField())  # type: ignore[assignment]
    message = serializers.CharField(allow_blank=True)


class RecordDetailSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    hubspot_object = serializers.CharField()
    salesforce_object = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    hubspot_id = serializers.CharField(allow_blank=True)
    salesforce_id = serializers.CharField(allow_blank=True)
    hubspot_url = serializers.CharField(allow_blank=True)
    salesforce_url = serializers.CharField(allow_blank=True)
    hubspot_modified_at = serializers.DateTimeField(allow_null=True)
    salesforce_modified_at = serializers.DateTimeField(allow_null=True)
    synced_at = serializers.DateTimeField(allow_null=True)
    values = RecordValueSerializer(many=True)
    errors = RecordErrorSerializer(many=True)  # type: ignore[assignment]
    attempts = RecordAttemptSerializer(many=True)
    attempts_next = serializers.URLField(
        allow_null=True, help_text=gettext_lazy("The same record with older attempts.")
    )


def _row_or_404(connection: Connection, record_id: int) -> AffectedRecord:
    try:
        return get_row(connection_id=connection.pk, record_id=record_id)
    except (AffectedRecord.DoesNotExist, OverflowError):
        raise Http404(_("No such record on this connection.")) from None


def _value(one: PairValues) -> dict[str, Any]:
    return {
        "property": one.hubspot_property,
        "field": one.salesforce_field,
        "rule": one.rule,
        "paused": one.paused,
        "hubspot_value": one.hubspot_value,
        "salesforce_value": one.salesforce_value,
        "differs": one.differs,
        "pending": one.pending,
    }


def _error(one: ErrorOfRecord) -> dict[str, Any]:
    return {
        "id": one.error.pk,
        "type": one.error.type,
        "code": one.error.code,
        "title": one.title,
        "summary": one.summary,
        "status": one.error.status,
        "open": one.row.state == AffectedRecord.State.OPEN,
        "direction": one.row.direction,
        "message": one.row.message,
        "failures": one.row.failures,
        "first_seen": one.row.first_seen_at,
        "last_seen": one.row.last_seen_at,
        "resync_batch": one.batch.public_id if one.batch else None,
    }


def _attempt(one: RunOfTries) -> dict[str, Any]:
    run = one.run
    return {
        "direction": run.direction,
        "result": run.result,
        "source": run.source,
        "times": run.times,
        "first_at": run.first_at,
        "last_at": run.last_at,
        "errors": run.error_ids,
        "message": run.message,
    }


def _facts(page: RecordPage, *, attempts_next: str | None) -> dict[str, Any]:
    record, link = page.identity.record, page.identity.link
    return {
        "id": page.row.pk,
        "hubspot_object": record.hubspot_object,
        "salesforce_object": record.salesforce_object,
        "label": record.label or record.hubspot_id or record.salesforce_id,
        "hubspot_id": record.hubspot_id,
        "salesforce_id": record.salesforce_id,
        "hubspot_url": page.urls["hubspot"],
        "salesforce_url": page.urls["salesforce"],
        "hubspot_modified_at": link.hubspot_modified_at if link else None,
        "salesforce_modified_at": link.salesforce_modified_at if link else None,
        "synced_at": link.synced_at if link else None,
        "values": [_value(one) for one in page.values],
        "errors": [_error(one) for one in [*page.open_errors, *page.earlier_errors]],
        "attempts": [_attempt(one) for one in page.runs],
        "attempts_next": attempts_next,
    }


class RecordView(APIView):
    @extend_schema(
        operation_id="records_retrieve",
        summary="One record: its values on both sides, its errors, its sync attempts",
        description=(
            "`record_id` is that of any of its affected records. Values are as the sync last read them: "
            "no CRM is asked."
        ),
        parameters=[
            OpenApiParameter("cursor", str, description="Of older attempts, from `attempts_next`."),
            OpenApiParameter("limit", int, description="Attempts, 1 to 200; 50 unless told."),
        ],
        responses=RecordDetailSerializer,
    )
    def get(self, request: Request, connection_id: int, record_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        row = _row_or_404(connection, record_id)
        cursor, limit = page_parameters(request)
        try:
            page = record_page(connection=connection, row=row, cursor=cursor or None, limit=limit)
        except BadCursor as error:
            raise exceptions.ValidationError({"cursor": [str(error)]}) from error
        links: dict[str, Any] = listing(request, page.attempts, []).data
        facts = _facts(page, attempts_next=links["next"])
        return Response(RecordDetailSerializer(facts).data)


class RecordResyncView(APIView):
    @extend_schema(
        operation_id="records_resync",
        summary="Resync one record alone",
        description="The same Idempotency-Key with the same record gives the same batch.",
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=None,
        responses={
            202: shapes.ResyncBatchSerializer,
            409: OpenApiResponse(
                description="nothing_to_resync, already_in_live_batch, key_reused"
            ),
        },
    )
    def post(self, request: Request, connection_id: int, record_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        row = _row_or_404(connection, record_id)
        made = resync.create_record_batch(
            connection_id=connection.pk,
            record_key=row.record_key,
            identity=identify_row(row=row),
            user=signed_in(request),
            idempotency_key=idempotency_key(request),
        )
        facts = batch_facts(made.batch, skipped=made.skipped)
        return Response(facts, status=status.HTTP_202_ACCEPTED)

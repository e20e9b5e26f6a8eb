"""REST calls about errors: the cards, the list, one error, its records, the export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection
from common.api import PAGE_PARAMETERS, listing, page_parameters
from common.csv import csv_response
from common.pages import BadCursor
from errors import about, exports, presenters, selectors
from errors.api import serializers as shapes
from errors.api.filters import (
    FILTERS,
    RECORD_STATE,
    SORT,
    error_filters,
    error_sort,
    record_state,
    search_of,
)
from errors.models import SyncError
from integrations.models import Connection


def error_or_404(connection: Connection, error_id: int) -> SyncError:
    try:
        return selectors.get_error(connection_id=connection.pk, error_id=error_id)
    except (SyncError.DoesNotExist, OverflowError):
        raise Http404(_("No such error on this connection.")) from None


def ignored_facts(error: SyncError) -> dict[str, Any] | None:
    """Who set an error aside, why, and what ends it; None for one that is not."""
    if error.status != SyncError.Status.IGNORED:
        return None
    return {
        "by": error.ignored_by.email if error.ignored_by else None,
        "at": error.ignored_at,
        "reason": error.ignore_reason,
        "until": error.ignored_until,
        "above": error.ignored_above,
    }


def error_facts(
    error: SyncError, *, connection: Connection, shown: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An error as the API answers it: what all have, and what its type shows (`shown`, where it is made already)."""
    if shown is None:
        shown = presenters.fields(error, connection=connection)
    return {
        "id": error.pk,
        "type": error.type,
        "code": error.code,
        "title": presenters.title(error),
        "summary": presenters.summary(error),
        "status": error.status,
        "records": error.open_records,
        "failures": error.failures,
        "first_seen": error.first_seen_at,
        "last_seen": error.last_seen_at,
        "came_back": error.times_reopened,
        "assigned_to": error.assigned_to.email if error.assigned_to else None,
        "ignored": ignored_facts(error),
        **shown,
    }


class ErrorTypesView(APIView):
    @extend_schema(
        operation_id="error_types_list",
        summary="The eight cards: open errors and affected records by type",
        responses=shapes.ErrorTypeListSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        cards = selectors.error_type_cards(connection_id=connection.pk)
        results = shapes.ErrorTypeSerializer(cards, many=True).data
        return Response({"results": results, "next": None, "previous": None})


class ErrorsView(APIView):
    @extend_schema(
        operation_id="errors_list",
        summary="Errors, newest first unless told",
        parameters=[*FILTERS, SORT, *PAGE_PARAMETERS],
        responses=shapes.ErrorListSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        cursor, limit = page_parameters(request)
        filters = error_filters(request, connection=connection)
        try:
            page = selectors.errors_page(
                connection_id=connection.pk,
                filters=filters,
                sort=error_sort(request),
                cursor=cursor,
                limit=limit,
            )
        except BadCursor as error:
            raise exceptions.ValidationError({"cursor": [str(error)]}) from error
        shown = presenters.fields_of_page(page.items, connection=connection)
        return listing(
            request,
            page,
            [error_facts(row, connection=connection, shown=shown[row.pk]) for row in page.items],
        )


class ErrorView(APIView):
    @extend_schema(
        operation_id="errors_retrieve",
        summary="One error with its explanation and resolution steps",
        responses=shapes.ErrorDetailSerializer,
    )
    def get(self, request: Request, connection_id: int, error_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        error = error_or_404(connection, error_id)
        known = about.about(error=error, connection=connection)
        return Response(
            {
                **error_facts(error, connection=connection, shown=known["facts"]),
                "explanation": presenters.explanation(error),
                "steps": presenters.steps(error),
                **about.deeper_facts(known),
            }
        )


class ErrorRecordsView(APIView):
    @extend_schema(
        operation_id="errors_records_list",
        summary="The records an error keeps from syncing",
        parameters=[RECORD_STATE, OpenApiParameter("search", str), *PAGE_PARAMETERS],
        responses=shapes.RecordListSerializer,
    )
    def get(self, request: Request, connection_id: int, error_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        error = error_or_404(connection, error_id)
        cursor, limit = page_parameters(request)
        try:
            page = selectors.records_page(
                error_id=error.pk,
                state=record_state(request),
                cursor=cursor,
                limit=limit,
                search=search_of(request),
            )
        except BadCursor as bad:
            raise exceptions.ValidationError({"cursor": [str(bad)]}) from bad
        return listing(
            request,
            page,
            [presenters.record_fields(row, connection=connection) for row in page.items],
        )


class CSVRenderer(BaseRenderer):
    """Only negotiates: the export is streamed past it, and refusals are JSON."""

    media_type = "text/csv"
    format = "csv"


class CSVView(APIView):
    """A call that answers a streamed CSV; its refusals are JSON as everywhere."""

    renderer_classes = [CSVRenderer, JSONRenderer]

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        if isinstance(response, Response):  # a refusal
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)


class ErrorsExportView(CSVView):
    @extend_schema(
        operation_id="errors_export",
        summary="The errors of the filter as CSV, one row an affected record",
        description="Commas between the cells and points before decimals, whatever the language.",
        parameters=FILTERS,
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, connection_id: int) -> HttpResponseBase:
        connection = get_connection(user=request.user, connection_id=connection_id)
        filters = error_filters(request, connection=connection)
        rows: Iterator[bytes] = exports.stream_errors_csv(connection=connection, filters=filters)
        name = exports.file_name(connection=connection, filters=filters)
        return csv_response(rows, file_name=name)

"""REST calls about saved views and the exports of affected records. Thin: `saved_views` does the work."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection, signed_in
from accounts.models import Role
from common.api import PAGE_PARAMETERS, Refusal, listing, page_parameters
from common.csv import csv_response
from common.pages import BadCursor
from errors import presenters, record_exports, saved_views, selectors, view_lists, view_selectors
from errors.api import saved_view_serializers as shapes
from errors.api.filters import RECORD_STATE, record_state, search_of, state_of
from errors.api.listing import CSVView, error_or_404
from errors.models import BulkJob, SavedView
from integrations.models import Connection

_SEARCH = OpenApiParameter("search", str, description="In record names, ids and messages.")
_STATE = OpenApiParameter("state", str, enum=view_selectors.STATES, default="all")
_REFUSALS = {
    400: OpenApiResponse(description="name_required, name_too_long, name_not_printable, invalid"),
    409: OpenApiResponse(description="name_taken, no_records"),
}


def view_or_404(connection: Connection, view_id: uuid.UUID) -> SavedView:
    try:
        return view_selectors.get_view(connection_id=connection.pk, public_id=view_id)
    except SavedView.DoesNotExist:
        raise Http404(_("No such view on this connection.")) from None


def view_facts(view: SavedView, *, connection: Connection, job: BulkJob | None) -> dict[str, Any]:
    """A view as the API answers it, `job` being the one of its lists. No query, given its maker and its error."""
    return {
        "id": view.public_id,
        "name": view.name,
        "records": view.total,
        "open_records": view.open_records,
        "resolved": view.total - view.open_records,
        "error": view.error_id,
        "created_by": str(view.created_by) if view.created_by else None,
        "created_at": view.created_at,
        "hubspot_list": job.state if job else "none",
        "hubspot_lists": [
            {
                "object": one.object,
                "name": one.name,
                "list_id": one.list_id,
                "url": one.url,
                "added": one.added,
                "not_in_hubspot": one.not_there,
                "unknown_to_hubspot": one.unknown,
                "refusal": one.refusal,
                "complete": one.complete,
            }
            for one in view_lists.shown_lists(view=view, connection=connection)
        ],
    }


def _answer(view: SavedView, connection: Connection, *, status_code: int = 200) -> Response:
    facts = view_facts(view, connection=connection, job=view_lists.list_job(view=view))
    return Response(shapes.SavedViewSerializer(facts).data, status=status_code)


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Refusal("invalid", _("The body must be a JSON object."))
    return request.data


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Refusal(
            "invalid", _("%(name)s must be text.") % {"name": name}, fields={name: [_("Text.")]}
        )
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        message = _("%(name)s must be true or false.") % {"name": name}
        raise Refusal("invalid", message, fields={name: [message]})
    return value


class SavedViewsView(APIView):
    @extend_schema(
        operation_id="views_list",
        summary="Saved views, newest first",
        parameters=PAGE_PARAMETERS,
        responses=shapes.SavedViewListSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        cursor, limit = page_parameters(request)
        try:
            page = view_selectors.views_page(
                connection_id=connection.pk, cursor=cursor, limit=limit
            )
        except BadCursor as bad:
            raise exceptions.ValidationError({"cursor": [str(bad)]}) from bad
        jobs = view_lists.list_jobs(views=page.items)
        facts = [
            view_facts(view, connection=connection, job=jobs.get(view.pk)) for view in page.items
        ]
        return listing(request, page, list(shapes.SavedViewSerializer(facts, many=True).data))

    @extend_schema(
        operation_id="views_create",
        summary="Save the records that an error stops now as a view",
        description=(
            "With `search` only those that fit it. `hubspot_list` has them put into a static list in HubSpot as "
            "well; what became of it is told with the view."
        ),
        request=shapes.SavedViewRequestSerializer,
        responses={201: shapes.SavedViewSerializer, **_REFUSALS},
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        body = _body(request)
        error_id, search = body.get("error"), _text(body, "search")
        wants_list, name = _flag(body, "hubspot_list"), _text(body, "name")
        if type(error_id) is not int:
            message = _("error must be the id of an error (a whole number).")
            raise Refusal("invalid", message, fields={"error": [message]})
        if "\x00" in search or len(search) > 200:
            message = _("Search for at most 200 printable characters.")
            raise Refusal("invalid", message, fields={"search": [message]})
        error = error_or_404(connection, error_id)
        view = saved_views.create_view(
            connection_id=connection.pk,
            name=name,
            user=signed_in(request),
            records=selectors.records_of_error(error_id=error.pk, search=search),
            error_id=error.pk,
        )
        if wants_list:
            view_lists.ask_for_lists(view=view, user=signed_in(request))
        return _answer(view, connection, status_code=status.HTTP_201_CREATED)


class SavedViewView(APIView):
    @extend_schema(
        operation_id="views_retrieve",
        summary="A saved view, how many of its records still fail, and its lists in HubSpot",
        responses=shapes.SavedViewSerializer,
    )
    def get(self, request: Request, connection_id: int, view_id: uuid.UUID) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        view = view_or_404(connection, view_id)
        return _answer(view, connection)

    @extend_schema(
        operation_id="views_partial_update",
        summary="Rename a view, or have its list in HubSpot made (again, under another name)",
        request=shapes.SavedViewChangeSerializer,
        responses={200: shapes.SavedViewSerializer, **_REFUSALS},
    )
    def patch(self, request: Request, connection_id: int, view_id: uuid.UUID) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        view, body = view_or_404(connection, view_id), _body(request)
        wants_list, list_name = _flag(body, "hubspot_list"), _text(body, "hubspot_list_name")
        if list_name:
            saved_views.checked_name(list_name)  # before anything is changed
        if "name" in body:
            saved_views.rename_view(view=view, name=_text(body, "name"))
        if wants_list:
            view_lists.ask_for_lists(view=view, user=signed_in(request), name=list_name)
        return _answer(view, connection)

    @extend_schema(
        operation_id="views_destroy",
        summary="Delete a view; its records, and lists in HubSpot, stay",
        responses={204: None},
    )
    def delete(self, request: Request, connection_id: int, view_id: uuid.UUID) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        view = view_or_404(connection, view_id)
        view_lists.give_up_lists(view=view)
        saved_views.delete_view(view=view)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SavedViewRecordsView(APIView):
    @extend_schema(
        operation_id="views_records_list",
        summary="The records of a view, and whether each still fails",
        parameters=[_STATE, _SEARCH, *PAGE_PARAMETERS],
        responses=shapes.ViewRecordListSerializer,
    )
    def get(self, request: Request, connection_id: int, view_id: uuid.UUID) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        view = view_or_404(connection, view_id)
        cursor, limit = page_parameters(request)
        try:
            page = view_selectors.view_records_page(
                view_id=view.pk,
                state=state_of(request, view_selectors.STATES, default="all"),
                search=search_of(request),
                cursor=cursor,
                limit=limit,
            )
        except BadCursor as bad:
            raise exceptions.ValidationError({"cursor": [str(bad)]}) from bad
        results = [
            {
                **presenters.record_fields(member.record, connection=connection),
                "state": member.record.state,
            }
            for member in page.items
        ]
        return listing(request, page, results)


class SavedViewExportView(CSVView):
    @extend_schema(
        operation_id="views_records_export",
        summary="The records of a view as CSV",
        parameters=[_STATE, _SEARCH],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, connection_id: int, view_id: uuid.UUID) -> HttpResponseBase:
        connection = get_connection(user=request.user, connection_id=connection_id)
        view = view_or_404(connection, view_id)
        rows = record_exports.stream_view_records(
            connection=connection,
            view=view,
            state=state_of(request, view_selectors.STATES, default="all"),
            search=search_of(request),
        )
        name = record_exports.view_records_file_name(connection=connection, view=view)
        return csv_response(rows, file_name=name)


class ErrorRecordsExportView(CSVView):
    @extend_schema(
        operation_id="errors_records_export",
        summary="The records an error keeps from syncing as CSV",
        parameters=[RECORD_STATE, _SEARCH],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, connection_id: int, error_id: int) -> HttpResponseBase:
        connection = get_connection(user=request.user, connection_id=connection_id)
        error = error_or_404(connection, error_id)
        rows = record_exports.stream_error_records(
            connection=connection,
            error=error,
            state=record_state(request),
            search=search_of(request),
        )
        name = record_exports.error_records_file_name(connection=connection, error=error)
        return csv_response(rows, file_name=name)

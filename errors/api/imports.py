"""REST call that starts an import from Salesforce. Its progress is asked for as a job's."""

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
from common.api import Refusal, idempotency_key
from errors.api.filter_bodies import FilterSerializer, filters_of_body
from errors.api.jobs import BulkJobSerializer, job_facts
from errors.jobs.filter_words import open_only
from errors.jobs.import_requests import SCOPES, ImportInvalid, start_import
from errors.types import ErrorType
from integrations.models import Connection

_FIELDS = ("object", "scope", "since", "type", "error", "view")


class ImportRequestSerializer(serializers.Serializer[Any]):
    object = serializers.CharField(
        help_text=_("A mapped object by its HubSpot or Salesforce name: contacts, Contact.")
    )
    scope = serializers.ChoiceField(choices=SCOPES)
    since = serializers.DateTimeField(
        required=False, help_text=_("With scope changed: records changed since then.")
    )
    type = serializers.ChoiceField(
        required=False,
        choices=ErrorType.choices,
        help_text=_("With scope affected: only records that fail by errors of this type."),
    )
    error = serializers.IntegerField(
        required=False, help_text=_("With scope affected: only the records of this error.")
    )
    filters = FilterSerializer(
        required=False,
        help_text=_("With scope affected: only the records of the open errors that match."),
    )
    view = serializers.UUIDField(
        required=False, help_text=_("With scope affected: only the records of this saved view.")
    )


class ImportsView(APIView):
    @extend_schema(
        operation_id="imports_create",
        summary="Read records again from Salesforce and sync them, any number of them",
        description=(
            "Stores a job that a worker does in as many steps as it takes; see jobs for its progress, and for"
            " pausing and cancelling it. The same Idempotency-Key with the same request gives the same job."
        ),
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=ImportRequestSerializer,
        responses={
            202: BulkJobSerializer,
            400: OpenApiResponse(
                description="The code of the first thing that is wrong, e.g. unknown_object, no_since;"
                " `fields` names all of them"
            ),
            409: OpenApiResponse(description="key_reused"),
        },
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        try:
            made = start_import(
                connection=connection,
                values=_values(request, connection),
                user=signed_in(request),
                idempotency_key=idempotency_key(request),
            )
        except ImportInvalid as invalid:
            fields = {name: [message] for name, message in invalid.messages.items()}
            raise Refusal(invalid.code, invalid.message, fields=fields) from invalid
        facts = BulkJobSerializer(job_facts(made.job)).data
        return Response(facts, status=status.HTTP_202_ACCEPTED)


def _values(request: Request, connection: Connection) -> dict[str, Any]:
    """The fields of the body: texts or whole numbers, and the filter. Raises Refusal for another shape."""
    data = request.data
    if not isinstance(data, dict):
        raise Refusal("invalid", _("Send a JSON object."))
    values = {name: data.get(name) for name in _FIELDS}
    odd = [
        name
        for name, value in values.items()
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int))
    ]
    if odd:
        message = _("A text or a whole number.")
        raise Refusal(
            "invalid",
            _("%(name)s must be a text or a whole number.") % {"name": odd[0]},
            fields={name: [message] for name in odd},
        )
    if "filters" in data:
        values["filters"] = open_only(filters_of_body(request, connection=connection))
    return values

"""REST calls that update a mapped property of many records. Thin: `errors.jobs.update_requests` checks and starts."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection, signed_in
from accounts.models import Role
from common.api import Refusal, idempotency_key
from errors.api.filter_bodies import FilterSerializer, filters_of_body
from errors.api.jobs import BulkJobSerializer, job_facts
from errors.jobs import update_previews, update_records, update_requests
from errors.jobs.filter_words import open_only
from errors.jobs.update_modes import MODES
from errors.jobs.update_records import NoSuchRecords
from errors.jobs.update_requests import Plan, UpdateInvalid
from errors.types import ErrorType
from integrations.models import Connection, PropertyMapping

_MOST_ID = 2**63 - 1


class UpdateRequestSerializer(serializers.Serializer[Any]):
    error = serializers.IntegerField(
        required=False, min_value=1, max_value=_MOST_ID, help_text=_("Its open records.")
    )
    type = serializers.ChoiceField(
        choices=ErrorType.choices, required=False, help_text=_("All open records of a type.")
    )
    filters = FilterSerializer(
        required=False, help_text=_("All open records of the open errors that match.")
    )
    view = serializers.UUIDField(required=False, help_text=_("The records of a saved view."))
    members = serializers.ChoiceField(
        choices=[("open", "open"), ("all", "all")],
        default="open",
        help_text=_("Of a view: those that still fail, or all."),
    )
    property = serializers.CharField(
        required=False, help_text=_("The HubSpot property, by its internal name.")
    )
    pair = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=_MOST_ID,
        help_text=_("The property mapping, where the property is mapped more than once."),
    )
    mode = serializers.ChoiceField(choices=[(mode, mode) for mode in MODES], default="set")
    value = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text=_("As HubSpot stores it; several options with ; between them."),
    )
    last_id = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=_MOST_ID,
        help_text=_("As the preview gave it: records that failed later are left out."),
    )


class UpdateChangeSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    hubspot_id = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text=_("Null: never read."))
    after = serializers.CharField()


class UpdatePreviewSerializer(serializers.Serializer[Any]):
    records = serializers.IntegerField()
    at_most = serializers.BooleanField(help_text=_("Whether `records` is an upper bound."))
    looked_at = serializers.IntegerField(help_text=_("Records examined for the next two numbers."))
    without_hubspot = serializers.IntegerField()
    going_to_hubspot = serializers.IntegerField(
        help_text=_("Records that fail on their way to HubSpot: no update there tries them again.")
    )
    hubspot_calls = serializers.IntegerField()
    salesforce_calls = serializers.IntegerField(
        help_text=_("Estimated calls of the sync that follows.")
    )
    calls_left = serializers.IntegerField()
    told = serializers.ListField(child=serializers.CharField())
    sample = UpdateChangeSerializer(many=True)
    last_id = serializers.IntegerField()


def _asked(request: Request, connection: Connection) -> dict[str, Any]:
    given = UpdateRequestSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    asked: dict[str, Any] = dict(given.validated_data)
    if sum(name in asked for name in ("error", "type", "filters", "view")) != 1:
        message = _("Name the records by one of error, type, filters and view.")
        raise exceptions.ValidationError({"error": [message]})
    if "filters" in asked:
        # Read anew: the list's own reading says better what makes no sense.
        filters = open_only(filters_of_body(request, connection=connection))
        asked["filters"] = filters.to_query()
    return asked


def _plan(connection_id: int, asked: dict[str, Any]) -> Plan:
    try:
        selection = update_records.find_selection(connection_id=connection_id, asked=asked)
    except NoSuchRecords:
        raise Http404(_("No such error or view on this connection.")) from None
    mappings = update_records.mappings_of(selection)
    if not mappings and selection.filters is not None:
        raise update_requests.nothing_to_update()
    pair = asked.get("pair") or _pair_named(asked.get("property", ""), mappings)
    try:
        return update_requests.plan_update(
            selection=selection, mappings=mappings, asked={**asked, "pair": pair}
        )
    except UpdateInvalid as invalid:
        raise Refusal(invalid.code, invalid.message, fields=invalid.fields) from invalid


def _pair_named(name: str, mappings: list[Any]) -> int:
    """The one mapping of a property, by name. Raises a ValidationError for none and for several."""
    if not name:
        raise exceptions.ValidationError({"property": [_("Name a mapped property.")]})
    found = list(
        PropertyMapping.objects.filter(
            object_mapping__in=mappings, hubspot_property=name
        ).values_list("pk", flat=True)[:2]
    )
    if not found:
        message = _("“%(name)s” is not mapped for these records.") % {"name": name[:80]}
        raise exceptions.ValidationError({"property": [message]})
    if len(found) > 1:
        message = _("“%(name)s” is mapped more than once here: name the `pair`.") % {
            "name": name[:80]
        }
        raise exceptions.ValidationError({"pair": [message]})
    return found[0]


_REFUSED = OpenApiResponse(
    description="invalid, invalid_update, nothing_to_update, property_missing, schema_unknown, …"
)


class UpdatePreviewView(APIView):
    @extend_schema(
        operation_id="updates_preview",
        summary="What an update of a mapped property would do",
        description="Writes nothing and makes no call to a CRM.",
        request=UpdateRequestSerializer,
        responses={200: UpdatePreviewSerializer, 400: _REFUSED},
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        plan = _plan(connection.pk, _asked(request, connection))
        preview = update_previews.preview_update(plan)
        facts = {
            "records": preview.look.records,
            "at_most": preview.look.at_most,
            "looked_at": preview.look.looked_at,
            "without_hubspot": preview.look.without_hubspot,
            "going_to_hubspot": preview.look.going_to_hubspot,
            "hubspot_calls": preview.hubspot_calls,
            "salesforce_calls": preview.salesforce_calls,
            "calls_left": preview.calls_left,
            "told": preview.told,
            "sample": preview.changes,
            "last_id": update_records.newest_row(),
        }
        return Response(UpdatePreviewSerializer(facts).data)


class UpdatesView(APIView):
    @extend_schema(
        operation_id="updates_create",
        summary="Update a mapped property of many HubSpot records",
        description=(
            "Stores a job that writes the property in HubSpot by batch calls; the sync carries the records to "
            "Salesforce. The same Idempotency-Key with the same request gives the same job."
        ),
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=UpdateRequestSerializer,
        responses={
            202: BulkJobSerializer,
            400: _REFUSED,
            409: OpenApiResponse(description="key_reused"),
        },
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        asked = _asked(request, connection)
        plan = _plan(connection.pk, asked)
        created = update_requests.start_update(
            plan=plan,
            user=signed_in(request),
            idempotency_key=idempotency_key(request),
            last_id=asked.get("last_id"),
        )
        facts = BulkJobSerializer(job_facts(created.job)).data
        return Response(facts, status=status.HTTP_202_ACCEPTED)

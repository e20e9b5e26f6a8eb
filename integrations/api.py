"""REST calls about connections and their API call use."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection, signed_in, visible_connections
from accounts.models import Role
from common.api import Refusal
from integrations import usage
from integrations.models import Connection


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    hubspot_id = serializers.CharField(source="hub_id", help_text=_("The HubSpot account's id."))
    salesforce_id = serializers.CharField(
        source="sf_org_id", help_text=_("The Salesforce org's id.")
    )

    class Meta:
        model = Connection
        fields = [
            "id",
            "name",
            "state",
            "hubspot_id",
            "salesforce_id",
            "last_sync_finished_at",
            "next_sync_at",
            "held_until",
            "held_reason",
            "suspended_code",
        ]


class ConnectionListSerializer(serializers.Serializer[Any]):
    results = ConnectionSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ConnectionsView(APIView):
    @extend_schema(
        operation_id="connections_list",
        summary="The connections you may see",
        responses=ConnectionListSerializer,
    )
    def get(self, request: Request) -> Response:
        connections = visible_connections(user=request.user)
        results = ConnectionSerializer(connections, many=True).data
        return Response({"results": results, "next": None, "previous": None})


class ApiUsageSerializer(serializers.Serializer[Any]):
    used_24h = serializers.IntegerField(
        help_text=_("Salesforce API calls of this connection in the last 24 hours.")
    )
    limited_by_salesforce = serializers.IntegerField(
        allow_null=True, help_text=_("Calls a day the org allows all its applications.")
    )
    limit_read_at = serializers.DateTimeField(allow_null=True)
    allotted_to_hubspot = serializers.IntegerField()
    remaining = serializers.IntegerField(help_text=_("What is left of the allotment."))
    hourly = serializers.ListField(
        child=serializers.IntegerField(),
        min_length=24,
        max_length=24,
        help_text=_("Calls in each of the last 24 hours, oldest first."),
    )
    resumes_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the sync goes on, while the allotment is spent.")
    )


class AllotmentSerializer(serializers.Serializer[Any]):
    allotted_to_hubspot = serializers.IntegerField(min_value=0)


class ApiUsageView(APIView):
    """Reading it spends no call."""

    @extend_schema(
        operation_id="api_usage_retrieve",
        summary="API call use of the last 24 hours",
        responses=ApiUsageSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        return Response(ApiUsageSerializer(usage.api_usage(connection_id=connection.pk)).data)

    @extend_schema(
        operation_id="api_usage_update",
        summary="Set how many calls are allotted to HubSpot",
        request=AllotmentSerializer,
        responses=ApiUsageSerializer,
    )
    def patch(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        value = request.data.get("allotted_to_hubspot") if isinstance(request.data, dict) else None
        try:
            changed = usage.set_allotment(
                connection_id=connection.pk, value=value, user=signed_in(request)
            )
        except usage.AllotmentInvalid as error:
            raise Refusal(
                error.code, error.message, fields={"allotted_to_hubspot": [error.message]}
            ) from error
        return Response(ApiUsageSerializer(changed).data)

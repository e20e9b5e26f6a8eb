"""The REST call about the history: what happened day by day."""

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
from errors.api.filters import choice
from errors.history import LONGEST, history
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

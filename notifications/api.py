"""REST call about one's own notifications, and the webhook's payload for the OpenAPI file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection
from accounts.models import User
from errors.types import ErrorType
from notifications.models import Frequency, Subscription
from notifications.subscriptions import ChosenValues, choose, subscription_of


class NotificationsSerializer(serializers.Serializer[Any]):
    """What is not sent stays as it is, but for `enabled` and `frequency`, which every PUT says."""

    enabled = serializers.BooleanField()
    frequency = serializers.ChoiceField(choices=Frequency.choices)
    hour = serializers.IntegerField(
        min_value=0,
        max_value=23,
        required=False,
        help_text=_("Of your own day, for daily and weekly digests."),
    )
    weekday = serializers.IntegerField(
        min_value=0,
        max_value=6,
        required=False,
        help_text=_("0 is Monday, for weekly digests."),
    )
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=ErrorType.choices),
        required=False,
        min_length=1,
        help_text=_("The error types you are told of."),
    )
    when_quiet = serializers.BooleanField(
        required=False, help_text=_("Send a digest although nothing happened.")
    )
    about_connection = serializers.BooleanField(
        required=False,
        help_text=_(
            "Also when the sync is suspended, or 80 and 100 percent of the calls are used."
        ),
    )


class NotificationsAnswerSerializer(NotificationsSerializer):
    time_zone = serializers.CharField(read_only=True, help_text=_("Yours, as in your preferences."))
    next_digest_at = serializers.DateTimeField(read_only=True, allow_null=True)
    address = serializers.EmailField(read_only=True)
    refused = serializers.CharField(
        read_only=True,
        allow_blank=True,
        help_text=_(
            "What the mail server said when it refused your address; empty while it does not."
        ),
    )


class NotificationsView(APIView):
    @extend_schema(
        operation_id="notifications_retrieve",
        summary="What you are told of this connection, and when",
        responses=NotificationsAnswerSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        return _answer(subscription_of(user=_user(request), connection_id=connection.pk))

    @extend_schema(
        operation_id="notifications_update",
        summary="Choose what you are told of this connection, and when",
        request=NotificationsSerializer,
        responses=NotificationsAnswerSerializer,
    )
    def put(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        given = NotificationsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = subscription_of(user=_user(request), connection_id=connection.pk)
        values = ChosenValues(**{**ChosenValues.of(row).as_dict(), **given.validated_data})
        row = choose(connection_id=connection.pk, user=_user(request), values=values)
        return _answer(row)


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _answer(row: Subscription) -> Response:
    assert row.user is not None
    facts = {
        **ChosenValues.of(row).as_dict(),
        "time_zone": row.user.time_zone,
        "next_digest_at": row.next_due_at,
        "address": row.user.email,
        "refused": row.refused_detail,
    }
    return Response(NotificationsAnswerSerializer(facts).data)

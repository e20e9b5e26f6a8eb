"""What a webhook of ours carries, for the OpenAPI file. `webhooks.payload` makes it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiWebhook, extend_schema
from rest_framework import serializers

from errors.types import ErrorType
from notifications.models import Digest


class WebhookConnectionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class WebhookWindowSerializer(serializers.Serializer[Any]):
    from_seq = serializers.IntegerField(help_text="Exclusive: the to_seq of the message before.")
    to_seq = serializers.IntegerField(help_text="Inclusive.")


class WebhookTypeSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ErrorType.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    new = serializers.IntegerField()
    came_back = serializers.IntegerField()
    resolved = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Errors that are open now.")
    records = serializers.IntegerField(help_text="Different records that these keep from syncing.")
    change = serializers.IntegerField(
        allow_null=True, help_text="Of `open` since the message before; null for the first."
    )


class WebhookErrorSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=ErrorType.choices)
    code = serializers.CharField(help_text="The cause.")
    title = serializers.CharField()
    summary = serializers.CharField()
    records = serializers.IntegerField()
    first_step = serializers.CharField()
    url = serializers.URLField()


class WebhookSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(
        help_text="The same at every try: drop what you have seen. Also in X-Sync-Health-Delivery."
    )
    event = serializers.ChoiceField(choices=Digest.Kind.choices)
    created_at = serializers.DateTimeField()
    connection = WebhookConnectionSerializer()
    summary = serializers.CharField(help_text="One line in the channel's language.")
    url = serializers.URLField(help_text="The page that shows it.")
    window = WebhookWindowSerializer(
        allow_null=True, help_text="Event numbers the message covers; windows touch without a gap."
    )
    types = WebhookTypeSerializer(many=True)
    top_errors = WebhookErrorSerializer(many=True)
    details = serializers.DictField(
        allow_null=True,
        help_text="Of suspended, resumed and calls_*: the code and time, or used, allotted and limit.",
    )


MESSAGE = OpenApiWebhook(
    name="message",
    decorator=extend_schema(
        summary="A message to a webhook channel",
        description=(
            "POSTed to each webhook channel of a connection. Answer 2xx within ten seconds; 408, 425, 429, 5xx and no"
            " answer are tried again for two days, anything else is not. `X-Sync-Health-Event` is `event`, `X-Sync-Health-Delivery` is `id`, and `X-Sync-Health-Signature: t=…,v1=…` holds the"
            " unix time and the hex HMAC-SHA256 of `<t>.<body>` with the channel's secret."
        ),
        request=WebhookSerializer,
        responses={200: None},
    ),
)

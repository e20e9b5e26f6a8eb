"""The OpenAPI file describes what webhooks carry, and nothing else is carried."""

from __future__ import annotations

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from integrations.models import Connection
from notifications import notices
from notifications.models import Channel, Digest, Subscription
from notifications.webhook_schema import WebhookSerializer
from notifications.webhooks import payload


def test_schema_is_valid_and_names_the_webhook() -> None:
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]

    validate_schema(schema)  # type: ignore[no-untyped-call]
    operation = schema["webhooks"]["message"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Webhook"}
    assert "X-Sync-Health-Signature" in operation["description"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Digest.Kind.values)
def test_every_message_has_the_documented_fields(kind: str, connection: Connection) -> None:
    channel = Channel.objects.create(connection=connection, kind="webhook", name="x", host="h")
    digest = notices.send_test(
        subscription=Subscription.objects.create(connection=connection, channel=channel)
    )
    digest.kind = kind
    if kind not in ("errors", "quiet", "test"):
        at = digest.created_at.isoformat()
        digest.snapshot = {"code": "X", "detail": "", "at": at, "began_at": at}
        digest.snapshot |= {"used": 1, "allotted": 2, "limit": None}

    told = payload(digest)

    fields = WebhookSerializer().fields
    assert set(told) == set(fields)
    checked = WebhookSerializer(data=told)
    checked.is_valid()
    # Hosts of this test are no public ones, so addresses alone may fail.
    assert set(checked.errors) <= {"url"}

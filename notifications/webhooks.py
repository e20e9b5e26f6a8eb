"""The outgoing webhook: JSON with a signature. Its payload is documented in the OpenAPI file."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone, translation

from common import clock
from notifications.content import Content, content_of
from notifications.delivery import Transport
from notifications.mails import language_of
from notifications.models import Channel, Digest
from notifications.retry import Answer, Outcome, http_answer
from notifications.safe_http import AddressRefused, NoAnswer, post
from notifications.schedule import zone_of

SIGNATURE_HEADER = "X-Sync-Health-Signature"
DELIVERY_HEADER = "X-Sync-Health-Delivery"
EVENT_HEADER = "X-Sync-Health-Event"


def signature(*, secret: str, timestamp: int, body: bytes) -> str:
    """`t=<unix time>,v1=<hex>`: HMAC-SHA256 of "<t>.<body>" with the channel's secret.

    The time is part of what is signed, so a receiver can refuse an old message that somebody plays again.
    """
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"


def payload(digest: Digest) -> dict[str, Any]:
    """What a webhook is told. `id` is the same at every try, so a receiver can drop a repetition."""
    channel = digest.subscription.channel
    assert channel is not None
    content = channel_content(digest, channel)
    connection = digest.subscription.connection
    snapshot = digest.snapshot
    body: dict[str, Any] = {
        "id": f"{digest.public_id}{f'.{digest.copy}' if digest.copy else ''}",
        "event": digest.kind,
        "created_at": digest.created_at.isoformat(),
        "connection": {"id": connection.pk, "name": connection.name},
        "summary": content.subject,
        "url": content.panel_url,
        "window": None,
        "types": [],
        "top_errors": [],
        "details": None,
    }
    if "types" not in snapshot:
        body["details"] = snapshot
        return body
    if digest.from_seq is not None:
        body["window"] = {"from_seq": digest.from_seq, "to_seq": digest.to_seq}
    body["types"] = [
        {
            "type": row.type,
            "label": row.label,
            "new": row.new,
            "came_back": row.came_back,
            "resolved": row.resolved,
            "open": row.open,
            "records": row.records,
            "change": row.change,
        }
        for row in content.rows
    ]
    body["top_errors"] = [
        {
            "id": error.id,
            "type": error.type,
            "code": error.code,
            "title": error.title,
            "summary": error.summary,
            "records": error.records,
            "first_step": error.first_step,
            "url": error.url,
        }
        for error in content.top
    ]
    return body


def channel_content(digest: Digest, channel: Channel) -> Content:
    """The message in the channel's language and time zone."""
    with (
        translation.override(language_of(channel.language)),
        timezone.override(zone_of(channel.time_zone)),
    ):
        return content_of(digest)


def post_to_channel(
    digest: Digest, body: bytes, headers: dict[str, str], mark: Callable[[], None]
) -> Answer:
    """POSTs a body to the digest's channel and says what the answer means."""
    channel = digest.subscription.channel
    assert channel is not None
    digest.recipient = channel.host[:254]
    mark()
    try:
        reply = post(
            url=str(channel.target.get("url", "")),
            body=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "SyncHealth/1 (+notifications)",
                **headers,
            },
        )
    except AddressRefused as refused:
        return Answer(Outcome.REFUSED, detail=refused.message, address_refused=True)
    except NoAnswer as fault:
        outcome = Outcome.UNCERTAIN if fault.sent else Outcome.UNREACHABLE
        return Answer(outcome, detail=str(fault), again=True)
    return http_answer(status=reply.status, text=reply.text[:200], retry_after=reply.retry_after)


class WebhookTransport(Transport):
    """Hands a digest to a webhook."""

    def hand_over(self, digest: Digest, mark: Callable[[], None]) -> Answer:
        channel = digest.subscription.channel
        assert channel is not None
        told = payload(digest)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            EVENT_HEADER: str(digest.kind),
            DELIVERY_HEADER: told["id"],
            SIGNATURE_HEADER: signature(
                secret=str(channel.target.get("secret", "")),
                timestamp=int(clock.now().timestamp()),
                body=body,
            ),
        }
        return post_to_channel(digest, body, headers, mark)

    def close(self) -> None:
        """Nothing stays open between two messages: each may go to another host."""

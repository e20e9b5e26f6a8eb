"""Mails that came back: what a mail server reports after it had accepted a message (RFC 3464)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any
from uuid import UUID

from django.db import transaction

from common import clock
from notifications.models import DeliveryAttempt, Digest, Subscription

_LIMIT = 500


def record_bounce(*, raw: bytes) -> Digest | None:
    """Marks the message that a delivery report is about as come back; None when the report is about none of ours.

    A report of a delay, or of a success, changes nothing and answers None as well.
    """
    report = message_from_bytes(raw, policy=policy.default)
    status, original_id = "", ""
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status":
            status = status or _failure(part)
        elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            original_id = original_id or _message_id(part)
    digest = _digest_of(original_id) if status else None
    if digest is None:
        return None
    detail = " ".join(status.split())[:_LIMIT]
    with transaction.atomic():
        changed = Digest.objects.filter(pk=digest.pk, state=Digest.State.SENT).update(
            state=Digest.State.FAILED, reason="bounced", last_error=detail
        )
        if changed:
            now = clock.now()
            DeliveryAttempt.objects.create(
                digest=digest, at=now, outcome=DeliveryAttempt.Outcome.BOUNCED, detail=detail
            )
            Subscription.objects.filter(pk=digest.subscription_id).update(
                refused_at=now, refused_detail=detail
            )
    digest.refresh_from_db()
    return digest


def _failure(part: Message[Any, Any]) -> str:
    """The diagnosis of the first recipient whose delivery failed for good; "" when none did."""
    blocks: Any = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if str(block.get("Action", "")).strip().lower() == "failed":
            return str(block.get("Diagnostic-Code") or block.get("Status") or "failed")
    return ""


def _message_id(part: Message[Any, Any]) -> str:
    payload: Any = part.get_payload()
    if isinstance(payload, list) and payload:
        return str(payload[0].get("Message-ID", ""))
    headers = message_from_bytes(str(payload).encode(), policy=policy.default)
    assert isinstance(headers, EmailMessage)
    return str(headers.get("Message-ID", ""))


def _digest_of(message_id: str) -> Digest | None:
    text = message_id.strip().strip("<>").partition("@")[0].partition(".")[0]
    try:
        public_id = UUID(text)
    except ValueError:
        return None
    return Digest.objects.filter(public_id=public_id).first()

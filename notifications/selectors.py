"""Reads for the pages and the API."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max, Q

from accounts.models import Membership, User
from common.pages import Key, Page, keyset_page
from notifications.models import Channel, DeliveryAttempt, Digest, Subscription

_NEWEST_FIRST = (Key("id", int, descending=True),)
# Tries shown of one message: the backoff makes nine at most, and each "send again" as many more.
_LOG = 50


def digests_page(
    *, subscription_id: int, cursor: str | None = None, limit: int = 10
) -> Page[Digest]:
    """Messages of one reader, newest first. One query. Raises BadCursor."""
    return keyset_page(
        Digest.objects.filter(subscription_id=subscription_id),
        keys=_NEWEST_FIRST,
        listing="digests",
        cursor=cursor,
        limit=limit,
    )


def get_digest(*, connection_id: int, public_id: UUID) -> Digest:
    """A message with its reader and connection; raises Digest.DoesNotExist. One query."""
    return Digest.objects.select_related(
        "subscription__user", "subscription__channel", "subscription__connection"
    ).get(subscription__connection_id=connection_id, public_id=public_id)


def attempts(*, digest_id: int) -> list[DeliveryAttempt]:
    """The newest tries to hand a message over. One query."""
    return list(DeliveryAttempt.objects.filter(digest_id=digest_id).order_by("-id")[:_LOG])


def readers(*, connection_id: int) -> list[tuple[User, Subscription | None]]:
    """Every member of the connection, and who else chose something, with their subscription. Two queries."""
    rows = {
        row.user_id: row
        for row in Subscription.objects.filter(
            connection_id=connection_id, user__isnull=False
        ).annotate(last_sent_at=Max("digests__sent_at"))
    }
    members = Membership.objects.filter(connection_id=connection_id).values("user_id")
    people = User.objects.filter(Q(pk__in=members) | Q(pk__in=list(rows)[:500]), is_active=True)
    return [(user, rows.get(user.pk)) for user in people.order_by("email")]


def channels(*, connection_id: int) -> list[Channel]:
    """Channels with their subscription. One query."""
    rows = Channel.objects.filter(connection_id=connection_id).select_related("subscription")
    return list(rows.annotate(last_sent_at=Max("subscription__digests__sent_at")).order_by("name"))

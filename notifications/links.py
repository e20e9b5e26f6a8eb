"""Addresses in messages: absolute, and where no login is asked for, signed and expiring."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from notifications.models import Digest, Subscription

_SALT = "notifications.unsubscribe"


class LinkExpired(Exception):
    """It was one of our links, and is too old."""


class LinkInvalid(Exception):
    """Not one of our links."""


def absolute(path: str) -> str:
    """`path` at the address that SITE_URL names."""
    return f"{settings.SITE_URL}{path}"


def tab_url(*, connection_id: int) -> str:
    return absolute(reverse("sync-health", kwargs={"connection_id": connection_id}))


def panel_url(*, connection_id: int, error_type: str) -> str:
    kwargs = {"connection_id": connection_id, "error_type": error_type}
    return absolute(reverse("error-panel", kwargs=kwargs))


def settings_url(*, connection_id: int) -> str:
    return absolute(reverse("notifications", kwargs={"connection_id": connection_id}))


def digest_url(digest: Digest) -> str:
    """The digest on the web; asks for a login."""
    kwargs = {
        "connection_id": digest.subscription.connection_id,
        "public_id": digest.public_id,
    }
    return absolute(reverse("digest", kwargs=kwargs))


def unsubscribe_url(subscription: Subscription) -> str:
    """Turns this one subscription off without a login, for UNSUBSCRIBE_LINK_DAYS."""
    token = signing.dumps({"s": subscription.pk}, salt=_SALT)
    return absolute(reverse("unsubscribe", kwargs={"token": token}))


def subscription_of_token(token: str) -> Subscription:
    """Raises LinkExpired, LinkInvalid."""
    try:
        content = signing.loads(
            token, salt=_SALT, max_age=timedelta(days=settings.UNSUBSCRIBE_LINK_DAYS)
        )
    except signing.SignatureExpired:
        raise LinkExpired from None
    except signing.BadSignature:
        raise LinkInvalid from None
    number = content.get("s") if isinstance(content, dict) else None
    row = (
        Subscription.objects.select_related("user", "connection")
        .filter(pk=number if isinstance(number, int) else 0)
        .first()
    )
    if row is None:
        raise LinkInvalid
    return row

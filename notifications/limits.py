"""The numbers of this app, as the settings say. docs/notifications.md explains each."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings


def gather() -> timedelta:
    """Instantly: how long errors are gathered into one message, from the first new one."""
    return timedelta(seconds=settings.INSTANT_GATHER_SECONDS)


def storm_gap() -> timedelta:
    """Instantly: the least time between two messages while a storm lasts."""
    return timedelta(minutes=settings.INSTANT_STORM_GAP_MINUTES)


def storm_errors() -> int:
    """Instantly: this many new errors in one message are a storm."""
    return int(settings.INSTANT_STORM_ERRORS)


def lease() -> timedelta:
    """How long a worker may take from its claim to the handover, and from there to the answer."""
    return timedelta(seconds=settings.DIGEST_LEASE_SECONDS)


def resend_when_uncertain() -> bool:
    """Whether a message whose handover was cut off is sent again (the same Message-ID), or held for people."""
    return bool(settings.DIGEST_WHEN_UNCERTAIN == "resend")

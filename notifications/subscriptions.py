"""Turning notifications on and off, and the choices behind them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.access import role_on
from accounts.models import User
from common import clock
from errors.models import ErrorStream
from errors.types import ErrorType
from integrations.models import Connection
from notifications.models import (
    Channel,
    Choices,
    DefaultChoices,
    Digest,
    Frequency,
    Subscription,
    all_types,
)
from notifications.schedule import next_due


@dataclass(frozen=True, slots=True)
class ChosenValues:
    """What somebody chose; checked already (see forms and api_serializers)."""

    enabled: bool
    frequency: str
    hour: int
    weekday: int
    types: list[str]
    when_quiet: bool = False
    about_connection: bool = True

    @classmethod
    def of(cls, row: Choices) -> ChosenValues:
        return cls(**{field.name: getattr(row, field.name) for field in fields(cls)})

    def as_dict(self) -> dict[str, Any]:
        known = [kind for kind in ErrorType.values if kind in self.types]
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"types": known}


def subscription_of(*, user: User, connection_id: int) -> Subscription:
    """The user's subscription to a connection; one that is not stored yet has the defaults and is off."""
    stored = Subscription.objects.filter(user=user, connection_id=connection_id).first()
    if stored is not None:
        return stored
    defaults = DefaultChoices.objects.filter(connection_id=connection_id).first()
    values = ChosenValues.of(defaults).as_dict() if defaults else {"types": all_types()}
    return Subscription(user=user, connection_id=connection_id, **{**values, "enabled": False})


def choose(
    *,
    connection_id: int,
    values: ChosenValues,
    user: User | None = None,
    channel: Channel | None = None,
) -> Subscription:
    """Stores the choices of a person or a channel. Turned on, it begins now: history is not told.

    Turned off, what was not sent yet is cancelled. What happened while it was on and is in no digest yet
    comes with the next one, whatever the new frequency is.
    """
    with transaction.atomic():
        reader = {"user": user} if user is not None else {"channel": channel}
        row, _created = Subscription.objects.select_for_update().get_or_create(
            connection_id=connection_id, **reader
        )
        begins = values.enabled and not row.enabled
        for name, value in values.as_dict().items():
            setattr(row, name, value)
        if begins:
            row.last_seq = row.seen_seq = last_seq(connection_id=connection_id)
            row.calm_at = None
        row.turned_off_reason = ""
        row.next_due_at = _due(row, after=clock.now())
        # Whatever was seen as nothing new may be something with other types or another frequency.
        row.seen_seq = row.last_seq
        row.cut_token, row.cut_until = "", None
        row.save()
        if not row.enabled:
            cancel_pending(subscription_id=row.pk, reason="turned_off")
    return row


def turn_off(*, subscription: Subscription, reason: str) -> None:
    """Turns a subscription off for a reason that is kept: unsubscribed, no_access, turned_off."""
    with transaction.atomic():
        Subscription.objects.filter(pk=subscription.pk).update(
            enabled=False, next_due_at=None, turned_off_reason=reason, updated_at=clock.now()
        )
        cancel_pending(subscription_id=subscription.pk, reason=reason)


def cancel_pending(*, subscription_id: int, reason: str) -> int:
    """Cancels what waits to be sent, but for test messages; answers how many."""
    return (
        Digest.objects.filter(subscription_id=subscription_id, state=Digest.State.PENDING)
        .exclude(kind=Digest.Kind.TEST)
        .update(state=Digest.State.CANCELLED, reason=reason)
    )


def may_read(subscription: Subscription) -> bool:
    """Whether its reader may (still) see the connection. At most one query."""
    user = subscription.user
    if user is None:
        return True
    return (
        user.is_active and role_on(user=user, connection_id=subscription.connection_id) is not None
    )


def start_member(*, user: User, connection_id: int) -> None:
    """Gives a new member what the admins chose for new members, unless they have chosen themselves."""
    defaults = DefaultChoices.objects.filter(connection_id=connection_id, enabled=True).first()
    if defaults is None:
        return
    if Subscription.objects.filter(user=user, connection_id=connection_id).exists():
        return
    choose(connection_id=connection_id, user=user, values=ChosenValues.of(defaults))


def set_defaults(*, connection: Connection, values: ChosenValues) -> DefaultChoices:
    """What new members of the connection start with; members of today keep theirs."""
    row, _created = DefaultChoices.objects.update_or_create(
        connection=connection, defaults=values.as_dict()
    )
    return row


def move_to_time_zone(*, user: User) -> None:
    """The hour is the hour of the reader's own day: a new time zone moves the next due times."""
    now = clock.now()
    for row in Subscription.objects.filter(user=user, enabled=True).exclude(
        frequency=Frequency.INSTANT
    ):
        row.user = user
        Subscription.objects.filter(pk=row.pk, enabled=True).update(
            next_due_at=_due(row, after=now), updated_at=now
        )


def time_zone_of(subscription: Subscription) -> str:
    """The name of the reader's time zone."""
    reader = subscription.user or subscription.channel
    return str(reader.time_zone) if reader else "UTC"


def last_seq(*, connection_id: int) -> int:
    """The number of the connection's newest event; every event up to it can be read."""
    number = (
        ErrorStream.objects.filter(connection_id=connection_id)
        .values_list("last_seq", flat=True)
        .first()
    )
    return number or 0


def _due(row: Subscription, *, after: datetime) -> datetime | None:
    if not row.enabled:
        return None
    return next_due(
        frequency=row.frequency,
        hour=row.hour,
        weekday=row.weekday,
        time_zone=time_zone_of(row),
        after=after,
    )

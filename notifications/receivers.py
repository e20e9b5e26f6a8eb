"""What other apps tell us. Each receiver only stores or nudges; the tick would find the same by itself.

Nothing listens to `errors.signals.events_recorded`: the tick sees a new event within five seconds anyway, well
within the time for which errors are gathered, and a message to the broker for each page of a sync would cost
more than it saves.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save

from accounts.models import Membership, User
from common.nudges import nudge
from integrations.models import Connection
from integrations.signals import connection_resumed, connection_suspended


def connect() -> None:
    """Called once, when the app is ready."""
    for signal in (connection_suspended, connection_resumed):
        signal.connect(_review, dispatch_uid="notifications.review")
    post_save.connect(_new_member, sender=Membership, dispatch_uid="notifications.new_member")
    post_save.connect(_time_zone, sender=User, dispatch_uid="notifications.time_zone")


def _review(*, connection: Connection, **_: object) -> None:
    from notifications.tasks import REVIEW

    nudge(REVIEW, connection.pk)


def _new_member(*, instance: Membership, created: bool, raw: bool = False, **_: Any) -> None:
    from notifications.subscriptions import start_member

    if created and not raw:
        start_member(user=instance.user, connection_id=instance.connection_id)


def _time_zone(
    *, instance: User, created: bool, update_fields: Any = None, raw: bool = False, **_: Any
) -> None:
    from notifications.subscriptions import move_to_time_zone

    if created or raw or (update_fields is not None and "time_zone" not in update_fields):
        return
    with transaction.atomic():
        move_to_time_zone(user=instance)

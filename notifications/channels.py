"""Channels of a connection: made, changed and removed by its admins."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction

from integrations.models import Connection
from notifications.models import Channel
from notifications.subscriptions import ChosenValues, choose

if TYPE_CHECKING:
    from accounts.models import User


def create_channel(
    *, connection: Connection, user: User, cleaned: dict[str, Any], values: ChosenValues
) -> Channel:
    """A new channel with a secret of its own and the windows that were chosen."""
    with transaction.atomic():
        channel = Channel.objects.create(
            connection=connection,
            kind=cleaned["kind"],
            name=cleaned["name"],
            host=(urlsplit(cleaned["url"]).hostname or "")[:255],
            target={"url": cleaned["url"], "secret": secrets.token_urlsafe(32)},  # type: ignore[misc]
            language=cleaned["language"],
            time_zone=cleaned["time_zone"],
            created_by=user,
        )
        choose(connection_id=connection.pk, channel=channel, values=values)
    return channel


def change_channel(*, channel: Channel, cleaned: dict[str, Any], values: ChosenValues) -> None:
    """Changes a channel; an empty address keeps the stored one. The secret stays."""
    with transaction.atomic():
        for name in ("name", "language", "time_zone"):
            setattr(channel, name, cleaned[name])
        if cleaned["url"]:
            channel.host = (urlsplit(cleaned["url"]).hostname or "")[:255]
            channel.target = {**channel.target, "url": cleaned["url"]}
        channel.save()
        choose(connection_id=channel.connection_id, channel=channel, values=values)

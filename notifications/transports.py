"""Which way leads to a reader; connections are kept open over the messages of one worker's round."""

from __future__ import annotations

from notifications.delivery import Transport
from notifications.models import Channel, Subscription
from notifications.slack import SlackTransport
from notifications.smtp import MailTransport
from notifications.webhooks import WebhookTransport


class Transports:
    """Opens each kind of transport at its first message, and closes all of them."""

    def __init__(self) -> None:
        self._open: dict[str, Transport] = {}

    def for_reader(self, subscription: Subscription) -> Transport:
        """The transport of a person's mailbox or of a channel."""
        channel = subscription.channel
        kind = "mail" if channel is None else channel.kind
        if kind not in self._open:
            self._open[kind] = _make(kind)
        return self._open[kind]

    def close(self) -> None:
        for transport in self._open.values():
            transport.close()
        self._open.clear()


def _make(kind: str) -> Transport:
    if kind == Channel.Kind.WEBHOOK:
        return WebhookTransport()
    if kind == Channel.Kind.SLACK:
        return SlackTransport()
    return MailTransport()

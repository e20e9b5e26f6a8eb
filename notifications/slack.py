"""Incoming webhooks as Slack has them (Mattermost and Rocket.Chat take the same).

Source: https://api.slack.com/reference/block-kit/blocks (header 150, section text 3,000 characters, 50 blocks)
and https://api.slack.com/reference/surfaces/formatting (escape &, < and > in text).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notifications.content import Content
from notifications.delivery import Transport
from notifications.mails import language_of
from notifications.models import Digest
from notifications.retry import Answer
from notifications.schedule import zone_of
from notifications.webhooks import channel_content, post_to_channel

_HEADER, _SECTION = 150, 2900


def escape(text: str) -> str:
    """Text of people and CRMs: no mention, no link and no markup of Slack's can be made with it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # *bold*, _italic_, ~struck~ and `code` are not escapable; a word joiner in front takes their meaning.
    return "".join(f"\u2060{char}" if char in "*_~`" else char for char in text)


def link(url: str, text: str) -> str:
    return f"<{url}|{escape(text).replace('|', '¦')}>"


def message(content: Content) -> dict[str, Any]:
    """The message: `text` for notifications on a phone, `blocks` for the channel."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(content.headline[:_HEADER])},
        _section(f"*{escape(content.connection)}*\n{escape(content.intro)}"),
    ]
    if content.rows:
        lines = [f"{link(row.url, row.label)}: {escape(row.sentence)}" for row in content.rows]
        blocks.append(_section("\n".join(lines)))
    for error in content.top:
        text = f"{link(error.url, error.summary[:400])}\n{escape(error.type_label)} · {escape(error.records_text)}"
        if error.first_step:
            text += f"\n{_('First step:')} {escape(error.first_step)}"
        blocks.append(_section(text))
    facts = [f"{escape(label)}: {escape(value)}" for label, value in content.facts]
    if content.todo:
        facts.append(f"{_('What to do')}: {escape(content.todo)}")
    if facts:
        blocks.append(_section("\n".join(facts)))
    blocks.append(_section(link(content.panel_url, _("Open Sync Health"))))
    return {"text": escape(content.subject), "blocks": blocks}


class SlackTransport(Transport):
    """Hands a digest to an incoming webhook."""

    def hand_over(self, digest: Digest, mark: Callable[[], None]) -> Answer:
        channel = digest.subscription.channel
        assert channel is not None
        with (
            translation.override(language_of(channel.language)),
            timezone.override(zone_of(channel.time_zone)),
        ):
            told = message(channel_content(digest, channel))
        body = json.dumps(told, ensure_ascii=False).encode()
        return post_to_channel(digest, body, {}, mark)

    def close(self) -> None:
        """Nothing stays open between two messages."""


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_SECTION]}}

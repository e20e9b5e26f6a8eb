"""From a new error to a mail in the reader's mailbox, through a real SMTP server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine

from integrations.models import Connection
from notifications import tasks
from notifications.delivery import deliver_due
from notifications.models import Digest, Subscription
from notifications.tests.helpers import cut_all, fail
from simulators.mailbox.testing import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_the_first_error_is_mailed_within_a_minute(
    connection: Connection, instant: Subscription, mailbox: Mailbox
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        fail(connection, 1)
        tasks.tick()
        assert mailbox.messages() == []

        clock.shift(timedelta(seconds=55))
        tasks.tick()

    (mail,) = mailbox.messages()
    assert mail["recipient"] == "reader@example.com"
    assert mail["subject"] == "1 new sync error (Picklists) – Acme"
    digest = Digest.objects.get()
    assert digest.state == "sent"
    assert mail["message_id"] == f"<{digest.public_id}@testserver>"


def test_the_mail_has_both_parts_and_the_headers_of_a_list(
    connection: Connection, instant: Subscription, mailbox: Mailbox
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        fail(connection, 1, 2, kind="duplicates")
        clock.shift(timedelta(minutes=2))
        cut_all()
        deliver_due()

    (stored,) = mailbox.messages()
    raw = mailbox.raw(stored["id"])
    mail = message_from_bytes(raw, policy=policy.default)
    # Whole and unencoded on one line: mail providers read it with little patience.
    assert re.search(rb"\r\nList-Unsubscribe: <http://testserver/\S+>\r\n", raw)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<http://testserver/notifications/unsubscribe/")
    assert mail["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_the_message_id_is_the_same_at_every_try(
    connection: Connection, instant: Subscription, mailbox: Mailbox
) -> None:
    mailbox.fault("reply", "drop", count=2)
    with time_machine.travel(START, tick=False) as clock:
        fail(connection, 1)
        for _ in range(4):
            clock.shift(timedelta(minutes=10))
            tasks.tick()

    # Kept three times by the server, which never said so: one message for whoever reads Message-IDs.
    assert list(mailbox.by_message_id().values()) == [3]
    assert Digest.objects.get().state == "sent"

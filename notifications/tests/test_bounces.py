"""Mails that come back after they were accepted are shown, not dropped."""

from __future__ import annotations

import pytest

from notifications import notices
from notifications.bounces import record_bounce
from notifications.mails import message_id
from notifications.models import Digest, Subscription

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mx.example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; reader@example.com
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: {kind}

Message-ID: {message_id}
Subject: 1 new sync error

--b--
"""


@pytest.fixture
def sent(instant: Subscription) -> Digest:
    digest = notices.send_test(subscription=instant)
    Digest.objects.update(state="sent")
    digest.refresh_from_db()
    return digest


def report(digest_id: str, *, action: str = "failed", kind: str = "message/rfc822") -> bytes:
    return REPORT.format(action=action, kind=kind, message_id=digest_id).encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_mail_that_came_back_is_shown_with_its_reader(
    kind: str, sent: Digest, instant: Subscription
) -> None:
    assert record_bounce(raw=report(message_id(sent), kind=kind)) == sent

    sent.refresh_from_db()
    instant.refresh_from_db()
    assert (sent.state, sent.reason) == ("failed", "bounced")
    assert instant.refused_detail == "smtp; 550 5.1.1 no such user"
    assert sent.log.get().outcome == "bounced"


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_report_of_anything_but_a_failure_changes_nothing(action: str, sent: Digest) -> None:
    assert record_bounce(raw=report(message_id(sent), action=action)) is None

    sent.refresh_from_db()
    assert sent.state == "sent"


@pytest.mark.parametrize(
    "other", ["<x@example.com>", "", "<00000000-0000-0000-0000-000000000000@x>"]
)
def test_report_about_somebody_elses_mail_changes_nothing(other: str, sent: Digest) -> None:
    assert record_bounce(raw=report(other)) is None


def test_nonsense_is_no_report(sent: Digest) -> None:
    assert record_bounce(raw=b"\xff\x00 nonsense") is None

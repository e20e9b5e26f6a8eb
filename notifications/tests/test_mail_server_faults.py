"""A real mail server that refuses, delays, drops the line and dies: nothing is lost, and what is doubled is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from integrations.models import Connection
from notifications import delivery
from notifications.delivery import deliver_due, send_again
from notifications.models import Digest, Subscription
from notifications.tests.helpers import cut_all, fail, make_readers
from simulators.mailbox.testing import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def digest(connection: Connection, instant: Subscription, clock: Any, mailbox: Mailbox) -> Digest:
    fail(connection, 1)
    clock.shift(timedelta(minutes=1))
    (made,) = cut_all()
    return made


def outcomes(digest: Digest) -> list[str]:
    return list(digest.log.order_by("id").values_list("outcome", flat=True))


def deliver_until_settled(digest: Digest, clock: Any) -> None:
    """Ticks by the minute, for up to two days."""
    for _ in range(60 * 48):
        if not Digest.objects.filter(pk=digest.pk, state="pending").exists():
            break
        deliver_due()
        clock.shift(timedelta(minutes=1))
    digest.refresh_from_db()


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "message"])
def test_refused_for_now_is_tried_again_and_arrives_once(
    step: str, digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.fault(step, "refuse", code=451, text="greylisted", count=2)

    deliver_until_settled(digest, clock)

    assert digest.state == "sent"
    assert outcomes(digest) == ["deferred", "deferred", "sent"]
    assert list(mailbox.by_message_id().values()) == [1]


@pytest.mark.parametrize("step", ["connect", "mail", "rcpt", "data"])
def test_line_dropped_before_the_mail_was_sent_doubles_nothing(
    step: str, digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.fault(step, "drop")

    deliver_until_settled(digest, clock)

    assert outcomes(digest) == ["unreachable", "sent"]
    assert list(mailbox.by_message_id().values()) == [1]


def test_line_dropped_before_the_server_kept_the_mail_loses_nothing(
    digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.fault("message", "drop")

    deliver_until_settled(digest, clock)

    assert outcomes(digest) == ["uncertain", "sent"]
    assert list(mailbox.by_message_id().values()) == [1]


def test_server_that_keeps_the_mail_and_never_says_so_gets_the_same_message_id_again(
    digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.fault("reply", "drop")

    deliver_until_settled(digest, clock)

    assert outcomes(digest) == ["uncertain", "sent"]
    assert mailbox.by_message_id() == {f"<{digest.public_id}@testserver>": 2}


def test_uncertain_mail_is_held_for_people_when_the_setting_says_so(
    digest: Digest, mailbox: Mailbox, clock: Any, settings: Any
) -> None:
    settings.DIGEST_WHEN_UNCERTAIN = "hold"
    mailbox.fault("reply", "drop")

    deliver_until_settled(digest, clock)

    assert (digest.state, digest.reason) == ("uncertain", "no_answer")
    assert list(mailbox.by_message_id().values()) == [1]
    assert send_again(digest=digest)
    deliver_until_settled(digest, clock)
    assert digest.state == "sent"
    assert list(mailbox.by_message_id().values()) == [2]


@pytest.mark.crash
def test_server_that_dies_after_data_and_comes_back_loses_nothing(
    digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.fault("message", "die")

    deliver_due()
    mailbox.wait_for_death()
    clock.shift(timedelta(minutes=5))
    deliver_due()
    mailbox.start()
    deliver_until_settled(digest, clock)

    assert outcomes(digest) == ["uncertain", "unreachable", "sent"]
    assert list(mailbox.by_message_id().values()) == [1]


def test_server_slower_than_the_time_out_is_tried_again(
    digest: Digest, mailbox: Mailbox, clock: Any, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    mailbox.fault("rcpt", "delay", seconds=1.0)

    deliver_due()
    settings.EMAIL_TIMEOUT = 10
    deliver_until_settled(digest, clock)

    assert outcomes(digest) == ["unreachable", "sent"]
    assert list(mailbox.by_message_id().values()) == [1]


def test_refused_address_is_shown_and_the_message_can_be_sent_again(
    digest: Digest, mailbox: Mailbox, clock: Any, instant: Subscription
) -> None:
    mailbox.fault("rcpt", "refuse", code=550, text="5.1.1 no such user")

    deliver_until_settled(digest, clock)

    assert (digest.state, digest.reason, digest.last_code) == ("failed", "refused", 550)
    assert digest.attempts == 1
    instant.refresh_from_db()
    assert instant.refused_detail == "550 5.1.1 no such user"

    assert send_again(digest=digest)
    deliver_until_settled(digest, clock)
    assert digest.state == "sent"
    instant.refresh_from_db()
    assert (instant.refused_at, instant.refused_detail) == (None, "")
    # It had not been taken before: the same Message-ID.
    assert mailbox.by_message_id() == {f"<{digest.public_id}@testserver>": 1}


def test_sent_message_that_is_sent_again_has_a_message_id_of_its_own(
    digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    deliver_until_settled(digest, clock)
    assert send_again(digest=digest)
    assert not send_again(digest=digest)
    deliver_until_settled(digest, clock)

    assert mailbox.by_message_id() == {
        f"<{digest.public_id}@testserver>": 1,
        f"<{digest.public_id}.1@testserver>": 1,
    }


def test_every_try_failed_and_it_is_given_up_where_people_see_it(
    digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.fault("mail", "refuse", code=451, count=0)

    for _ in range(12):
        deliver_due()
        clock.shift(timedelta(hours=30))
    digest.refresh_from_db()

    assert (digest.state, digest.reason, digest.attempts) == ("failed", "gave_up", 9)
    assert digest.last_error == "451 Try again later"


def test_refusal_of_one_reader_keeps_none_of_the_others(
    connection: Connection, mailbox: Mailbox, clock: Any
) -> None:
    make_readers(connection, 5)
    mailbox.fault("rcpt", "refuse", code=550, recipient="reader2@", count=0)
    fail(connection, 1)
    clock.shift(timedelta(minutes=1))
    cut_all()

    deliver_due()

    assert sorted(mail["recipient"] for mail in mailbox.messages()) == [
        f"reader{n}@example.com" for n in (0, 1, 3, 4)
    ]


def test_dead_server_does_not_keep_a_worker_busy_with_every_message(
    connection: Connection, mailbox: Mailbox, clock: Any, settings: Any
) -> None:
    settings.EMAIL_PORT = 9  # nobody listens there
    make_readers(connection, 30)
    fail(connection, 1)
    clock.shift(timedelta(minutes=1))
    cut_all()

    assert deliver_due() == 2

    assert Digest.objects.filter(attempts=0).count() == 28


def test_holder_that_lost_its_lease_neither_hands_over_nor_settles(
    digest: Digest, mailbox: Mailbox, clock: Any
) -> None:
    from notifications.smtp import MailTransport

    first = delivery.claim()
    assert first is not None
    clock.shift(timedelta(minutes=10))
    assert delivery.sweep() == 1
    assert delivery.claim() is not None

    assert delivery.deliver(digest=first, transport=MailTransport()) == ""

    assert mailbox.messages() == []
    digest.refresh_from_db()
    assert digest.state == "sending"


def test_fault_of_our_own_is_noted_and_tried_again(
    digest: Digest, mailbox: Mailbox, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_digest: Digest) -> None:
        raise KeyError("template")

    with monkeypatch.context() as patch:
        patch.setattr("notifications.smtp.build_mail", broken)
        deliver_due()
    digest.refresh_from_db()
    assert digest.state == "pending"
    assert "KeyError" in digest.last_error

    deliver_until_settled(digest, clock)
    assert digest.state == "sent"

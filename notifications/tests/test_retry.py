"""What answers mean and when a message is tried again. Pure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifications.retry import BACKOFF, Answer, Outcome, http_answer, retry_after, smtp_answer


@pytest.mark.parametrize(
    ("code", "stage", "outcome", "again", "address_refused"),
    [
        (250, "data", Outcome.SENT, False, False),
        (421, "sender", Outcome.DEFERRED, True, False),
        (450, "recipient", Outcome.DEFERRED, True, False),
        (451, "data", Outcome.DEFERRED, True, False),
        (452, "data", Outcome.DEFERRED, True, False),
        (550, "recipient", Outcome.REFUSED, False, True),
        (553, "recipient", Outcome.REFUSED, False, True),
        (550, "data", Outcome.REFUSED, False, False),
        (554, "data", Outcome.REFUSED, False, False),
        (552, "data", Outcome.DEFERRED, True, False),
        # Says nothing of message or reader: the operator mends it.
        (554, "connect", Outcome.UNREACHABLE, True, False),
        (535, "login", Outcome.UNREACHABLE, True, False),
        (530, "sender", Outcome.UNREACHABLE, True, False),
    ],
)
def test_smtp_reply(
    code: int, stage: str, outcome: Outcome, again: bool, address_refused: bool
) -> None:
    answer = smtp_answer(code=code, text="said", stage=stage)

    assert (answer.outcome, answer.again, answer.address_refused) == (
        outcome,
        again,
        address_refused,
    )
    assert answer.detail == f"{code} said"


@pytest.mark.parametrize(
    ("status", "outcome", "again"),
    [
        (200, Outcome.SENT, False),
        (204, Outcome.SENT, False),
        (302, Outcome.REFUSED, False),
        (400, Outcome.REFUSED, False),
        (404, Outcome.REFUSED, False),
        (408, Outcome.DEFERRED, True),
        (410, Outcome.REFUSED, False),
        (429, Outcome.DEFERRED, True),
        (500, Outcome.DEFERRED, True),
        (503, Outcome.DEFERRED, True),
    ],
)
def test_webhook_status(status: int, outcome: Outcome, again: bool) -> None:
    answer = http_answer(status=status, text="")

    assert (answer.outcome, answer.again) == (outcome, again)


def test_waiting_grows_and_ends() -> None:
    answer = Answer(Outcome.DEFERRED, again=True)
    waits = [retry_after(attempts=n, answer=answer) for n in range(1, len(BACKOFF) + 2)]

    assert waits == [*BACKOFF, None]
    assert list(BACKOFF) == sorted(BACKOFF)


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    assert retry_after(attempts=1, answer=Answer(Outcome.REFUSED)) is None


def test_full_mailbox_is_not_tried_again_within_the_hour() -> None:
    full = smtp_answer(code=552, text="mailbox full", stage="data")

    assert retry_after(attempts=1, answer=full) == timedelta(hours=1)


def test_server_that_names_a_time_is_waited_for() -> None:
    busy = http_answer(status=429, text="", retry_after="7200")

    assert retry_after(attempts=1, answer=busy) == timedelta(hours=2)
    endless = http_answer(status=503, text="", retry_after="99999999999")
    assert retry_after(attempts=1, answer=endless) == timedelta(days=1)

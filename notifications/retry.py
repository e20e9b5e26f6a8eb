"""What an answer of a mail server or a webhook means, and when to try again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from notifications.models import DeliveryAttempt

Outcome = DeliveryAttempt.Outcome

# After the n-th try; then it is given up, and people see it. Together about two days: what mail servers keep
# to as well (RFC 5321, 4.5.4.1: "at least 4-5 days" for relays; a digest is stale sooner).
BACKOFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
# A full mailbox is not emptied within minutes.
_SLOW_FROM = 3
# 530, 534, 535, 538: our login is refused; 550 and the like say something of the address.
_LOGIN_REFUSED = frozenset({530, 534, 535, 538})
_MAILBOX_FULL = 552


@dataclass(frozen=True, slots=True)
class Answer:
    """How a handover went. `code` is SMTP's or HTTP's, None when there was no answer.

    `again`: trying again may help. `address_refused`: the server does not take mail for this reader.
    `slow`: not before an hour. `wait`: what the other side asked for.
    """

    outcome: Outcome
    code: int | None = None
    detail: str = ""
    again: bool = False
    address_refused: bool = False
    slow: bool = False
    wait: timedelta | None = None


def smtp_answer(*, code: int, text: str, stage: str) -> Answer:
    """What a reply of a mail server means. `stage`: connect, login, sender, recipient, data (RFC 5321, 4.2.1)."""
    detail = f"{code} {text}".strip()
    if 200 <= code < 300:
        return Answer(Outcome.SENT, code, detail)
    if stage in ("connect", "login") or code in _LOGIN_REFUSED:
        # Says nothing of the message: an operator has to mend it, and then it goes out.
        return Answer(Outcome.UNREACHABLE, code, detail, again=True)
    if 400 <= code < 500:
        return Answer(Outcome.DEFERRED, code, detail, again=True)
    if code == _MAILBOX_FULL:
        return Answer(Outcome.DEFERRED, code, detail, again=True, slow=True)
    return Answer(Outcome.REFUSED, code, detail, address_refused=stage == "recipient")


def http_answer(*, status: int, text: str, retry_after: str = "") -> Answer:
    """What a webhook's status means: 2xx taken; 408, 425, 429 and 5xx come again; anything else is refused."""
    detail = f"HTTP {status} {text}".strip()
    if 200 <= status < 300:
        return Answer(Outcome.SENT, status, detail)
    if 300 <= status < 400:
        return Answer(Outcome.REFUSED, status, f"{detail} (redirects are not followed)")
    if status in (408, 425, 429) or status >= 500:
        wait = None
        if retry_after.isascii() and retry_after.isdigit():
            wait = timedelta(seconds=min(int(retry_after), 86_400))
        return Answer(Outcome.DEFERRED, status, detail, again=True, wait=wait)
    return Answer(Outcome.REFUSED, status, detail, address_refused=status in (404, 410))


def retry_after(*, attempts: int, answer: Answer) -> timedelta | None:
    """How long to wait after the `attempts`-th try; None when it is given up."""
    if not answer.again or attempts > len(BACKOFF):
        return None
    step = max(attempts - 1, _SLOW_FROM if answer.slow else 0)
    delay = BACKOFF[min(step, len(BACKOFF) - 1)]
    return max(delay, answer.wait) if answer.wait else delay

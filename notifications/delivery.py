"""Claim, hand over, settle. The claim and the settling are short transactions; the handover is in none.

A message is sent twice only when a worker dies, or the line breaks, between the server's acceptance and our
note of it: nobody can tell whether it was taken (docs/notifications.md, "The one instant").
"""

from __future__ import annotations

import logging
import os
import random
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import F, QuerySet

from common import clock
from notifications import limits
from notifications.models import DeliveryAttempt, Digest, Subscription
from notifications.retry import Answer, Outcome, retry_after
from notifications.subscriptions import may_read

log = logging.getLogger(__name__)

# A tick comes every five seconds; a worker that stays longer keeps others from the queue.
_TIME_BUDGET = 40.0
# Candidates that a worker looks at: several workers then seldom try for the same one.
_CANDIDATES = 20
# The server is down: leave the others for a later tick instead of waiting for each time-out.
_GIVE_UP_AFTER = 2
_TEXT_LIMIT = 500
WORKER = f"{socket.gethostname()[:60]}:{os.getpid()}"


class LeaseLost(Exception):
    """Another worker has taken the message over; this one must not hand it over."""


class Transport(Protocol):
    """One way to a reader. `mark` is called right before the message can be accepted; it raises LeaseLost."""

    def hand_over(self, digest: Digest, mark: Callable[[], None]) -> Answer: ...

    def close(self) -> None: ...


def deliver_due(*, open_transport: Callable[[Subscription], Transport] | None = None) -> int:
    """Hands over what waits, one message after another, for up to 40 seconds; answers how many were tried."""
    from notifications.transports import Transports

    end = time.monotonic() + _TIME_BUDGET
    transports = Transports()
    choose = open_transport or transports.for_reader
    tried = unreachable = 0
    try:
        while time.monotonic() < end and unreachable < _GIVE_UP_AFTER:
            digest = claim()
            if digest is None:
                break
            tried += 1
            outcome = deliver(digest=digest, transport=choose(digest.subscription))
            unreachable = unreachable + 1 if outcome == Outcome.UNREACHABLE else 0
    finally:
        transports.close()
    return tried


def claim() -> Digest | None:
    """A waiting message, leased to this worker; None when nothing is due. A conditional UPDATE decides."""
    now = clock.now()
    waiting = Digest.objects.filter(state=Digest.State.PENDING, not_before__lte=now)
    ids = list(waiting.order_by("not_before", "id").values_list("pk", flat=True)[:_CANDIDATES])
    random.shuffle(ids)
    for pk in ids:
        token = str(uuid.uuid4())
        if waiting.filter(pk=pk).update(
            state=Digest.State.SENDING,
            lease_token=token,
            lease_until=now + limits.lease(),
            attempts=F("attempts") + 1,
            handover_started_at=None,
        ):
            # NULL columns of the reader: outer joins, one query.
            return Digest.objects.select_related(
                "subscription__user", "subscription__channel", "subscription__connection"
            ).get(pk=pk)
    return None


def deliver(*, digest: Digest, transport: Transport) -> str:
    """Hands a claimed message over and settles it; answers the outcome, "" when it was cancelled or taken over."""
    reason = _reason_to_cancel(digest)
    if reason:
        _held(digest).update(
            state=Digest.State.CANCELLED, reason=reason, lease_token="", lease_until=None
        )
        return ""
    try:
        answer = transport.hand_over(digest, lambda: _mark(digest))
    except LeaseLost:
        log.warning("Digest %s: another worker has taken it over.", digest.public_id)
        return ""
    except Exception as fault:
        # Our own fault (a template, a setting): told like a refusal that may go away, or it would be for ever.
        log.exception("Digest %s could not be handed over.", digest.public_id)
        answer = Answer(Outcome.DEFERRED, detail=f"{type(fault).__name__}: {fault}", again=True)
    settle(digest=digest, answer=answer)
    return answer.outcome


def settle(*, digest: Digest, answer: Answer) -> bool:
    """Notes how the handover went; False when the lease was lost meanwhile, and then nothing changes."""
    now = clock.now()
    change: dict[str, object] = {
        "lease_token": "",
        "lease_until": None,
        "handover_started_at": None,
        "last_code": answer.code,
        "last_error": "",
        "reason": "",
        "recipient": digest.recipient,
    }
    error = _printable(answer.detail)
    if answer.outcome == Outcome.SENT:
        change |= {"state": Digest.State.SENT, "sent_at": now}
    elif answer.outcome == Outcome.UNCERTAIN and not limits.resend_when_uncertain():
        change |= {"state": Digest.State.UNCERTAIN, "last_error": error, "reason": "no_answer"}
    else:
        wait = retry_after(attempts=digest.attempts, answer=answer)
        if wait is None:
            reason = "refused" if answer.outcome == Outcome.REFUSED else "gave_up"
            change |= {"state": Digest.State.FAILED, "last_error": error, "reason": reason}
        else:
            jitter = timedelta(seconds=random.uniform(0, wait.total_seconds() / 10))  # noqa: S311 - spreads retries
            change |= {
                "state": Digest.State.PENDING,
                "last_error": error,
                "not_before": now + wait + jitter,
            }
    with transaction.atomic():
        if not _held(digest).update(**change):
            return False
        _log(digest, answer.outcome, answer.code, error)
        _note_reader(digest, answer, error)
    return True


def sweep() -> int:
    """Takes back what dead workers held; answers how many messages.

    Not handed over yet: it waits again. Handed over without an answer: it is sent again or held, as
    DIGEST_WHEN_UNCERTAIN says.
    """
    now = clock.now()
    expired = Digest.objects.filter(state=Digest.State.SENDING, lease_until__lt=now)
    swept = 0
    for digest in expired.order_by("lease_until")[:200]:
        again = Answer(Outcome.LOST, detail="The worker died before the message was handed over.")
        if digest.handover_started_at is not None:
            again = Answer(Outcome.UNCERTAIN, detail="The worker died while handing it over.")
        holds = again.outcome == Outcome.UNCERTAIN and not limits.resend_when_uncertain()
        with transaction.atomic():
            taken = expired.filter(pk=digest.pk, lease_token=digest.lease_token).update(
                state=Digest.State.UNCERTAIN if holds else Digest.State.PENDING,
                reason="worker_died" if holds else "",
                lease_token="",
                lease_until=None,
                not_before=now,
                last_error=again.detail,
            )
            if taken:
                swept += 1
                _log(digest, again.outcome, None, again.detail)
    return swept


def send_again(*, digest: Digest) -> bool:
    """Queues a settled message once more; False when it waits or is being sent already.

    What was sent gets a new Message-ID, or the reader's mail server would drop it as a duplicate; what may
    have been sent keeps its own, for the same reason.
    """
    settled = [
        Digest.State.SENT,
        Digest.State.FAILED,
        Digest.State.UNCERTAIN,
        Digest.State.CANCELLED,
    ]
    return bool(
        Digest.objects.filter(pk=digest.pk, state=digest.state, state__in=settled).update(
            state=Digest.State.PENDING,
            copy=F("copy") + (1 if digest.state == Digest.State.SENT else 0),
            attempts=0,
            not_before=clock.now(),
            handover_started_at=None,
            reason="asked_for",
        )
    )


def _reason_to_cancel(digest: Digest) -> str:
    subscription = digest.subscription
    if not may_read(subscription):
        return "no_access"
    asked_for = digest.kind == Digest.Kind.TEST or digest.reason == "asked_for"
    if not subscription.enabled and not asked_for:
        return subscription.turned_off_reason or "turned_off"
    return ""


def _held(digest: Digest) -> QuerySet[Digest, Digest]:
    return Digest.objects.filter(
        pk=digest.pk, state=Digest.State.SENDING, lease_token=digest.lease_token
    )


def _mark(digest: Digest) -> None:
    """Notes that the next byte may get the message accepted, and takes the lease anew for the answer."""
    now = clock.now()
    if (
        not _held(digest)
        .filter(lease_until__gt=now)
        .update(handover_started_at=now, lease_until=now + limits.lease())
    ):
        raise LeaseLost


def _log(digest: Digest, outcome: str, code: int | None, detail: str) -> None:
    DeliveryAttempt.objects.create(
        digest=digest, at=clock.now(), outcome=outcome, code=code, detail=detail, worker=WORKER
    )


def _note_reader(digest: Digest, answer: Answer, error: str) -> None:
    reader = Subscription.objects.filter(pk=digest.subscription_id)
    if answer.outcome == Outcome.SENT:
        reader.filter(refused_at__isnull=False).update(refused_at=None, refused_detail="")
    elif answer.address_refused:
        reader.update(refused_at=clock.now(), refused_detail=error)


def _printable(text: str) -> str:
    """What another machine said, fit for a page and a log: one line, no control characters."""
    cleaned = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(cleaned.split())[:_TEXT_LIMIT]

"""Messages that are no digests: test messages, and what happens to a connection."""

from __future__ import annotations

import uuid
from typing import Any

from common import clock
from notifications.models import Digest, Subscription
from notifications.subscriptions import last_seq
from notifications.windows import facts_of_window

# A test shows what a digest of the newest events would look like.
_TEST_EVENTS = 1000


def send_test(*, subscription: Subscription) -> Digest:
    """Queues a test message to the reader of a stored subscription, also while it is turned off."""
    now = clock.now()
    to_seq = last_seq(connection_id=subscription.connection_id)
    snapshot = facts_of_window(
        subscription=subscription, from_seq=max(0, to_seq - _TEST_EVENTS), to_seq=to_seq
    )
    return Digest.objects.create(
        subscription=subscription,
        kind=Digest.Kind.TEST,
        occasion=str(uuid.uuid4()),
        snapshot={**snapshot, "since": now.isoformat(), "until": now.isoformat()},
        created_at=now,
        not_before=now,
    )


def tell(*, connection_id: int, kind: Digest.Kind, occasion: str, snapshot: dict[str, Any]) -> int:
    """Queues one message to each reader who wants to know of the connection; once an occasion. Answers how many.

    To be called in the transaction that stores the occasion.
    """
    now = clock.now()
    readers = Subscription.objects.filter(
        connection_id=connection_id, enabled=True, about_connection=True
    )
    made = Digest.objects.bulk_create(
        [
            Digest(
                subscription=reader,
                kind=kind,
                occasion=occasion,
                snapshot=snapshot,
                created_at=now,
                not_before=now,
            )
            for reader in readers
        ],
        ignore_conflicts=True,
    )
    return len(made)

"""Cutting digests: looks for news, and turns what is due into messages that wait to be sent."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from common import clock
from notifications import limits
from notifications.models import Digest, Frequency, Subscription
from notifications.schedule import next_due
from notifications.subscriptions import last_seq, may_read, time_zone_of, turn_off
from notifications.windows import facts_of_window, first_new_at, has_news, new_errors

log = logging.getLogger(__name__)

# Readers that one worker cuts at a time, and how long it may take before another one may.
BATCH = 50
_CUT_WITHIN = timedelta(seconds=60)
# One reader whose digest cannot be cut must not stop the others.
_AFTER_A_FAULT = timedelta(hours=1)
# Instantly: the third message within the storm gap makes a storm of a trickle.
_MESSAGES_OF_A_TRICKLE = 3


def look_for_news() -> int:
    """Gives each instant reader with something new a due time; answers how many. Harmless to call twice.

    The time counts from the event, not from this look, so a late tick delays nothing that is due already.
    """
    found = 0
    # PERF: served by the partial index on idle readers; a reader that has seen everything is not read.
    idle = Subscription.objects.filter(
        enabled=True,
        frequency=Frequency.INSTANT,
        next_due_at__isnull=True,
        connection__error_stream__last_seq__gt=F("seen_seq"),
    ).annotate(to_seq=F("connection__error_stream__last_seq"))[:1000]
    for row in idle:
        first = first_new_at(
            connection_id=row.connection_id,
            from_seq=max(row.seen_seq, row.last_seq),
            to_seq=row.to_seq,
            types=row.types,
        )
        same = Subscription.objects.filter(
            pk=row.pk, next_due_at__isnull=True, updated_at=row.updated_at
        )
        if first is None:
            same.filter(seen_seq=row.seen_seq).update(seen_seq=row.to_seq)
            continue
        due = first + limits.gather()
        found += same.update(next_due_at=max(due, row.calm_at) if row.calm_at else due)
    return found


def cut_due() -> int:
    """Cuts up to 50 digests that are due; answers how many readers were looked at.

    Any number of workers may do this at once: readers are claimed by a conditional UPDATE.
    """
    now = clock.now()
    token = str(uuid.uuid4())
    due = Subscription.objects.filter(
        Q(cut_until__isnull=True) | Q(cut_until__lt=now), enabled=True, next_due_at__lte=now
    )
    ids = list(due.order_by("next_due_at", "pk").values_list("pk", flat=True)[:BATCH])
    if not ids or not due.filter(pk__in=ids).update(cut_token=token, cut_until=now + _CUT_WITHIN):
        return 0
    mine = Subscription.objects.filter(pk__in=ids, cut_token=token)
    rows = list(mine.select_related("user", "channel"))
    for row in rows:
        try:
            cut(subscription=row)
        except Exception:
            log.exception("Could not cut the digest of subscription %s.", row.pk)
            Subscription.objects.filter(pk=row.pk, cut_token=token).update(
                next_due_at=now + _AFTER_A_FAULT, cut_token="", cut_until=None
            )
    return len(rows)


def cut(*, subscription: Subscription) -> Digest | None:
    """Cuts the digest of a claimed reader: (last_seq, newest event]. None when there is nothing to tell.

    The facts are read before the transaction, which then counts only if nobody has cut or chosen meanwhile;
    the cursor and the digest move together or not at all.
    """
    if not may_read(subscription):
        turn_off(subscription=subscription, reason="no_access")
        return None
    now = clock.now()
    from_seq, to_seq = subscription.last_seq, last_seq(connection_id=subscription.connection_id)
    snapshot = facts_of_window(subscription=subscription, from_seq=from_seq, to_seq=to_seq)
    snapshot["since"] = (subscription.last_cut_at or now).isoformat()
    snapshot["until"] = now.isoformat()
    is_news = has_news(snapshot, frequency=subscription.frequency)
    moved = {
        "next_due_at": _next(subscription, now),
        "seen_seq": to_seq,
        "cut_token": "",
        "cut_until": None,
    }
    if is_news:
        moved |= {"last_seq": to_seq, "last_cut_at": now}
        if subscription.frequency == Frequency.INSTANT:
            storm = _is_storm(subscription, new_errors(snapshot), now, from_seq, to_seq)
            moved["calm_at"] = now + limits.storm_gap() if storm else None
    with transaction.atomic():
        if not Subscription.objects.filter(
            pk=subscription.pk,
            enabled=True,
            cut_token=subscription.cut_token,
            last_seq=from_seq,
            updated_at=subscription.updated_at,
        ).update(**moved):
            return None
        if is_news:
            return Digest.objects.create(
                subscription=subscription,
                kind=Digest.Kind.ERRORS,
                from_seq=from_seq,
                to_seq=to_seq,
                snapshot=snapshot,
                created_at=now,
                not_before=now,
            )
        if subscription.when_quiet and subscription.frequency != Frequency.INSTANT:
            assert subscription.next_due_at is not None
            return Digest.objects.create(
                subscription=subscription,
                kind=Digest.Kind.QUIET,
                occasion=subscription.next_due_at.isoformat(),
                snapshot=snapshot,
                created_at=now,
                not_before=now,
            )
    return None


def _next(subscription: Subscription, now: datetime) -> datetime | None:
    return next_due(
        frequency=subscription.frequency,
        hour=subscription.hour,
        weekday=subscription.weekday,
        time_zone=time_zone_of(subscription),
        after=now,
    )


def _is_storm(
    subscription: Subscription, errors: int, now: datetime, from_seq: int, to_seq: int
) -> bool:
    if errors >= limits.storm_errors():
        return True
    if subscription.calm_at is not None:
        first = first_new_at(
            connection_id=subscription.connection_id,
            from_seq=from_seq,
            to_seq=to_seq,
            types=subscription.types,
        )
        # It began before the calm was over: the storm goes on.
        if first is not None and first < subscription.calm_at:
            return True
    lately = Digest.objects.filter(
        subscription=subscription,
        kind=Digest.Kind.ERRORS,
        created_at__gt=now - limits.storm_gap(),
    ).count()
    return lately + 1 >= _MESSAGES_OF_A_TRICKLE

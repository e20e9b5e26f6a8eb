"""Eight workers and two beats at once: each digest exactly once; and windows that touch under eight writers."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
import time_machine
from django.db import connections

from accounts.models import Membership, User
from errors.models import ErrorEvent, ErrorStream
from errors.recording import record_outcomes
from errors.tests.children import end_of, start_child
from errors.tests.fakes import contact, failed, synced
from integrations.models import Connection
from notifications import tasks
from notifications.models import Digest, Subscription
from notifications.tests.helpers import cut_all, fail, make_readers, subscribe
from simulators.mailbox.testing import Mailbox

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

WORKERS = 8
BEATS = 2


def work_until_done(at: datetime, ticks: int) -> None:
    """What a worker does with the ticks that it happens to get."""
    with time_machine.travel(at):
        for _ in range(ticks):
            tasks.tick()


@pytest.mark.parametrize(
    "readers", [pytest.param(100), pytest.param(1000, marks=pytest.mark.load)], ids=str
)
def test_each_reader_gets_each_digest_exactly_once(
    readers: int, connection: Connection, mailbox: Mailbox
) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with time_machine.travel(start):
        make_readers(connection, readers, frequency="daily")
        fail(connection, 1, 2)
    at = start + timedelta(days=1)

    # Two beats tick everybody twice; every worker takes part in all of it.
    children = [start_child(partial(work_until_done, at, 2)) for _ in range(WORKERS + BEATS)]
    assert [end_of(pid) for pid in children] == [0] * len(children)
    with time_machine.travel(at + timedelta(minutes=1)):
        tasks.tick()

    assert Counter(Digest.objects.values_list("state", flat=True)) == {"sent": readers}
    assert Subscription.objects.filter(digests__isnull=True).count() == 0
    copies = mailbox.by_message_id()
    assert len(copies) == readers
    assert set(copies.values()) == {1}
    assert {mail["recipient"] for mail in mailbox.messages()} == {
        f"reader{n}@example.com" for n in range(readers)
    }


def write(connection_id: int, at: datetime, seed: int, events: int) -> None:
    """Makes at least so many events: errors open, are resolved, and come back."""
    chance = random.Random(seed)
    with time_machine.travel(at):
        made = 0
        while made < events:
            numbers = [seed * 1000 + n for n in chance.sample(range(200), 100)]
            outcomes = [
                synced(contact(n))
                if chance.random() < 0.45
                else failed(contact(n), "picklists/a", message=str(n))
                for n in numbers
            ]
            result = record_outcomes(connection_id=connection_id, outcomes=outcomes)
            made += result.to_seq - result.from_seq


def cut_meanwhile(at: datetime, rounds: int) -> None:
    with time_machine.travel(at):
        for _ in range(rounds):
            cut_all()
    connections.close_all()


@pytest.mark.parametrize(
    ("events", "days"),
    [pytest.param(4_000, 6), pytest.param(50_000, 30, marks=pytest.mark.load)],
    ids=["a week", "a month"],
)
def test_every_event_is_in_exactly_one_digest_of_each_reader(
    events: int, days: int, connection: Connection
) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with time_machine.travel(start):
        rows = []
        for frequency in ("instant", "daily", "weekly"):
            user = User.objects.create(email=f"{frequency}@example.com")
            Membership.objects.create(user=user, connection=connection)
            rows.append(subscribe(connection, user, frequency=frequency, weekday=1))
    share = events // days // WORKERS + 1

    for day in range(days):
        at = start + timedelta(days=day)
        children = [
            start_child(partial(write, connection.pk, at, seed, share)) for seed in range(WORKERS)
        ]
        children += [
            start_child(partial(cut_meanwhile, at + timedelta(minutes=m), 3)) for m in (1, 20)
        ]
        assert [end_of(pid) for pid in children] == [0] * len(children)
    # A week after the last event everybody has been told everything.
    for later in range(1, 9):
        with time_machine.travel(start + timedelta(days=days + later)):
            cut_all()

    newest = ErrorStream.objects.get(connection=connection).last_seq
    assert newest >= events
    happened = Counter(ErrorEvent.objects.values_list("kind", flat=True))
    for row in rows:
        windows = list(row.digests.order_by("from_seq").values_list("from_seq", "to_seq"))
        assert len(windows) >= (1 if row.frequency == "weekly" else 5)
        assert windows[0][0] == 0
        assert all(earlier[1] == later[0] for earlier, later in pairwise(windows))
        row.refresh_from_db()
        assert windows[-1][1] == row.last_seq
        # Instantly, what was resolved last waits for the next error.
        tail = ErrorEvent.objects.filter(seq__gt=row.last_seq)
        assert not tail.exclude(kind="resolved").exists()
        if row.frequency != "instant":
            assert row.last_seq == newest
    assert sum(happened.values()) == newest

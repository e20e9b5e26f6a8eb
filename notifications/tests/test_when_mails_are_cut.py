"""Instantly, daily, weekly: what becomes a message, and when. No mail is sent here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import User
from errors.models import ErrorEvent
from integrations.models import Connection
from notifications import subscriptions
from notifications.models import Digest, Subscription
from notifications.tests.helpers import cut_all, fail, resolve, subscribe

pytestmark = pytest.mark.django_db
# A Monday, 10:00 in Warsaw.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def total(digest: Digest, key: str = "new") -> int:
    return sum(row[key] for row in digest.snapshot["types"])


def test_errors_within_the_gathering_window_are_one_message(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    fail(connection, 1)
    assert cut_all() == []
    clock.shift(timedelta(seconds=30))
    fail(connection, 2, kind="duplicates")
    assert cut_all() == []
    clock.shift(timedelta(seconds=20))

    (digest,) = cut_all()

    assert total(digest) == 2
    clock.shift(timedelta(hours=1))
    assert len(cut_all()) == 1


def test_a_second_error_minutes_later_is_told_within_a_minute_too(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    fail(connection, 1)
    clock.shift(timedelta(minutes=1))
    cut_all()
    clock.shift(timedelta(minutes=4))
    fail(connection, 2)
    clock.shift(timedelta(minutes=1))

    assert len(cut_all()) == 2


def test_a_storm_of_ten_thousand_errors_is_one_message_then_one_every_fifteen_minutes(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    times: list[timedelta] = []
    fail(connection, *range(10_000))
    for minute in range(61):
        if minute:
            fail(connection, 10_000 + minute)
        before = Digest.objects.count()
        cut_all()
        if Digest.objects.count() > before:
            times.append(timedelta(minutes=minute))
        clock.shift(timedelta(minutes=1))

    assert times[0] == timedelta(minutes=1)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps == [timedelta(minutes=15)] * 3
    digests = Digest.objects.order_by("id")
    assert total(digests[0]) == 10_001
    assert sum(total(digest) for digest in digests) == 10_001 + 45


def test_after_a_quiet_while_the_storm_is_over(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    fail(connection, *range(50))
    clock.shift(timedelta(minutes=1))
    cut_all()
    clock.shift(timedelta(minutes=40))
    fail(connection, 100)
    clock.shift(timedelta(minutes=1))
    assert len(cut_all()) == 2
    clock.shift(timedelta(minutes=2))
    fail(connection, 101)
    clock.shift(timedelta(minutes=1))

    assert len(cut_all()) == 3


def test_a_trickle_is_a_storm_after_its_third_message(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    for number in range(60):
        fail(connection, number)
        clock.shift(timedelta(minutes=1))
        cut_all()

    made = [digest.created_at - START for digest in Digest.objects.order_by("id")]
    assert [moment // timedelta(minutes=1) for moment in made[:4]] == [1, 2, 3, 18]
    assert len(made) == 5 + 1  # 1, 2, 3, 18, 33, 48


def test_what_is_resolved_alone_is_no_instant_news_but_comes_with_the_next(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    fail(connection, 1)
    clock.shift(timedelta(minutes=1))
    cut_all()
    resolve(connection, 1)
    clock.shift(timedelta(hours=1))
    assert len(cut_all()) == 1
    fail(connection, 2)
    clock.shift(timedelta(minutes=1))

    last = cut_all()[-1]

    assert (total(last), total(last, "resolved")) == (1, 1)


def test_only_chosen_types_are_told_and_the_rest_is_in_no_message_of_its_own(
    connection: Connection, reader: User, clock: Any
) -> None:
    subscribe(connection, reader, types=["duplicates"])
    fail(connection, 1, kind="picklists")
    clock.shift(timedelta(minutes=2))
    assert cut_all() == []
    fail(connection, 2, kind="duplicates")
    clock.shift(timedelta(minutes=2))

    (digest,) = cut_all()

    assert {row["type"]: row["new"] for row in digest.snapshot["types"]} == {"duplicates": 1}
    # The window covers what was not told as well: it is not looked at again.
    assert (digest.from_seq, digest.to_seq) == (0, 2)


def test_turning_on_does_not_tell_history(connection: Connection, reader: User, clock: Any) -> None:
    fail(connection, *range(20))
    subscribe(connection, reader)
    clock.shift(timedelta(hours=1))

    assert cut_all() == []


def test_daily_digest_comes_at_the_hour_of_the_readers_day(
    connection: Connection, reader: User, clock: Any
) -> None:
    row = subscribe(connection, reader, frequency="daily", hour=8)
    assert row.next_due_at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    fail(connection, 1, 2)
    resolve(connection, 1)
    clock.move_to(datetime(2026, 3, 3, 6, 59, tzinfo=UTC))
    assert cut_all() == []
    clock.move_to(datetime(2026, 3, 3, 7, 0, tzinfo=UTC))

    (digest,) = cut_all()

    assert (total(digest), total(digest, "resolved"), total(digest, "open")) == (2, 1, 1)
    row.refresh_from_db()
    assert row.next_due_at == datetime(2026, 3, 4, 7, 0, tzinfo=UTC)


def test_nothing_is_sent_when_nothing_happened_unless_chosen(
    connection: Connection, reader: User, clock: Any
) -> None:
    row = subscribe(connection, reader, frequency="daily")
    clock.shift(timedelta(days=1))
    assert cut_all() == []
    row.refresh_from_db()
    assert row.next_due_at is not None
    assert row.next_due_at > START + timedelta(days=1)

    subscribe(connection, reader, frequency="daily", when_quiet=True)
    clock.shift(timedelta(days=2))

    (digest,) = cut_all()
    assert digest.kind == "quiet"


def test_days_without_a_worker_are_one_digest(
    connection: Connection, reader: User, clock: Any
) -> None:
    subscribe(connection, reader, frequency="daily")
    fail(connection, 1)
    clock.shift(timedelta(days=5))
    fail(connection, 2)

    (digest,) = cut_all()

    assert total(digest) == 2


def test_change_is_counted_from_the_digest_before(
    connection: Connection, reader: User, clock: Any
) -> None:
    subscribe(connection, reader, frequency="daily")
    fail(connection, 1, 2, 3)
    clock.shift(timedelta(days=1))
    cut_all()
    resolve(connection, 1, 2)
    clock.shift(timedelta(days=1))

    last = cut_all()[-1]

    row = next(row for row in last.snapshot["types"] if row["type"] == "picklists")
    assert (row["open_before"], row["open"]) == (3, 1)


def test_a_new_frequency_tells_what_the_old_one_had_not_told_yet(
    connection: Connection, instant: Subscription, reader: User, clock: Any
) -> None:
    fail(connection, 1)
    subscribe(connection, reader, frequency="weekly", weekday=2)
    clock.shift(timedelta(days=3))

    (digest,) = cut_all()

    assert total(digest) == 1


def test_turning_off_cancels_what_was_not_sent(
    connection: Connection, instant: Subscription, reader: User, clock: Any
) -> None:
    fail(connection, 1)
    clock.shift(timedelta(minutes=1))
    cut_all()

    subscribe(connection, reader, enabled=False)

    assert cut_all() == []
    digest = Digest.objects.get()
    assert (digest.state, digest.reason) == ("cancelled", "turned_off")


def test_a_new_time_zone_moves_the_next_digest(
    connection: Connection, reader: User, clock: Any
) -> None:
    row = subscribe(connection, reader, frequency="daily", hour=8)

    reader.time_zone = "America/New_York"
    reader.save()

    row.refresh_from_db()
    # It is four in the morning there, so today's eight o'clock is still to come.
    assert row.next_due_at == datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


def test_who_left_the_connection_is_told_no_more(
    connection: Connection, instant: Subscription, reader: User, clock: Any
) -> None:
    fail(connection, 1)
    reader.memberships.all().delete()
    clock.shift(timedelta(minutes=1))

    assert cut_all() == []
    instant.refresh_from_db()
    assert (instant.enabled, instant.turned_off_reason) == (False, "no_access")


def test_new_members_start_with_the_defaults_and_others_keep_theirs(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    values = subscriptions.ChosenValues(
        enabled=True, frequency="weekly", hour=6, weekday=4, types=["picklists"]
    )
    subscriptions.set_defaults(connection=connection, values=values)

    new = User.objects.create(email="new@example.com")
    new.memberships.create(connection=connection, role="viewer")

    row = Subscription.objects.get(user=new)
    assert (row.frequency, row.hour, row.weekday, row.types) == ("weekly", 6, 4, ["picklists"])
    instant.refresh_from_db()
    assert instant.frequency == "instant"


def test_choosing_while_it_is_being_cut_wins(
    connection: Connection, instant: Subscription, reader: User, clock: Any
) -> None:
    from notifications import cutting

    fail(connection, 1)
    clock.shift(timedelta(minutes=2))
    cutting.look_for_news()
    Subscription.objects.update(cut_token="mine")
    claimed = Subscription.objects.select_related("user", "channel").get()

    subscribe(connection, reader, enabled=False)

    assert cutting.cut(subscription=claimed) is None
    assert not Digest.objects.exists()


def test_one_reader_whose_digest_cannot_be_cut_does_not_stop_the_others(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    other = User.objects.create(email="other@example.com")
    other.memberships.create(connection=connection, role="viewer")
    subscribe(connection, other)
    fail(connection, 1)
    clock.shift(timedelta(minutes=2))
    from notifications import cutting

    cutting.look_for_news()
    Subscription.objects.filter(pk=instant.pk).update(types=7)

    (digest,) = cut_all()

    assert digest.subscription.user == other
    instant.refresh_from_db()
    assert instant.next_due_at is not None
    assert instant.next_due_at > START + timedelta(minutes=30)
    assert ErrorEvent.objects.count() == 1


def test_worker_whose_claim_ran_out_cuts_nothing_after_another_has(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    from notifications import cutting

    fail(connection, 1)
    clock.shift(timedelta(minutes=2))
    cutting.look_for_news()
    Subscription.objects.update(cut_token="slow", cut_until=START)
    slow = Subscription.objects.select_related("user", "channel").get()

    (digest,) = cut_all()
    fail(connection, 2)

    assert cutting.cut(subscription=slow) is None
    assert Digest.objects.get() == digest

"""Suspension and API use: one message when it begins, one when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from accounts.models import User
from errors.tests.children import end_of, start_child
from integrations import metering
from integrations.models import CallPurpose, Connection, UsageBucket
from notifications import alerts
from notifications.content import content_of
from notifications.models import Alert, Digest, Subscription
from notifications.tests.helpers import subscribe

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def use(connection: Connection, calls: int) -> None:
    """Makes the calls of the last 24 hours so many, and looks."""
    UsageBucket.objects.filter(connection=connection).delete()
    UsageBucket.objects.create(
        connection=connection,
        start=metering.bucket_of(START),
        purpose=CallPurpose.SYNC,
        calls=calls,
    )
    alerts.review_all()


def suspend(connection: Connection, code: str = "INVALID_GRANT") -> None:
    Connection.objects.filter(pk=connection.pk).update(
        state="suspended", suspended_code=code, suspended_detail="expired", suspended_at=START
    )


def kinds() -> list[str]:
    return list(Digest.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.django_db
def test_suspension_is_told_once_and_its_end_once(
    connection: Connection, instant: Subscription, clock: Any
) -> None:
    suspend(connection)
    for _ in range(3):
        alerts.review_all()
    assert kinds() == ["suspended"]

    Connection.objects.update(state="active")
    for _ in range(3):
        alerts.review_all()
    assert kinds() == ["suspended", "resumed"]

    clock.shift(timedelta(days=1))
    suspend(connection)
    alerts.review_all()
    assert kinds() == ["suspended", "resumed", "suspended"]


@pytest.mark.django_db
def test_calls_are_told_at_80_percent_when_used_up_and_when_free_again(
    connection: Connection, instant: Subscription
) -> None:
    for calls in (7_900, 8_000, 8_500, 9_000, 9_500, 8_900, 7_800, 7_400, 7_000):
        use(connection, calls)

    # 9,000 of 10,000: the sync waits there, since a tenth is kept for Resync.
    assert kinds() == ["calls_80", "calls_100", "calls_below", "calls_below"]


@pytest.mark.django_db
def test_use_that_jitters_around_a_mark_is_told_once(
    connection: Connection, instant: Subscription
) -> None:
    for calls in (8_000, 7_990, 8_010, 7_950, 8_000) * 3:
        use(connection, calls)

    assert kinds() == ["calls_80"]


@pytest.mark.django_db
def test_who_hears_that_calls_are_used_up_need_not_hear_of_80_percent(
    connection: Connection, instant: Subscription
) -> None:
    use(connection, 10_000)
    use(connection, 8_200)
    use(connection, 100)

    assert kinds() == ["calls_100", "calls_below"]


@pytest.mark.django_db
def test_nothing_is_told_while_nothing_is_allotted(
    connection: Connection, instant: Subscription
) -> None:
    Connection.objects.update(allotment=0)
    use(connection, 0)

    assert kinds() == []


@pytest.mark.django_db
def test_only_who_wants_to_know_is_told(
    connection: Connection, reader: User, instant: Subscription
) -> None:
    subscribe(connection, reader, about_connection=False)
    suspend(connection)
    alerts.review_all()

    assert kinds() == []


@pytest.mark.django_db
def test_signal_of_a_suspension_asks_for_a_review_at_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.signals import connection_resumed, connection_suspended

    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr("notifications.receivers.nudge", lambda *args: asked.append(args))
    connection_suspended.send(sender=Connection, connection=connection, code="X", detail="")
    connection_resumed.send(sender=Connection, connection=connection)

    assert asked == [("notifications.review_alerts", connection.pk)] * 2


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_see_the_same_suspension_tell_it_once(
    connection: Connection, instant: Subscription
) -> None:
    suspend(connection)
    children = [start_child(partial(alerts.review, connection_id=connection.pk)) for _ in range(8)]

    assert [end_of(pid) for pid in children] == [0] * 8
    assert Alert.objects.count() == 1
    assert kinds() == ["suspended"]


@pytest.mark.django_db
def test_words_of_a_suspension_are_those_of_the_tab(
    connection: Connection, instant: Subscription
) -> None:
    suspend(connection)
    alerts.review_all()

    content = content_of(Digest.objects.get())

    assert content.subject == "The sync is suspended – Acme"
    assert content.headline == "A CRM refuses our login"
    assert ("The CRM's answer", "INVALID_GRANT: expired") in content.facts

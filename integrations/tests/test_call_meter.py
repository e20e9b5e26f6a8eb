"""The meter: what counts, when it is given back, and that nobody passes the wall."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.db import connections

from integrations import metering, usage
from integrations.metering import AllotmentSpent, CallMeter
from integrations.models import CallPurpose, Connection, UsageBucket
from integrations.testing import make_connection

NOON = datetime(2026, 11, 24, 12, 2, 30, tzinfo=UTC)
RESYNC, SYNC = CallPurpose.RESYNC, CallPurpose.SYNC


def meter_of(connection: Connection, purpose: CallPurpose = RESYNC) -> CallMeter:
    return CallMeter(connection_id=connection.pk, purpose=purpose)


def spend(connection: Connection, purpose: CallPurpose, calls: int) -> None:
    meter = meter_of(connection, purpose)
    for _ in range(calls):
        meter.reserve()


def used(connection: Connection) -> int:
    return usage.api_usage(connection_id=connection.pk).used_24h


@pytest.mark.django_db
def test_a_reserved_call_counts_before_it_is_made() -> None:
    connection = make_connection()

    meter = meter_of(connection)
    meter.reserve()

    assert (used(connection), meter.calls_made) == (1, 1)


@pytest.mark.django_db
def test_what_was_not_metered_is_given_back() -> None:
    connection = make_connection()
    meter = meter_of(connection)

    meter.settle(meter.reserve(3), metered=False)
    meter.settle(meter.reserve(2), metered=True)

    assert (used(connection), meter.calls_made) == (2, 2)


@pytest.mark.django_db
def test_what_is_given_back_leaves_the_bucket_it_was_taken_from() -> None:
    connection = make_connection()
    meter = meter_of(connection)
    with time_machine.travel(NOON, tick=False) as clock:
        meter.reserve()
        held = meter.reserve()
        clock.shift(timedelta(minutes=10))
        meter.reserve()

        meter.settle(held, metered=False)

    calls = UsageBucket.objects.order_by("start").values_list("calls", flat=True)
    assert list(calls) == [1, 1]


@pytest.mark.django_db
def test_the_last_call_of_the_allotment_fits_and_the_next_one_does_not() -> None:
    connection = make_connection(allotment=3)
    spend(connection, RESYNC, 3)

    with pytest.raises(AllotmentSpent):
        meter_of(connection).reserve()

    assert used(connection) == 3
    assert usage.api_usage(connection_id=connection.pk).refused == 1


@pytest.mark.django_db
def test_a_share_is_kept_that_only_resync_may_spend(settings: Any) -> None:
    settings.RESYNC_RESERVE_PERCENT = 10
    connection = make_connection(allotment=25)  # a tenth, rounded up, is 3

    spend(connection, SYNC, 22)

    for purpose in (SYNC, CallPurpose.SCHEMA):
        with pytest.raises(AllotmentSpent):
            meter_of(connection, purpose).reserve()
    spend(connection, RESYNC, 3)
    with pytest.raises(AllotmentSpent):
        meter_of(connection).reserve()


@pytest.mark.django_db
def test_calls_of_a_batch_fit_together_or_not_at_all() -> None:
    connection = make_connection(allotment=10)
    spend(connection, RESYNC, 8)

    with pytest.raises(AllotmentSpent):
        meter_of(connection).reserve(3)

    meter_of(connection).reserve(2)
    assert used(connection) == 10


@pytest.mark.django_db
def test_it_goes_on_when_the_oldest_calls_are_a_day_old() -> None:
    connection = make_connection(allotment=2)
    with time_machine.travel(NOON, tick=False) as clock:
        spend(connection, RESYNC, 1)
        clock.shift(timedelta(hours=2))
        spend(connection, RESYNC, 1)
        with pytest.raises(AllotmentSpent) as stopped:
            meter_of(connection).reserve()
        # The bucket from 12:00 to 12:05 counts until all of it is a day old.
        assert stopped.value.resumes_at == datetime(2026, 11, 25, 12, 5, tzinfo=UTC)

        clock.move_to(stopped.value.resumes_at - timedelta(seconds=1))
        with pytest.raises(AllotmentSpent):
            meter_of(connection).reserve()
        clock.move_to(stopped.value.resumes_at)
        meter_of(connection).reserve()


@pytest.mark.django_db
def test_an_allotment_too_small_for_the_call_never_goes_on() -> None:
    connection = make_connection(allotment=0)

    with pytest.raises(AllotmentSpent) as stopped:
        meter_of(connection).reserve()

    assert stopped.value.resumes_at is None


@pytest.mark.django_db
def test_buckets_older_than_two_days_are_dropped() -> None:
    connection = make_connection()
    with time_machine.travel(NOON, tick=False) as clock:
        spend(connection, RESYNC, 1)
        clock.shift(timedelta(hours=49))
        spend(connection, RESYNC, 1)

    assert UsageBucket.objects.count() == 1


@pytest.mark.parametrize("purpose", CallPurpose.values, ids=str)
def test_no_wall_is_below_zero_or_above_the_allotment(settings: Any, purpose: str) -> None:
    for percent in (0, 10, 100, 200):
        settings.RESYNC_RESERVE_PERCENT = percent
        for allotment in (0, 1, 9, 10, 15_000):
            assert 0 <= metering.wall_of(allotment, purpose) <= allotment


def _spend_until_refused(connection_id: int, made: list[int], lost: list[BaseException]) -> None:
    meter = CallMeter(connection_id=connection_id, purpose=CallPurpose.RESYNC)
    try:
        while True:
            reservation = meter.reserve()
            # Every seventh call turns out not to be metered: room for another worker's.
            if meter.calls_made % 7 == 0:
                meter.settle(reservation, metered=False)
                meter.reserve()
    except AllotmentSpent:
        made.append(meter.calls_made)
    except BaseException as error:  # noqa: BLE001
        lost.append(error)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_eight_threads_together_spend_the_allotment_to_the_last_call_and_not_one_more() -> None:
    connection = make_connection(allotment=200)
    made: list[int] = []
    lost: list[BaseException] = []

    threads = [
        threading.Thread(target=_spend_until_refused, args=(connection.pk, made, lost))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert lost == []
    assert sum(made) == used(connection) == 200


def _spend_in_a_process(connection_id: int, results: Any) -> None:
    # The parent's connection must not be used by two processes.
    connections.close_all()
    made: list[int] = []
    lost: list[BaseException] = []
    _spend_until_refused(connection_id, made, lost)
    results.put((sum(made), [repr(error) for error in lost]))


@pytest.mark.django_db(transaction=True)
def test_eight_processes_together_never_pass_the_wall() -> None:
    connection = make_connection(allotment=120)
    database.close()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [
        context.Process(target=_spend_in_a_process, args=(connection.pk, results)) for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=10)

    assert [lost for _, lost in answers if lost] == []
    assert sum(made for made, _ in answers) == used(connection) == 120

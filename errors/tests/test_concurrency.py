"""Eight writers at once: no count drifts, no event number is missing or doubled, and nobody deadlocks."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from errors.assigning import assign_errors
from errors.counters import find_drift
from errors.ignoring import ignore_errors, take_up_errors
from errors.models import ErrorEvent, ErrorStream, ResyncBatch, ResyncItem, SyncError
from errors.recording import record_outcomes
from errors.resync import ResyncRefused, create_batch
from errors.tests.children import end_of, start_child
from errors.tests.fakes import contact, failed, make_connection, synced
from integrations.models import Connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("judge")]

WRITERS = 8
ROUNDS = 25
CODES = ["picklists/a", "picklists/b", "other/c", "duplicates/d", "custom-code/e"]


def write(connection_id: int, seed: int) -> None:
    """Many small recordings over the same few records, in an order of this writer's own."""
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        numbers = chance.sample(range(30), 12)
        record_outcomes(
            connection_id=connection_id,
            outcomes=[
                synced(contact(n))
                if chance.random() < 0.4
                else failed(contact(n), *chance.sample(CODES, 2), message=str(n % 7))
                for n in numbers
            ],
        )
        some = list(
            SyncError.objects.filter(connection_id=connection_id).values_list("pk", flat=True)[:3]
        )
        changes: list[Callable[..., object]] = [
            ignore_errors,
            ignore_until_it_grows,
            take_up_errors,
        ]
        chance.choice(changes)(connection_id=connection_id, error_ids=some)
        assign_errors(connection_id=connection_id, error_ids=some, to=None)


def ignore_until_it_grows(*, connection_id: int, error_ids: list[int]) -> None:
    ignore_errors(connection_id=connection_id, error_ids=error_ids, above="now")


def test_eight_writers_keep_every_number_exact() -> None:
    connection = make_connection()

    writers = [start_child(partial(write, connection.pk, seed)) for seed in range(WRITERS)]
    assert [end_of(pid) for pid in writers] == [0] * WRITERS

    stream = ErrorStream.objects.get(connection=connection)
    assert stream.write_no == WRITERS * ROUNDS * 2  # recordings and ignorings
    assert find_drift(connection_id=connection.pk) == []
    events = list(
        ErrorEvent.objects.filter(connection=connection).order_by("seq").values_list("seq", "at")
    )
    assert [seq for seq, _ in events] == list(range(1, stream.last_seq + 1))
    assert [at for _, at in events] == sorted(at for _, at in events)


def test_ten_requests_with_one_key_make_one_batch() -> None:
    connection = make_connection()
    ids = _errors(connection, 20)

    askers = [
        start_child(
            partial(
                create_batch,
                connection_id=connection.pk,
                error_ids=ids,
                user=None,
                idempotency_key="key",
            )
        )
        for _ in range(10)
    ]
    assert [end_of(pid) for pid in askers] == [0] * 10

    assert ResyncBatch.objects.count() == 1
    assert ResyncItem.objects.count() == 20


def test_batches_that_overlap_share_no_error() -> None:
    connection = make_connection()
    ids = _errors(connection, 30)

    def ask(number: int) -> None:
        try:
            create_batch(
                connection_id=connection.pk,
                error_ids=ids[number : number + 20],
                user=None,
                idempotency_key=str(number),
            )
        except ResyncRefused as refusal:
            assert refusal.code == "already_in_live_batch"  # noqa: PT017 - in a child process

    askers = [start_child(partial(ask, number)) for number in range(8)]
    assert [end_of(pid) for pid in askers] == [0] * 8

    in_batches = list(ResyncItem.objects.values_list("error_id", flat=True))
    assert len(in_batches) == len(set(in_batches))


def _errors(connection: Connection, number: int) -> list[int]:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a", message=f"m{n}") for n in range(number)],
    )
    return list(SyncError.objects.order_by("pk").values_list("pk", flat=True))

"""A batch is stored once, whole, or not at all, and each refusal has its own answer."""

from __future__ import annotations

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from errors.models import ResyncBatch, ResyncItem, SyncError
from errors.recording import record_outcomes
from errors.resync import ResyncRefused, create_batch
from errors.tests.fakes import contact, failed, make_connection
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


def some_errors(connection: Connection, number: int) -> list[int]:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a", message=f"m{n}") for n in range(number)],
    )
    return list(SyncError.objects.filter(connection=connection).values_list("pk", flat=True))


def refused(connection: Connection, error_ids: list[int], key: str = "key") -> ResyncRefused:
    with pytest.raises(ResyncRefused) as caught:
        create_batch(
            connection_id=connection.pk, error_ids=error_ids, user=None, idempotency_key=key
        )
    return caught.value


def test_a_batch_holds_the_selected_errors_and_nudges_a_worker_once_stored(
    connection: Connection,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    ids = some_errors(connection, 3)

    with django_capture_on_commit_callbacks() as callbacks:
        made = create_batch(
            connection_id=connection.pk, error_ids=ids, user=None, idempotency_key="key"
        )

    assert (made.created, made.skipped) == (True, [])
    assert (made.batch.state, made.batch.total, made.batch.records_total) == ("queued", 3, 3)
    assert set(made.batch.items.values_list("error_id", flat=True)) == set(ids)
    assert len(callbacks) == 1


@pytest.mark.parametrize("key", ["k" * 300, "a\x00b", "tab\there"], ids=["long", "nul", "tab"])
def test_a_key_that_the_column_does_not_take_is_one_all_the_same(
    connection: Connection, key: str
) -> None:
    ids = some_errors(connection, 1)
    first, again = (
        create_batch(connection_id=connection.pk, error_ids=ids, user=None, idempotency_key=key)
        for _ in range(2)
    )

    assert (first.created, again.created) == (True, False)
    assert first.batch == again.batch


def test_the_same_key_gives_the_same_batch(connection: Connection) -> None:
    ids = some_errors(connection, 2)
    first = create_batch(
        connection_id=connection.pk, error_ids=ids, user=None, idempotency_key="key"
    )

    again = create_batch(
        connection_id=connection.pk, error_ids=reversed(ids), user=None, idempotency_key="key"
    )

    assert (again.batch, again.created) == (first.batch, False)
    assert ResyncItem.objects.count() == 2


def test_a_key_of_another_selection_is_refused(connection: Connection) -> None:
    ids = some_errors(connection, 2)
    create_batch(connection_id=connection.pk, error_ids=ids, user=None, idempotency_key="key")

    answer = refused(connection, ids[:1])

    assert (answer.code, answer.status_code) == ("key_reused", 409)


def test_nothing_selected_is_refused(connection: Connection) -> None:
    assert refused(connection, []).code == "no_errors"


def test_more_than_a_hundred_is_refused_with_the_ways_beyond(connection: Connection) -> None:
    answer = refused(connection, list(range(1, 102)))

    assert answer.code == "too_many_errors"
    assert "100" in answer.message
    for way in ("Resync all matching", "Import from Salesforce", "Update a property"):
        assert way in answer.message


def test_a_hundred_errors_named_twice_are_a_hundred(connection: Connection) -> None:
    ids = some_errors(connection, 100)

    made = create_batch(
        connection_id=connection.pk, error_ids=ids + ids, user=None, idempotency_key="key"
    )

    assert made.batch.total == 100


def test_an_error_of_another_connection_is_unknown(connection: Connection) -> None:
    mine, theirs = some_errors(connection, 1), some_errors(make_connection(), 1)

    answer = refused(connection, mine + theirs + [10**30])

    assert (answer.code, answer.errors) == ("unknown_errors", [*theirs, 10**30])
    assert not ResyncBatch.objects.exists()


def test_errors_in_a_live_batch_are_left_out_and_listed(connection: Connection) -> None:
    ids = some_errors(connection, 3)
    create_batch(connection_id=connection.pk, error_ids=ids[:1], user=None, idempotency_key="1")

    made = create_batch(connection_id=connection.pk, error_ids=ids, user=None, idempotency_key="2")

    assert (made.skipped, made.batch.total) == (ids[:1], 2)
    answer = refused(connection, ids, key="3")
    assert (answer.code, answer.status_code) == ("already_in_live_batch", 409)

"""Ignored errors end being ignored by themselves: at their date, or when they grow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import User
from errors.counters import find_drift
from errors.ignore_terms import checked_terms
from errors.ignoring import ignore_errors, take_up_due, take_up_errors
from errors.models import ErrorCounter, ErrorEvent, SyncError
from errors.recording import record_outcomes
from errors.selection import SelectionRefused
from errors.tasks import take_up_due_errors
from errors.tests.fakes import contact, failed, make_connection, synced
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fail(connection: Connection, *numbers: int, code: str = "picklists/a") -> SyncError:
    record_outcomes(
        connection_id=connection.pk, outcomes=[failed(contact(n), code) for n in numbers]
    )
    return SyncError.objects.get(connection=connection, code=code.partition("/")[2])


def card(connection: Connection) -> tuple[int, int]:
    counter = ErrorCounter.objects.get(connection=connection, type="picklists")
    return counter.open_errors, counter.open_records


def kinds(connection: Connection) -> list[str]:
    events = ErrorEvent.objects.filter(connection=connection).order_by("seq")
    return [event.kind for event in events]


def test_an_error_ignored_until_it_grows_comes_back_with_one_record_more(
    connection: Connection,
) -> None:
    error = fail(connection, 1, 2)
    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], reason="Known.", above="now")

    fail(connection, 1, 2)
    error.refresh_from_db()
    assert (error.status, error.ignored_above) == ("ignored", 2)
    fail(connection, 3)

    error.refresh_from_db()
    assert (error.status, error.times_reopened, error.ignored_above) == ("open", 1, None)
    assert error.ignore_reason == ""
    assert card(connection) == (1, 3)
    assert kinds(connection) == ["opened", "ignored", "reopened"]
    assert find_drift(connection_id=connection.pk) == []


def test_records_of_several_errors_are_counted_once_a_type_whichever_are_ignored(
    connection: Connection,
) -> None:
    codes = {1: ["a"], 2: ["a", "b"], 3: ["a", "b"], 4: ["b"]}
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(number), *(f"picklists/{code}" for code in named))
            for number, named in codes.items()
        ],
    )
    a, b = SyncError.objects.order_by("code")
    both = [a.pk, b.pk]

    seen = [card(connection)]
    for change in (
        lambda: ignore_errors(connection_id=connection.pk, error_ids=[a.pk], reason="Known."),
        lambda: ignore_errors(connection_id=connection.pk, error_ids=both, reason="Known."),
        lambda: record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(4))]),
        lambda: take_up_errors(connection_id=connection.pk, error_ids=[b.pk]),
        lambda: take_up_errors(connection_id=connection.pk, error_ids=both),
    ):
        change()
        seen.append(card(connection))
        assert find_drift(connection_id=connection.pk) == []

    assert seen == [(2, 4), (1, 3), (0, 0), (0, 0), (1, 2), (2, 3)]


def test_growth_beyond_a_number_counts_records_that_fail_now(connection: Connection) -> None:
    error = fail(connection, 1, 2)
    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], reason="Known.", above=3)

    fail(connection, 3)
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])
    fail(connection, 4)
    error.refresh_from_db()
    assert (error.status, error.open_records) == ("ignored", 3)

    fail(connection, 5)

    error.refresh_from_db()
    assert (error.status, error.open_records) == ("open", 4)
    assert card(connection) == (1, 4)
    assert find_drift(connection_id=connection.pk) == []


def test_records_that_are_overcome_in_the_same_recording_are_not_counted(
    connection: Connection,
) -> None:
    error = fail(connection, 1)
    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], reason="Known.", above="now")

    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            synced(contact(1)),
            failed(contact(2), "picklists/a"),
            failed(contact(3), "picklists/a"),
        ],
    )

    error.refresh_from_db()
    assert error.status == "open"
    assert card(connection) == (1, 2)
    assert find_drift(connection_id=connection.pk) == []


def test_an_error_comes_back_when_its_date_has_passed_and_not_before(
    connection: Connection,
) -> None:
    error = fail(connection, 1)
    later = fail(connection, 5, 6, code="picklists/b")
    with time_machine.travel(NOON, tick=False):
        for one, days in ((error, 1), (later, 9)):
            ignore_errors(
                connection_id=connection.pk,
                error_ids=[one.pk],
                reason="Fixed on Monday.",
                until=NOON + timedelta(days=days),
            )
        assert take_up_due() == 0

    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        take_up_due_errors()
        take_up_due_errors()

    error.refresh_from_db()
    later.refresh_from_db()
    assert (error.status, error.opened_at) == ("open", NOON + timedelta(days=1))
    assert (error.ignored_until, error.ignored_by) == (None, None)
    assert later.status == "ignored"
    assert card(connection) == (1, 1)
    assert kinds(connection).count("reopened") == 1


def test_errors_of_many_connections_are_taken_up_in_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("errors.ignoring._DUE_AT_ONCE", 2)
    connections = [make_connection(), make_connection()]
    for connection in connections:
        for number, code in enumerate(("picklists/a", "picklists/b", "picklists/c")):
            error = fail(connection, number, code=code)
            ignore_errors(
                connection_id=connection.pk,
                error_ids=[error.pk],
                reason="Known.",
                until=NOON,
            )

    assert take_up_due() == 6

    assert [card(connection) for connection in connections] == [(3, 3), (3, 3)]


def test_an_error_ignored_anew_meanwhile_stays_ignored(connection: Connection) -> None:
    error = fail(connection, 1)
    ignore_errors(
        connection_id=connection.pk,
        error_ids=[error.pk],
        reason="Known.",
        until=NOON + timedelta(days=2),
    )

    taken = take_up_errors(
        connection_id=connection.pk, error_ids=[error.pk], due_at=NOON + timedelta(days=1)
    )

    assert taken == []
    error.refresh_from_db()
    assert error.status == "ignored"


def test_an_error_whose_records_sync_meanwhile_is_resolved_at_its_date(
    connection: Connection,
) -> None:
    error = fail(connection, 1)
    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], reason="Known.", until=NOON)
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])

    take_up_due()

    error.refresh_from_db()
    assert (error.status, error.times_reopened) == ("resolved", 0)
    assert kinds(connection)[-1] == "resolved"


def test_who_ignored_it_and_why_is_kept(connection: Connection) -> None:
    anna = User.objects.create_user("anna@example.com")
    error = fail(connection, 1)

    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], by=anna, reason="Known.")

    error.refresh_from_db()
    assert (error.ignored_by, error.ignore_reason) == (anna, "Known.")
    assert error.ignored_at is not None


def test_a_number_that_is_passed_already_is_refused_and_nothing_is_ignored(
    connection: Connection,
) -> None:
    small = fail(connection, 1, code="picklists/b")
    large = fail(connection, 2, 3, 4)

    with pytest.raises(SelectionRefused) as refused:
        ignore_errors(
            connection_id=connection.pk, error_ids=[small.pk, large.pk], reason="Known.", above=2
        )

    assert refused.value.code == "already_above"
    assert refused.value.fields["errors"] == [large.pk]
    assert not SyncError.objects.filter(status="ignored").exists()
    assert find_drift(connection_id=connection.pk) == []


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"reason": "x", "until": NOON}, "until"),
        ({"reason": "x", "until": NOON - timedelta(seconds=1)}, "until"),
        ({"reason": "x", "until": NOON + timedelta(days=4000)}, "until"),
        ({"reason": "x", "above": 0}, "above"),
        ({"reason": "x", "above": -1}, "above"),
        ({"reason": "x", "above": 2**31}, "above"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_field(
    terms: dict[str, object], field: str
) -> None:
    with time_machine.travel(NOON, tick=False), pytest.raises(SelectionRefused) as refused:
        checked_terms(**terms)  # type: ignore[arg-type]

    assert list(refused.value.fields) == [field]


def test_good_terms_are_kept_as_they_are() -> None:
    with time_machine.travel(NOON, tick=False):
        terms = checked_terms(
            reason=" " + "x" * 500 + "\n", until=NOON + timedelta(hours=1), above=1
        )

    assert terms.reason == "x" * 500
    assert (terms.until, terms.above) == (NOON + timedelta(hours=1), 1)


def test_the_schedule_ends_the_ignoring_within_a_minute(settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["take-up-ignored"]

    assert entry["task"] == take_up_due_errors.name
    assert entry["schedule"] <= 60

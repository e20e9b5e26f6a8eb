"""What one recording does to errors, affected records and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from errors.models import AffectedRecord, ErrorEvent, SyncError
from errors.recording import RecordingResult, record_outcomes
from errors.tests.fakes import contact, failed, skipped, synced
from integrations.models import Connection
from integrations.outcomes import Direction, Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(connection: Connection, *outcomes: Outcome) -> RecordingResult:
    return record_outcomes(connection_id=connection.pk, outcomes=outcomes)


def test_two_records_with_one_cause_are_one_error(connection: Connection) -> None:
    result = record(
        connection,
        failed(contact(1), "picklists/bad-value"),
        failed(contact(2), "picklists/bad-value"),
    )

    error = SyncError.objects.get()
    assert result.opened == (error.pk,)
    assert (error.type, error.code, error.open_records, error.failures) == (
        "picklists",
        "bad-value",
        2,
        2,
    )
    assert error.details["message"] == "No."


def test_second_failure_of_a_record_adds_no_row(connection: Connection) -> None:
    with time_machine.travel(NOON, tick=False):
        record(connection, failed(contact(1), "picklists/bad-value"))
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        result = record(connection, failed(contact(1), "picklists/bad-value"))

    row = AffectedRecord.objects.get()
    error = SyncError.objects.get()
    assert result.still_failing == (error.pk,)
    assert (row.failures, row.write_no) == (2, 2)
    assert (row.first_seen_at, row.last_seen_at) == (NOON, NOON + timedelta(hours=1))
    assert (error.opened_at, error.last_seen_at) == (NOON, NOON + timedelta(hours=1))
    assert (error.open_records, error.failures) == (1, 2)
    assert ErrorEvent.objects.count() == 1


def test_a_synced_record_resolves_its_error(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/bad-value", "duplicates/duplicate-value"))

    result = record(connection, synced(contact(1)))

    assert len(result.resolved) == 2
    assert set(SyncError.objects.values_list("status", "open_records")) == {("resolved", 0)}
    assert set(AffectedRecord.objects.values_list("state", flat=True)) == {"resolved"}
    assert list(ErrorEvent.objects.order_by("seq").values_list("seq", "kind")) == [
        (1, "opened"),
        (2, "opened"),
        (3, "resolved"),
        (4, "resolved"),
    ]


def test_an_error_stays_open_while_one_record_still_fails(connection: Connection) -> None:
    record(
        connection,
        failed(contact(1), "picklists/bad-value"),
        failed(contact(2), "picklists/bad-value"),
    )

    result = record(connection, synced(contact(1)))

    error = SyncError.objects.get()
    assert result.resolved == ()
    assert (error.status, error.open_records) == ("open", 1)


def test_a_failure_that_names_another_cause_resolves_the_old_one(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/bad-value"))

    result = record(connection, failed(contact(1), "property-values/too-long"))

    old = SyncError.objects.get(type="picklists")
    assert result.resolved == (old.pk,)
    assert result.opened == (SyncError.objects.get(type="property-values").pk,)


def test_success_in_one_direction_leaves_the_other_alone(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/bad-value"))

    record(connection, synced(contact(1), direction=Direction.TO_HUBSPOT))

    assert SyncError.objects.get().status == "open"


def test_a_record_that_is_not_to_be_synced_any_more_does_not_fail(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/bad-value"))

    record(connection, skipped(contact(1)))

    assert SyncError.objects.get().status == "resolved"


def test_a_resolved_error_comes_back_in_the_same_row(connection: Connection) -> None:
    with time_machine.travel(NOON, tick=False):
        record(connection, failed(contact(1), "picklists/bad-value"))
        record(connection, synced(contact(1)))
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        result = record(connection, failed(contact(1), "picklists/bad-value"))

    error = SyncError.objects.get()
    assert result.reopened == (error.pk,)
    assert (error.status, error.times_reopened, error.resolved_at) == ("open", 1, None)
    assert (error.first_seen_at, error.opened_at) == (NOON, NOON + timedelta(days=1))
    assert AffectedRecord.objects.get().failures == 2
    assert list(ErrorEvent.objects.order_by("seq").values_list("kind", flat=True)) == [
        "opened",
        "resolved",
        "reopened",
    ]


def test_a_record_that_got_its_hubspot_id_is_still_the_same_record(connection: Connection) -> None:
    from_salesforce = contact("", salesforce_id="003000000000001AAA")
    record(
        connection,
        failed(from_salesforce, "duplicates/duplicate-value", direction=Direction.TO_HUBSPOT),
    )
    assert AffectedRecord.objects.get().record_key == "Contact:sf:003000000000001AAA"

    record(
        connection,
        synced(contact(7, salesforce_id="003000000000001AAA"), direction=Direction.TO_HUBSPOT),
    )

    assert SyncError.objects.get().status == "resolved"


def test_the_last_outcome_of_a_record_in_a_page_holds(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/bad-value"), synced(contact(1)))
    record(connection, synced(contact(2)), failed(contact(2), "other/unknown"))

    assert list(SyncError.objects.values_list("type", "status")) == [("other", "open")]


def test_what_goes_with_the_outcomes_is_stored_with_them_or_not_at_all(
    connection: Connection,
) -> None:
    def move_cursor() -> None:
        raise RuntimeError("the cursor could not be moved")

    with pytest.raises(RuntimeError):
        record_outcomes(
            connection_id=connection.pk,
            outcomes=[failed(contact(1), "picklists/bad-value")],
            also=move_cursor,
        )

    assert not SyncError.objects.exists()


def test_text_that_postgresql_cannot_store_is_stored_without_it(connection: Connection) -> None:
    record(connection, failed(contact(1, label="A\x00B"), "other/unknown", message="bad\x00byte"))

    row = AffectedRecord.objects.get()
    assert (row.label, row.message) == ("AB", "bad\N{REPLACEMENT CHARACTER}byte")


def test_connections_do_not_share_errors(connection: Connection) -> None:
    from errors.tests.fakes import make_connection

    other = make_connection()
    record(connection, failed(contact(1), "picklists/bad-value"))
    record(other, failed(contact(1), "picklists/bad-value"))

    record(connection, synced(contact(1)))

    assert SyncError.objects.get(connection=other).status == "open"
    assert list(ErrorEvent.objects.filter(connection=other).values_list("seq", flat=True)) == [1]


def test_a_record_that_is_created_at_last_shows_the_id_it_got(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(1), "picklists/a"),
            failed(
                contact("", salesforce_id="003000000000007AAA"),
                "picklists/b",
                direction=Direction.TO_HUBSPOT,
            ),
        ],
    )

    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            synced(contact(1, salesforce_id="003000000000001AAA")),
            synced(contact(7, salesforce_id="003000000000007AAA"), direction=Direction.TO_HUBSPOT),
        ],
    )

    assert set(AffectedRecord.objects.values_list("hubspot_id", "salesforce_id", "state")) == {
        ("1", "003000000000001AAA", "resolved"),
        ("7", "003000000000007AAA", "resolved"),
    }

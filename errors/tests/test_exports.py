"""The CSV of errors: one row a record, safe, and as flat in memory as a page."""

from __future__ import annotations

import csv
import io
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common import clock
from errors import exports
from errors.assigning import assign_errors
from errors.exports import stream_errors_csv
from errors.filters import ErrorFilters
from errors.ignoring import ignore_errors
from errors.models import AffectedRecord, SyncError
from errors.record_exports import stream_error_records, stream_view_records
from errors.recording import record_outcomes
from errors.saved_views import create_view
from errors.selectors import records_of_error
from errors.tests.fakes import contact, failed, synced
from integrations.models import Connection
from integrations.outcomes import Direction
from tests.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


def exported(connection: Connection, **filters: Any) -> list[list[str]]:
    parts = stream_errors_csv(connection=connection, filters=ErrorFilters(**filters))
    return list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"), newline="")))


def named(table: list[list[str]]) -> list[dict[str, str]]:
    header, *rows = table
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_every_affected_record_is_one_row(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(1, salesforce_id="003000000000001AAA"), "picklists/a", message="=1+1"),
            failed(contact(2), "picklists/a", "duplicates/b"),
        ],
    )

    rows = named(exported(connection, type="picklists"))

    assert len(rows) == 2
    row = next(row for row in rows if row["HubSpot ID"] == "1")
    assert row["Last message"] == "'=1+1"
    assert row["Salesforce link"].endswith("/lightning/r/Contact/003000000000001AAA/view")
    assert row["HubSpot link"].endswith("/record/0-1/1")
    assert row["Times failed"] == "1"


def test_a_file_longer_than_a_chunk_holds_each_row_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_ERRORS_A_QUERY", 3)
    monkeypatch.setattr(exports, "_RECORDS_A_QUERY", 4)
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(n), f"picklists/cause-{n % 5}", f"other/cause-{n % 2}")
            for n in range(23)
        ],
    )

    rows = named(exported(connection))

    assert sorted(row["HubSpot ID"] for row in rows) == sorted([str(n) for n in range(23)] * 2)


def test_a_resolved_error_has_one_row(connection: Connection) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])

    assert len(exported(connection)) == 1
    assert len(exported(connection, status="resolved")) == 2


def test_a_row_says_which_error_it_is_of_in_columns_that_can_be_filtered(
    connection: Connection, people: People
) -> None:
    out, back = contact(1), contact("", salesforce_id="003000000000001AAA")
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(out, "picklists/a"),
            failed(back, "property-values/b", direction=Direction.TO_HUBSPOT),
        ],
    )
    ends = {"hubspot_property": "score", "salesforce_field": "Score__c", "value": "-12.5"}
    for error in SyncError.objects.all():
        SyncError.objects.filter(pk=error.pk).update(details=error.details | ends)
    first, second = SyncError.objects.order_by("type")
    assign_errors(connection_id=connection.pk, error_ids=[first.pk], to=people.operator)
    until = datetime(2026, 12, 24, tzinfo=UTC)
    with time_machine.travel(until - timedelta(days=30)):
        ignore_errors(
            connection_id=connection.pk,
            error_ids=[second.pk],
            reason="Known.",
            until=until,
            above=7,
            by=people.admin,
        )

    of_picklists, of_values = sorted(
        named(exported(connection, status=None)), key=lambda row: row["Type"]
    )

    assert of_picklists["Error ID"] == str(first.pk)
    assert of_picklists["Direction"] == "HubSpot → Salesforce"
    assert of_values["Direction"] == "Salesforce → HubSpot"
    for row in (of_picklists, of_values):
        assert (row["HubSpot object"], row["Salesforce object"]) == ("contacts", "Contact")
        assert (row["HubSpot property"], row["Salesforce field"]) == ("score", "Score__c")
    # The value is what a picklist's error is about; of property values it is that of one record.
    assert (of_picklists["Value"], of_picklists["Example of a value"]) == ("-12.5", "")
    assert (of_values["Value"], of_values["Example of a value"]) == ("", "-12.5")
    assert (of_picklists["Assigned to"], of_picklists["Why it is ignored"]) == (
        people.operator.email,
        "",
    )
    assert of_values["Ignored by"] == people.admin.email
    assert of_values["Why it is ignored"] == "Known."
    assert of_values["Ignored until (UTC)"] == "2026-12-24 00:00:00"
    assert of_values["Ignored up to so many records"] == "7"


def test_an_export_of_more_errors_takes_no_more_queries_than_chunks(
    connection: Connection, people: People
) -> None:
    def asked(number: int) -> int:
        outcomes = [failed(contact(n), f"picklists/cause-{n}") for n in range(number)]
        record_outcomes(connection_id=connection.pk, outcomes=outcomes)
        SyncError.objects.update(assigned_to=people.operator)
        with CaptureQueriesContext(database) as queries:
            assert len(exported(connection)) == number + 1
        return len(queries)

    assert asked(3) == asked(60) == 2


def test_the_file_is_in_the_language_of_who_asked(connection: Connection) -> None:
    with translation.override("pl"):
        parts = stream_errors_csv(connection=connection, filters=ErrorFilters())

    assert translation.get_language() == "en"
    assert b"".join(parts).startswith(b"\xef\xbb\xbf")


def many_records(connection: Connection, number: int) -> SyncError:
    """One error with `number` records, stored in bulk."""
    at = clock.now()
    error = SyncError.objects.create(
        connection=connection,
        fingerprint=uuid.uuid4(),
        type="picklists",
        code=f"of-{number}",
        direction="to_salesforce",
        hubspot_object="contacts",
        salesforce_object="Contact",
        opened_at=at,
        first_seen_at=at,
        last_seen_at=at,
        open_records=number,
    )
    AffectedRecord.objects.bulk_create(
        [
            AffectedRecord(
                error=error,
                connection=connection,
                type=error.type,
                direction=error.direction,
                record_key=f"contacts:hs:{n}",
                hubspot_object="contacts",
                salesforce_object="Contact",
                hubspot_id=str(n),
                label=f"Contact {n}",
                first_seen_at=at,
                last_seen_at=at,
                write_no=1,
                message="bad value for restricted picklist field",
            )
            for n in range(number)
        ],
        batch_size=5000,
    )
    return error


def peak_and_rows(parts: Iterator[bytes]) -> tuple[int, int]:
    """The most memory that reading a file to its end takes at once, in bytes, and its number of lines."""
    tracemalloc.start()
    try:
        lines = sum(part.count(b"\r\n") for part in parts)
        return tracemalloc.get_traced_memory()[1], lines
    finally:
        tracemalloc.stop()


Export = Callable[[Connection, SyncError], Iterator[bytes]]


def of_errors(connection: Connection, error: SyncError) -> Iterator[bytes]:
    return stream_errors_csv(connection=connection, filters=ErrorFilters(code=error.code))


def of_records(connection: Connection, error: SyncError) -> Iterator[bytes]:
    return stream_error_records(connection=connection, error=error)


def of_view(connection: Connection, error: SyncError) -> Iterator[bytes]:
    view = create_view(
        connection_id=connection.pk,
        name=error.code,
        user=None,
        records=records_of_error(error_id=error.pk),
    )
    return stream_view_records(connection=connection, view=view)


def test_ten_times_the_rows_take_the_same_memory(connection: Connection) -> None:
    errors = [many_records(connection, number) for number in (1, 2000, 20_000)]

    for export in (of_errors, of_records, of_view):
        # The first one takes what is made once and kept.
        _, small, large = (peak_and_rows(export(connection, error)) for error in errors)
        assert (small[1], large[1]) == (2001, 20_001)
        assert large[0] < small[0] * 1.5, export.__name__


@pytest.mark.parametrize("export", [of_errors, of_records, of_view], ids=lambda f: f.__name__)
def test_the_first_bytes_come_before_all_rows_have_been_read(
    connection: Connection, export: Export
) -> None:
    parts = export(connection, many_records(connection, 6000))

    with CaptureQueriesContext(database) as first:
        assert next(parts).startswith(b"\xef\xbb\xbf")
    with CaptureQueriesContext(database) as rest:
        assert sum(1 for _ in parts) == 11

    assert len(first) <= 2
    assert len(rest) >= 2

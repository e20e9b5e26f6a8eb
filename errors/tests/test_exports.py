"""The CSV of errors: one row a record, safe, and as flat in memory as a page."""

from __future__ import annotations

import csv
import io
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common import clock
from errors import exports
from errors.exports import stream_errors_csv
from errors.filters import ErrorFilters
from errors.models import AffectedRecord, SyncError
from errors.record_exports import stream_error_records, stream_view_records
from errors.recording import record_outcomes
from errors.saved_views import create_view
from errors.selectors import records_of_error
from errors.tests.fakes import contact, failed, synced
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


def exported(connection: Connection, **filters: Any) -> list[list[str]]:
    parts = stream_errors_csv(connection=connection, filters=ErrorFilters(**filters))
    return list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"), newline="")))


def test_every_affected_record_is_one_row(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(1, salesforce_id="003000000000001AAA"), "picklists/a", message="=1+1"),
            failed(contact(2), "picklists/a", "duplicates/b"),
        ],
    )

    header, *rows = exported(connection, type="picklists")

    assert len(header) == 15
    assert len(rows) == 2
    row = dict(zip(header, next(row for row in rows if row[8] == "1"), strict=True))
    assert row["Message"] == "'=1+1"
    assert row["Salesforce link"].endswith("/lightning/r/Contact/003000000000001AAA/view")
    assert row["HubSpot link"].endswith("/record/0-1/1")
    assert row["Failures"] == "1"


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

    _, *rows = exported(connection)

    assert sorted(row[8] for row in rows) == sorted([str(n) for n in range(23)] * 2)


def test_a_resolved_error_has_one_row(connection: Connection) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])

    assert len(exported(connection)) == 1
    assert len(exported(connection, status="resolved")) == 2


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

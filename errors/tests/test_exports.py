"""The CSV of errors: one row a record, safe, and as flat in memory as a page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.utils import translation

from errors import exports
from errors.exports import stream_errors_csv
from errors.filters import ErrorFilters
from errors.recording import record_outcomes
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

    assert len(header) == 14
    assert len(rows) == 2
    row = dict(zip(header, next(row for row in rows if row[7] == "1"), strict=True))
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

    assert sorted(row[7] for row in rows) == sorted([str(n) for n in range(23)] * 2)


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

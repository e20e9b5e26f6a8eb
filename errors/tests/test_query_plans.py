"""The lists read an index range, not a table: asserted on the plan, with some thousands of rows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from errors import selectors, view_selectors
from errors.filters import ErrorFilters
from errors.ignoring import take_up_due
from errors.jobs import update_records
from errors.models import AffectedRecord, SyncError
from errors.recording import record_outcomes
from errors.saved_views import create_view
from errors.tests.fakes import contact, failed, make_connection
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BIG_TABLES = ("errors_syncerror", "errors_affectedrecord")


@pytest.fixture
def full(db: None) -> Connection:
    """A connection with 4,000 errors and 4,000 records of one error, beside another one as big."""
    for connection in (make_connection(), make_connection()):
        SyncError.objects.bulk_create(
            SyncError(
                connection=connection,
                fingerprint=uuid.uuid4(),
                type=list(ErrorType)[n % 8],
                code="a",
                direction="to_salesforce",
                hubspot_object="contacts",
                salesforce_object="Contact",
                status="open" if n % 4 else "resolved",
                opened_at=NOON + timedelta(seconds=n // 100),
                first_seen_at=NOON,
                last_seen_at=NOON,
            )
            for n in range(4000)
        )
        error = SyncError.objects.filter(connection=connection).order_by("pk")[1]
        AffectedRecord.objects.bulk_create(
            AffectedRecord(
                error=error,
                connection=connection,
                type=error.type,
                direction="to_salesforce",
                record_key=f"contacts:hs:{n}",
                hubspot_object="contacts",
                salesforce_object="Contact",
                hubspot_id=str(n),
                first_seen_at=NOON,
                last_seen_at=NOON,
                write_no=1,
            )
            for n in range(4000)
        )
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    return connection


def scanned_whole(read: Callable[[], Any]) -> list[str]:
    """The big tables that any query of `read` would scan from end to end."""
    with CaptureQueriesContext(database) as captured:
        read()
    found = []
    for query in captured.captured_queries:
        if query["sql"].startswith("SELECT"):
            found += _full_scans(query["sql"])
    return found


def sorted_anew(read: Callable[[], Any]) -> int:
    """How many queries of `read` sort what they read, instead of reading it in order."""
    with CaptureQueriesContext(database) as captured:
        read()
    explain = "EXPLAIN " if database.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    sorting = 0
    for query in captured.captured_queries:
        if query["sql"].startswith("SELECT"):
            with database.cursor() as cursor:
                cursor.execute(explain + query["sql"])
                plan = str(cursor.fetchall())
            sorting += "Sort" in plan or "TEMP B-TREE" in plan
    return sorting


def _full_scans(sql: str) -> list[str]:
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            plan = cursor.fetchone()[0]
            plan = json.loads(plan) if isinstance(plan, str) else plan
            return [
                node["Relation Name"]
                for node in _nodes(plan[0]["Plan"])
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG_TABLES
            ]
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [row[3] for row in cursor.fetchall()]
    # SQLite says SCAN for a whole table or index, SEARCH for a range, TEMP B-TREE when it must sort.
    return [
        step
        for step in steps
        if (step.startswith("SCAN") and any(table in step for table in BIG_TABLES))
        or "USE TEMP B-TREE FOR ORDER BY" in step
    ]


def rows_read(read: Callable[[], Any]) -> int:
    """How many rows and index entries the queries of `read` look at. PostgreSQL alone tells."""
    with CaptureQueriesContext(database) as captured:
        read()
    looked_at = 0
    for query in captured.captured_queries:
        with database.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
            plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        for node in _nodes(plan[0]["Plan"]):
            if "Scan" in node["Node Type"]:
                removed = node.get("Rows Removed by Filter", 0)
                looked_at += (node["Actual Rows"] + removed) * node["Actual Loops"]
    return looked_at


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _nodes(child))]


def test_a_page_of_errors_reads_an_index_range(full: Connection) -> None:
    first = selectors.errors_page(connection_id=full.pk, filters=ErrorFilters(type="picklists"))

    def read_on(filters: ErrorFilters, cursor: str | None) -> None:
        selectors.errors_page(connection_id=full.pk, filters=filters)
        page = selectors.errors_page(connection_id=full.pk, filters=filters, cursor=cursor)
        selectors.errors_page(connection_id=full.pk, filters=filters, cursor=page.previous_cursor)

    def read() -> None:
        for kind in (None, "picklists"):
            read_on(ErrorFilters(type=kind), cursor=first.next_cursor)
        selectors.errors_page(connection_id=full.pk, filters=ErrorFilters(status="resolved"))

    assert scanned_whole(read) == []


@pytest.mark.parametrize("sort", ["records", "first-seen"])
def test_each_indexed_order_of_open_errors_reads_an_index_range(
    full: Connection, sort: str
) -> None:
    filters = ErrorFilters(type="picklists")
    first = selectors.errors_page(connection_id=full.pk, filters=filters, sort=sort)

    def read() -> None:
        selectors.errors_page(connection_id=full.pk, filters=filters, sort=sort)
        page = selectors.errors_page(
            connection_id=full.pk, filters=filters, sort=sort, cursor=first.next_cursor
        )
        selectors.errors_page(
            connection_id=full.pk, filters=filters, sort=sort, cursor=page.previous_cursor
        )

    assert scanned_whole(read) == []
    assert sorted_anew(read) == 0


def test_the_order_by_last_seen_sorts_the_open_errors_of_the_type_and_no_others(
    full: Connection,
) -> None:
    def read() -> None:
        selectors.errors_page(
            connection_id=full.pk, filters=ErrorFilters(type="picklists"), sort="last-seen"
        )

    assert [step for step in scanned_whole(read) if "ORDER BY" not in step] == []


def test_whether_any_error_of_a_type_is_ignored_is_read_from_an_index(full: Connection) -> None:
    def read() -> None:
        selectors.has_ignored(connection_id=full.pk, error_type=ErrorType.PICKLISTS)

    assert scanned_whole(read) == []
    assert sorted_anew(read) == 0


@pytest.mark.parametrize("status", ["ignored", "resolved"])
def test_the_ignored_and_resolved_errors_of_a_type_are_an_index_range(
    full: Connection, status: str
) -> None:
    def read() -> None:
        filters = ErrorFilters(type="other", status=status)
        page = selectors.errors_page(connection_id=full.pk, filters=filters)
        selectors.errors_page(connection_id=full.pk, filters=filters, cursor=page.next_cursor)

    assert scanned_whole(read) == []
    assert sorted_anew(read) == 0


@pytest.mark.parametrize("kind", [None, "picklists"])
def test_errors_of_whatever_status_are_an_index_range(full: Connection, kind: str | None) -> None:
    filters = ErrorFilters(type=kind, status=None)
    first = selectors.errors_page(connection_id=full.pk, filters=filters)

    def read() -> None:
        selectors.errors_page(connection_id=full.pk, filters=filters)
        selectors.errors_page(connection_id=full.pk, filters=filters, cursor=first.next_cursor)

    assert scanned_whole(read) == []
    assert sorted_anew(read) == 0


def test_errors_whose_date_has_passed_are_looked_up(full: Connection) -> None:
    SyncError.objects.filter(connection=full, type="other").update(
        status="ignored", ignored_until=NOON + timedelta(days=900)
    )

    assert scanned_whole(take_up_due) == []


def test_a_page_of_records_reads_an_index_range(full: Connection) -> None:
    error = AffectedRecord.objects.filter(connection=full)[0].error

    def read() -> None:
        page = selectors.records_page(error_id=error.pk)
        selectors.records_page(error_id=error.pk, cursor=page.next_cursor)

    assert scanned_whole(read) == []


def test_recording_looks_its_rows_up(full: Connection) -> None:
    def record() -> None:
        record_outcomes(
            connection_id=full.pk,
            outcomes=[failed(contact(n), "picklists/a") for n in range(3)],
        )

    assert scanned_whole(record) == []


def test_a_page_of_a_saved_view_reads_an_index_range(full: Connection) -> None:
    error = AffectedRecord.objects.filter(connection=full)[0].error
    views = [
        create_view(
            connection_id=full.pk,
            name=f"View {number}",
            user=None,
            # Few of many: of most rows of a table a database rightly reads all.
            records=AffectedRecord.objects.filter(error=error, hubspot_id__startswith="12"),
        )
        for number in range(5)
    ]
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")

    def read() -> None:
        for state in view_selectors.STATES:
            page = view_selectors.view_records_page(view_id=views[2].pk, state=state)
            view_selectors.view_records_page(
                view_id=views[2].pk, state=state, cursor=page.next_cursor
            )

    assert scanned_whole(read) == []


on_postgresql = pytest.mark.skipif(
    database.vendor != "postgresql", reason="SQLite goes along the index that the order names"
)


@on_postgresql
def test_a_page_of_a_large_error_does_not_walk_past_all_older_records(full: Connection) -> None:
    error = AffectedRecord.objects.filter(connection=full)[0].error  # after 4,000 of another

    def read() -> None:
        page = selectors.records_page(error_id=error.pk)
        page = selectors.records_page(error_id=error.pk, cursor=page.next_cursor)
        selectors.records_page(error_id=error.pk, cursor=page.previous_cursor)

    assert rows_read(read) < 200


@on_postgresql
@pytest.mark.parametrize("state", ["open", "all"])
def test_a_page_of_a_large_view_does_not_walk_past_all_older_records(
    full: Connection, state: str
) -> None:
    view = create_view(
        connection_id=full.pk,
        name="All",
        user=None,
        records=AffectedRecord.objects.filter(connection=full),
    )
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")

    def read() -> None:
        page = view_selectors.view_records_page(view_id=view.pk, state=state)
        view_selectors.view_records_page(view_id=view.pk, state=state, cursor=page.next_cursor)

    assert rows_read(read) < 300


@on_postgresql
def test_the_page_of_an_update_looks_at_a_thousand_records_and_no_more(full: Connection) -> None:
    error = AffectedRecord.objects.filter(connection=full)[0].error
    mapping = ObjectMapping.objects.create(
        connection=full,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    view = create_view(
        connection_id=full.pk,
        name="All",
        user=None,
        records=AffectedRecord.objects.filter(connection=full),
    )
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")

    for asked, most in (({"error": error.pk}, 1100), ({"view": view.public_id}, 2200)):
        selection = update_records.find_selection(connection_id=full.pk, asked=asked)
        look = partial(update_records.look, selection=selection, mapping=mapping, objects=1)
        assert look().looked_at == 1000
        assert rows_read(look) < most

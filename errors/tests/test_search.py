"""What the search finds and what it does not, the same on every database, and that PostgreSQL uses its indexes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from errors import selectors
from errors.filters import ErrorFilters
from errors.models import AffectedRecord, SyncError
from errors.recording import record_outcomes
from errors.saved_views import create_view
from errors.tests.fakes import contact, failed, make_connection, synced
from errors.view_selectors import view_records
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]

on_postgresql = pytest.mark.skipif(
    "database.vendor != 'postgresql'", reason="Only PostgreSQL has these indexes."
)

ANNA = contact(
    4711,
    label="Anna Żak-Nowak",
    email="a.zak@customer.example",
    salesforce_id="003xx0000004711AAA",
)
BOB = contact(815, label="100% Bob_O'Neil\\", email="", salesforce_id="003yy0000000815AAA")

# What is typed, and which of Anna's and Bob's records it finds.
FOUND_BY = {
    "anna": "a",
    "ANNA ": "a",
    "Anna Ż": "a",
    "Żak-n": "a",
    "a.zak@customer.example": "a",
    "@CUSTOMER": "a",
    "4711": "a",
    "471": "",  # an id of HubSpot is found as a whole
    "003xx0000004711": "a",
    "003XX0000004711aaa": "a",
    "003": "ab",
    "0000004711AAA": "",  # and one of Salesforce from its beginning
    "left blank": "a",
    "BLANK": "a",
    "unheard": "b",
    "o'neil": "b",
    "100%": "b",
    "b_o": "b",
    "boo": "",
    "l\\": "b",
    "o": "ab",
    "%": "b",
    "_": "b",
    "x": "a",
    "q": "",
    "qx": "",
    "an": "a",
    "zzz": "",
    "anna nowak": "",  # words in this order, next to each other
}


@pytest.fixture
def two(connection: Connection) -> Connection:
    """Anna's and Bob's records, each at an error of its own."""
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(ANNA, "other/a", message="Must not be left blank"),
            failed(BOB, "other/b", message="Unheard of"),
        ],
    )
    return connection


def found_errors(connection: Connection, term: str, status: str | None = "open") -> str:
    page = selectors.errors_page(
        connection_id=connection.pk, filters=ErrorFilters(search=term, status=status)
    )
    return "".join(sorted(error.code for error in page.items))


@pytest.mark.parametrize(("term", "found"), FOUND_BY.items(), ids=list(FOUND_BY))
def test_a_term_finds_errors_and_records_by_what_people_know_of_them(
    two: Connection, term: str, found: str
) -> None:
    def records_of(code: str) -> int:
        error = SyncError.objects.get(code=code)
        return len(selectors.records_page(error_id=error.pk, search=term).items)

    view = create_view(
        connection_id=two.pk, name="Both", user=None, records=AffectedRecord.objects.all()
    )
    of_the_view = {record.error.code for record in view_records(view_id=view.pk, search=term)}

    assert "".join(code for code in "ab" if records_of(code)) == found
    assert "".join(sorted(of_the_view)) == found
    # One letter may be in what the errors say themselves.
    assert set(found) <= set(found_errors(two, term))
    if len(term) > 1:
        assert found_errors(two, term) == found


def test_an_error_is_found_by_its_cause_its_id_and_what_it_says(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(1), "other/limit-reached"), failed(contact(2), "other/b")],
    )
    error = SyncError.objects.get(code="limit-reached")
    error.details |= {
        "value": "Größe",
        "hubspot_property": "shoe_size",
        "salesforce_field": "Sz__c",
    }
    error.save()

    for term in ("Limit-R", str(error.pk), "Größe", "SHOE_", "sz__C"):
        assert "limit-reached" in found_errors(connection, term)


def test_open_errors_are_found_by_records_that_fail_now_and_others_by_any(two: Connection) -> None:
    record_outcomes(
        connection_id=two.pk,
        outcomes=[failed(contact(3, label="Carla"), "other/a", message="Must not be left blank")],
    )
    record_outcomes(connection_id=two.pk, outcomes=[synced(ANNA), synced(BOB)])

    assert found_errors(two, "anna") == ""
    assert found_errors(two, "carla") == "a"
    assert found_errors(two, "bob", status="resolved") == "b"
    assert found_errors(two, "anna", status=None) == "a"


@pytest.fixture
def many(db: None) -> Connection:
    """2,000 open errors and 20,000 records of them, half of these at one."""
    connection, at = make_connection(), datetime(2026, 3, 1, 12, tzinfo=UTC)
    same: dict[str, Any] = {
        "connection": connection,
        "type": "picklists",
        "direction": "to_salesforce",
        "hubspot_object": "contacts",
        "salesforce_object": "Contact",
        "first_seen_at": at,
        "last_seen_at": at,
    }
    errors = SyncError.objects.bulk_create(
        SyncError(**same, fingerprint=uuid.uuid4(), code="a", opened_at=at) for _ in range(2000)
    )
    AffectedRecord.objects.bulk_create(
        AffectedRecord(
            **same,
            error=errors[0 if n % 2 else n % 2000],
            record_key=f"contacts:hs:{n}",
            hubspot_id=str(n),
            salesforce_id=f"003{n:012d}AAA",
            label=f"Contact {n}",
            email=f"contact{n}@customer.example",
            write_no=1,
            message=f"Bad value for restricted picklist field: Option {n % 500}",
        )
        for n in range(20_000)
    )
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            # As vacuum does: new words wait in a list that a search reads from end to end.
            cursor.execute("SELECT gin_clean_pending_list('errors_affectedrecord_texts')")
        cursor.execute("ANALYZE")
    return connection


RARE = (
    "zanzibar",
    "Contact 12345",
    "contact12345@customer",
    "12345",
    "003000000012345",
    "Option 499x",
)


def plan_of(read: Callable[[], Any]) -> str:
    with CaptureQueriesContext(database) as captured:
        read()
    with database.cursor() as cursor:
        # The empty parameters have the driver read the doubled signs as one.
        cursor.execute("EXPLAIN " + captured.captured_queries[-1]["sql"].replace("%", "%%"), [])
        return str(cursor.fetchall())


@on_postgresql
def test_a_rare_word_is_looked_up_in_indexes(many: Connection) -> None:
    error = AffectedRecord.objects.filter(connection=many)[1].error

    for term in RARE:
        filters = ErrorFilters(type="picklists", search=term)
        for read in (
            partial(selectors.errors_page, connection_id=many.pk, filters=filters),
            partial(selectors.records_page, error_id=error.pk, search=term),
        ):
            plan = plan_of(read)
            assert "Seq Scan on errors_affectedrecord" not in plan
            for of in ("texts", "hubspot_id", "salesforce_id"):
                assert f"Bitmap Index Scan on errors_affectedrecord_{of}" in plan


@on_postgresql
def test_a_frequent_word_fills_its_page_without_collecting_all_that_it_finds(
    many: Connection,
) -> None:
    error = AffectedRecord.objects.filter(connection=many)[1].error

    for term in ("customer", "restricted"):
        plan = plan_of(partial(selectors.records_page, error_id=error.pk, search=term))
        assert "Bitmap" not in plan
        assert "Sort" not in plan


@on_postgresql
def test_who_may_not_create_the_extension_is_told_what_to_do() -> None:
    migration = import_module("errors.migrations.0006_search_indexes")
    with database.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE synchealth_test_nobody")
        cursor.execute("SET LOCAL ROLE synchealth_test_nobody")

    with (
        pytest.raises(CommandError, match="Let a superuser run CREATE EXTENSION pg_trgm;"),
        database.schema_editor(atomic=False) as editor,
    ):
        migration.add(None, editor)

"""What the panel's search costs, on the database that DATABASE_URL names (default: SQLite in a temp folder).

    python -m benchmarks.search [--errors 100000] [--records 1000000] [--explain] [--keep]

Fills a connection with open errors of one type and their records, a tenth of these at one error, and reads first pages.
With --keep the rows stay in a database of DATABASE_URL, and the next run measures on them. --explain shows the plans.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_NAME = "Search benchmark"
_FIRST = [
    "Anna",
    "Jan",
    "Maria",
    "Piotr",
    "Ewa",
    "Adam",
    "Olga",
    "Paweł",
    "Hanna",
    "Łukasz",
    "Lena",
]
_LAST = [
    "Kowalska", "Nowak", "Wójcik", "Lewandowski", "Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Müller",
    "Weber", "Rossi",
]  # fmt: skip
_FIELDS = [
    "LeadSource",
    "Industry",
    "Rating",
    "Type",
    "Status",
    "Salutation",
    "Level__c",
    "Region__c",
]

# What is looked for, and where it is.
TERMS = {
    "a word that is nowhere": "zanzibar",
    "a rare name (3 records)": "Quetzalcoatl",
    "a rare value (1 error)": "Option {value}x",
    "a name of 1 record in 13": "wójcik",
    "a word in every address": "@mail",
    "a word in every error": "restricted",
    "a mail address": "person{record}@mail",
    "a HubSpot id": "{hubspot}",
    "a Salesforce id": "{salesforce}",
    "an error's id": "{error}",
    "two letters, nowhere": "q%",
    "two letters, everywhere": "an",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--errors", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        import django

        django.setup()
        from django.core.management import call_command

        from integrations.models import Connection

        call_command("migrate", verbosity=0)
        connection = Connection.objects.filter(name=_NAME).first()
        if connection is None:
            connection = _fill(asked.errors, asked.records)
        _measure(connection, explain=asked.explain)
        if not asked.keep:
            connection.delete()


def _fill(errors: int, records: int) -> Any:
    from django.db import connection as database

    from common import clock
    from errors.models import AffectedRecord, SyncError
    from integrations.models import Connection

    handle, at = uuid.uuid4().hex[:12], clock.now()
    connection = Connection.objects.create(
        name=_NAME,
        hub_id=handle,
        sf_org_id=f"00D{handle}",
        hubspot_base_url="http://hubspot.invalid",
        salesforce_login_url="http://salesforce.invalid",
    )
    same = {
        "connection": connection,
        "type": "picklists",
        "direction": "to_salesforce",
        "hubspot_object": "contacts",
        "salesforce_object": "Contact",
        "first_seen_at": at,
        "last_seen_at": at,
    }

    def message(number: int) -> str:
        field = _FIELDS[number % len(_FIELDS)]
        return f"{field}: bad value for restricted picklist field: Option {number}x"

    def error_rows() -> Iterator[SyncError]:
        for number in range(errors):
            details = {
                "message": message(number),
                "system": "salesforce",
                "api_code": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "hubspot_property": _FIELDS[number % len(_FIELDS)].lower(),
                "salesforce_field": _FIELDS[number % len(_FIELDS)],
                "value": f"Option {number}x",
            }
            yield SyncError(
                **same,
                fingerprint=uuid.uuid4(),
                code="value-not-in-picklist",
                details=details,
                opened_at=at,
            )

    started = time.perf_counter()
    SyncError.objects.bulk_create(error_rows(), batch_size=5_000)
    ids = list(SyncError.objects.filter(connection=connection).order_by("pk").values_list("pk"))

    def record_rows() -> Iterator[AffectedRecord]:
        for number in range(records):
            # A tenth at one error, the others spread, neighbours apart.
            place = 0 if number % 10 == 0 else number * 7 % errors
            last = _LAST[number % len(_LAST)]
            if number % (records // 3) == 1:
                last = "Quetzalcoatl"
            yield AffectedRecord(
                **same,
                error_id=ids[place][0],
                record_key=f"contacts:hs:{20_000_000_000 + number}",
                hubspot_id=str(20_000_000_000 + number),
                salesforce_id=f"003{number:012d}AAA",
                label=f"{_FIRST[number // 7 % len(_FIRST)]} {last}",
                email=f"person{number}@mail.example",
                write_no=1,
                message=message(place),
            )

    AffectedRecord.objects.bulk_create(record_rows(), batch_size=5_000)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if database.vendor == "postgresql" else "ANALYZE")
    print(f"filled in {time.perf_counter() - started:.0f} s")
    return connection


def _measure(connection: Any, *, explain: bool) -> None:
    from django.db import connection as database

    from errors import selectors
    from errors.filters import ErrorFilters
    from errors.models import AffectedRecord, SyncError

    errors = SyncError.objects.filter(connection=connection)
    error, middle = errors.order_by("pk")[0], errors.order_by("pk")[errors.count() // 2]
    print(f"{database.vendor}, {errors.count():,} errors")

    def timed(name: str, read: Callable[[], Any]) -> None:
        took = []
        for _ in range(3):
            started = time.perf_counter()
            found = len(read().items)
            took.append(time.perf_counter() - started)
            if took[-1] > 10:
                break
        print(f"{name:<58}{1000 * min(took):>10,.1f} ms{found:>5} rows", flush=True)
        if explain:
            _explain(read)

    rows = AffectedRecord.objects.filter(connection=connection)
    record = rows.exclude(error=error).order_by("pk")[rows.count() // 2]
    terms = {
        name: term.format(
            error=middle.pk,
            value=errors.count() // 2,
            record=int(record.hubspot_id) - 20_000_000_000,
            hubspot=record.hubspot_id,
            salesforce=record.salesforce_id[:15],
        )
        for name, term in TERMS.items()
    }
    for name, term in terms.items():
        filters = ErrorFilters(type="picklists", search=term)
        timed(
            f"errors: {name}",
            lambda: selectors.errors_page(connection_id=connection.pk, filters=filters),  # noqa: B023
        )
    for name, term in terms.items():
        timed(
            f"records of one error: {name}",
            lambda: selectors.records_page(error_id=error.pk, search=term),  # noqa: B023
        )


def _explain(read: Callable[[], Any]) -> None:
    from django.db import connection as database
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(database) as captured:
        read()
    words = (
        "EXPLAIN (ANALYZE, BUFFERS) " if database.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    )
    for query in captured.captured_queries:
        with database.cursor() as cursor:
            cursor.execute(words + query["sql"].replace("%", "%%"), [])
            for row in cursor.fetchall():
                print("   ", row[-1])


if __name__ == "__main__":
    main()

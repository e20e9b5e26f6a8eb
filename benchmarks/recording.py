"""How many outcomes a second are recorded, on the database that DATABASE_URL names (default: SQLite in a temp folder).

    python -m benchmarks.recording [--pages 50]

Records pages of 200 outcomes: first failures of new records, the same failures again, then success.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

PAGE = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=50)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as folder:
        own = f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
        os.environ.setdefault("DATABASE_URL", own)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _measure(pages)


def _measure(pages: int) -> None:
    from django.db import connection as database

    from errors.recording import record_outcomes
    from integrations.models import Connection
    from integrations.outcomes import Direction, Failure, Outcome, RecordRef, Status

    handle = uuid.uuid4().hex[:12]
    connection = Connection.objects.create(
        name="Benchmark",
        hub_id=handle,
        sf_org_id=f"00D{handle}",
        hubspot_base_url="http://hubspot.invalid",
        salesforce_login_url="http://salesforce.invalid",
    )

    def outcome(number: int, status: Status) -> Outcome:
        failure = Failure(
            system="salesforce",
            code="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            message=f"Lead Source: bad value for restricted picklist field: Partner {number % 500}",
            fields=("LeadSource",),
        )
        return Outcome(
            record=RecordRef("contacts", "Contact", str(number), "", f"Contact {number}"),
            direction=Direction.TO_SALESFORCE,
            status=status,
            failures=(failure,) if status is Status.FAILED else (),
        )

    def timed(name: str, make: Callable[[int], Outcome]) -> None:
        started = time.perf_counter()
        for page in range(pages):
            record_outcomes(
                connection_id=connection.pk,
                outcomes=[make(page * PAGE + n) for n in range(PAGE)],
            )
        seconds = time.perf_counter() - started
        print(
            f"{name:<28}{pages * PAGE / seconds:>10,.0f} outcomes/s"
            f"{1000 * seconds / pages:>10.1f} ms a page of {PAGE}"
        )

    print(f"{database.vendor}, {pages * PAGE:,} records, 500 errors")
    timed("first failure", lambda number: outcome(number, Status.FAILED))
    timed("the same failure again", lambda number: outcome(number, Status.FAILED))
    timed("success", lambda number: outcome(number, Status.SYNCED))
    connection.delete()


if __name__ == "__main__":
    main()

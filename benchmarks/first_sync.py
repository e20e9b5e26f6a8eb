"""Records a second of a first sync, and the Salesforce calls it takes.

    python -m benchmarks.first_sync [RECORDS]

A real run against the simulators, recording of the errors included: RECORDS (10,000 unless told) records of the
demo's world, eight contacts to each company and deal, on both sides and with the demo's planted causes. A second
run shows what a sync costs that finds nothing new. Exit status 1 below 300 records a second.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

TARGET = 300  # records a second


def main() -> int:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        from simulators.testing import start_simulators

        with start_simulators(Path(folder)) as simulators:
            os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
            os.environ["HUBSPOT_API_BASE_URL"] = simulators.hubspot_url
            os.environ["SALESFORCE_LOGIN_URL"] = simulators.salesforce_url
            os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            # The world puts most contacts into both systems: about 1.7 records for each.
            contacts = wanted * 10 // 21
            seed = {"contacts": contacts, "companies": contacts // 8, "deals": contacts // 8}
            made = simulators.control("POST", "seed", seed)
            from integrations.clients import open_clients
            from integrations.mapping_defaults import make_default_mappings
            from integrations.models import CallPurpose
            from integrations.testing import make_connection
            from synchealth.pipeline import run_sync

            connection = make_connection()
            with open_clients(connection=connection, purpose=CallPurpose.SCHEMA) as clients:
                make_default_mappings(connection=connection, clients=clients)
            print("records:", {name: made[name] for name in ("hubspot", "salesforce")})
            rates = []
            for name in ("first sync", "second sync"):
                started = time.monotonic()
                report = run_sync(connection_id=connection.pk, reason="manual")
                seconds = time.monotonic() - started
                rates.append(report.records / seconds)
                print(
                    f"{name:<12} {report.records:>6} records in {seconds:5.1f} s: {rates[-1]:5.0f} a second;"
                    f" {report.total('synced')} synced, {report.total('skipped')} skipped,"
                    f" {report.total('failed')} failed; {report.calls} Salesforce calls"
                    f" {report.stopped} {report.detail}"
                )
    return 0 if rates[0] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())

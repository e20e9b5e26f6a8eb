"""Records a second of Import from Salesforce, and the Salesforce calls it takes for each 1,000 records.

    python -m benchmarks.import_from_salesforce [RECORDS]

A real run against the simulators: RECORDS (12,000 unless told) contacts of Salesforce are refused by HubSpot for an
option that was removed there, a sync turns that into affected records, the option comes back, and one import
resolves them all, recording included. Exit status 1 when a record is left, a number drifts, the job's calls
are not those that the simulator counted, or it takes more than one call for 200 records and one describe an object.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 12_000
    with tempfile.TemporaryDirectory() as folder:
        from simulators.testing import start_simulators

        with start_simulators(Path(folder)) as simulators:
            os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
            os.environ["HUBSPOT_API_BASE_URL"] = simulators.hubspot_url
            os.environ["SALESFORCE_LOGIN_URL"] = simulators.salesforce_url
            os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            from benchmarks.import_world import World
            from errors.counters import find_drift
            from errors.models import AffectedRecord

            world = World(simulators)
            world.break_it()
            world.make_contacts(wanted)
            started = time.monotonic()
            world.sync()
            affected = AffectedRecord.objects.filter(state="open").count()
            print(f"{affected:,} affected records made in {time.monotonic() - started:.0f} s")
            world.mend()
            before, started = world.calls(), time.monotonic()
            job = world.finish(world.start())
            seconds = time.monotonic() - started
            counted = world.calls() - before
            left = AffectedRecord.objects.filter(state="open").count()
            drift = find_drift(connection_id=world.connection.pk)
    print(
        f"import: {job.state}, {job.done:,} of {job.total:,} synced, {job.failed:,} still failing"
    )
    print(f"{job.done / seconds:,.0f} records a second ({seconds:.1f} s)")
    print(f"Salesforce calls: {job.api_calls} ({counted} counted by the simulator), ", end="")
    print(f"{1000 * job.api_calls / max(job.done, 1):.2f} for each 1,000 records")
    print(f"left open: {left}; numbers that drift: {len(drift)}")
    allowed = -(-wanted // 200) + 2
    good = job.done == affected == wanted and not left and not drift
    return 0 if good and job.api_calls == counted <= allowed else 1


if __name__ == "__main__":
    sys.exit(main())

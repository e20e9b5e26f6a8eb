"""Salesforce calls that Resync spends on 100 errors of 100 contacts with known links, beside the naive cost.

    python -m benchmarks.resync_calls

A real run against the simulators: 100 contacts are synced, each gets a value of its own that Salesforce's
restricted picklist does not know, a sync turns that into 100 errors, the picklist learns the values, and one
batch retries them. Exit status 1 when it takes more than one write and one describe, which tells it the values of
today.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ERRORS = 100
ALLOWED_CALLS = 2  # one describe, one write
# A client that knows nothing from before: find the record, then update it.
NAIVE_CALLS_A_RECORD = 2
# "Up to four calls" for a simple contact sync, says HubSpot's own knowledge base.
HUBSPOT_CALLS_A_RECORD = 4


def main() -> int:
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
            from benchmarks.resync_world import World

            world = World(simulators)
            world.make_errors(ERRORS)
            world.mend()
            batch, counted = world.resync()
    print(f"{batch.total} errors: {batch.done} resolved, {batch.failed} still failing")
    print(f"Salesforce calls of the batch          {batch.api_calls:>5}")
    print(f"Salesforce calls the simulator counted {counted:>5}")
    print(f"naive: one query, one update a record  {ERRORS * NAIVE_CALLS_A_RECORD:>5}")
    print(f"HubSpot's own: up to four a contact    {ERRORS * HUBSPOT_CALLS_A_RECORD:>5}")
    good = batch.done == ERRORS and batch.api_calls == counted <= ALLOWED_CALLS
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

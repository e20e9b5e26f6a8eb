"""How fast a CSV of affected records is streamed, and that its size does not show in memory.

    python -m benchmarks.export_memory [--rows 1000000] [--small 10000]

Fills the database that DATABASE_URL names (default: SQLite in a temp folder) with one error of few and one of many
records, streams the three exports that people press, each in a process of its own, and compares their peaks.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXPORTS = ("errors", "records", "view")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--stream", nargs=2, metavar=("EXPORT", "CODE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stream:
        _set_up()
        _stream(*asked.stream)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        _set_up()
        from django.core.management import call_command
        from django.db import connection as database

        call_command("migrate", verbosity=0)
        connection = _fill({"small": asked.small, "large": asked.rows})
        print(f"{database.vendor}, {asked.small:,} and {asked.rows:,} affected records")
        for export in EXPORTS:
            small, large = (_measured(export, code) for code in ("small", "large"))
            print(
                f"{export:<10}{large['rows'] / large['seconds']:>10,.0f} rows/s"
                f"{large['bytes'] / 1e6:>9,.0f} MB{1000 * large['first']:>9,.0f} ms to the first byte"
                f"   peak {small['peak']:>6,.1f} -> {large['peak']:,.1f} MiB"
                f" (× {large['peak'] / small['peak']:.2f})"
            )
        if os.environ["DATABASE_URL"].startswith("postgres"):
            connection.delete()


def _set_up() -> None:
    import django

    django.setup()


def _fill(sizes: dict[str, int]) -> Any:
    from common import clock
    from errors import saved_views, selectors
    from errors.models import AffectedRecord, SyncError
    from integrations.models import Connection

    handle, at = uuid.uuid4().hex[:12], clock.now()
    connection = Connection.objects.create(
        name="Export benchmark",
        hub_id=handle,
        sf_org_id=f"00D{handle}",
        hubspot_base_url="http://hubspot.invalid",
        salesforce_login_url="http://salesforce.invalid",
    )
    for code, number in sizes.items():
        error = SyncError.objects.create(
            connection=connection,
            fingerprint=uuid.uuid4(),
            type="picklists",
            code=code,
            direction="to_salesforce",
            hubspot_object="contacts",
            salesforce_object="Contact",
            details={"hubspot_property": "buying_role", "value": "Champion"},
            opened_at=at,
            first_seen_at=at,
            last_seen_at=at,
            open_records=number,
        )
        for start in range(0, number, 20_000):
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
                        salesforce_id=f"003{n:012d}AAA",
                        label=f"Contact {n}",
                        first_seen_at=at,
                        last_seen_at=at,
                        write_no=1,
                        message="Buying Role: bad value for restricted picklist field: Champion",
                    )
                    for n in range(start, min(start + 20_000, number))
                ]
            )
        started = time.perf_counter()
        saved_views.create_view(
            connection_id=connection.pk,
            name=f"{handle} {code}",
            user=None,
            records=selectors.records_of_error(error_id=error.pk),
            error_id=error.pk,
        )
        print(f"a view of {number:,} records is made in {time.perf_counter() - started:.2f} s")
    return connection


def _measured(export: str, code: str) -> dict[str, float]:
    out = subprocess.run(
        [sys.executable, "-m", "benchmarks.export_memory", "--stream", export, code],
        check=True,
        capture_output=True,
        text=True,
    )
    rows, size, first, seconds, peak = map(float, out.stdout.split())
    return {"rows": rows, "bytes": size, "first": first, "seconds": seconds, "peak": peak}


def _stream(export: str, code: str) -> None:
    """Streams one export to nowhere; prints rows, bytes, seconds to the first byte and in all, and the peak in MiB."""
    from django.db import connection as database

    from errors.models import SyncError

    if database.vendor == "sqlite":
        # SQLite's page cache fills up to the 64 MB of the settings and stays there: it is not what is measured.
        with database.cursor() as cursor:
            cursor.execute("PRAGMA cache_size=-2000")
    error = SyncError.objects.filter(code=code).latest("pk")
    for _ in _parts(export, SyncError(pk=0, connection=error.connection, type="other")):
        pass  # what is imported and made once does not count
    rows = size = 0
    first = 0.0
    started = time.perf_counter()
    for part in _parts(export, error):
        first = first or time.perf_counter() - started
        rows += part.count(b"\r\n")
        size += len(part)
    seconds = time.perf_counter() - started
    print(rows - 1, size, first, seconds, _peak() / 1024)


def _peak() -> int:
    """The most memory this process has held, in KiB. Linux counts the parent's in ru_maxrss, but not in VmHWM."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _parts(export: str, error: Any) -> Iterator[bytes]:
    from errors import exports, record_exports
    from errors.models import SavedView
    from errors.selectors import ErrorFilters

    if export == "errors":
        filters = ErrorFilters(type=error.type, code=error.code)
        return exports.stream_errors_csv(connection=error.connection, filters=filters)
    if export == "records":
        return record_exports.stream_error_records(connection=error.connection, error=error)
    view = SavedView.objects.filter(error_id=error.pk).first() or SavedView(pk=0)
    return record_exports.stream_view_records(connection=error.connection, view=view)


if __name__ == "__main__":
    main()

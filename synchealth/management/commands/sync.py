"""`manage.py sync`: sync now, in the foreground."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localtime

from integrations.models import Connection
from synchealth.pipeline import SyncReport, run_sync


class Command(BaseCommand):
    help = "Syncs every active connection now, or one of them, and says what it came to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", type=int, metavar="ID", help="only this connection")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["connection"]
        if wanted is None:
            chosen = Connection.objects.filter(state=Connection.State.ACTIVE).order_by("pk")
        else:
            chosen = Connection.objects.filter(pk=wanted)
            if not chosen.exists():
                raise CommandError(f"There is no connection {wanted}.")
        stopped = [self._sync(connection) for connection in chosen]
        if not stopped:
            self.stdout.write("There is no active connection.")
        if any(stopped):
            raise CommandError("Not everything has synced.")

    def _sync(self, connection: Connection) -> str:
        started = time.monotonic()
        report = run_sync(connection_id=connection.pk, reason="manual")
        seconds = time.monotonic() - started
        self.stdout.write(f"Connection {connection.pk}, {connection.name}")
        for label, counts in report.mappings.items():
            self.stdout.write(
                f"  {label}: {counts.synced} synced, {counts.skipped} skipped, {counts.failed} failed"
            )
        self.stdout.write(
            f"  {report.records} records in {seconds:.1f} s, {report.calls} Salesforce API calls"
        )
        if report.stopped:
            self.stderr.write(f"  Stopped: {self._reason(report)}")
        return report.stopped

    def _reason(self, report: SyncReport) -> str:
        words = report.stopped.replace("_", " ")
        if report.detail:
            words += f" ({report.detail})"
        if report.goes_on_at:
            words += f"; it goes on at {localtime(report.goes_on_at):%Y-%m-%d %H:%M %Z}"
        return words

"""Counts errors and records anew and compares with the stored numbers: the difference must be zero."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from errors.counters import find_drift, repair
from errors.ledger import lock_stream
from integrations.models import Connection

_SHOWN = 20


class Command(BaseCommand):
    help = "Recounts errors, affected records and saved views and reports drift; exits with 1 when there is any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", type=int, help="only this connection's id")
        parser.add_argument("--repair", action="store_true", help="store the counted numbers")

    def handle(self, *args: Any, **options: Any) -> None:
        connections = Connection.objects.order_by("pk")
        if options["connection"]:
            connections = connections.filter(pk=options["connection"])
        if not connections.exists() and options["connection"]:
            raise CommandError(f"There is no connection {options['connection']}.")
        drifted = 0
        for connection in connections:
            # Behind the stream row nobody writes meanwhile, so what is counted is what is stored.
            with transaction.atomic():
                lock_stream(connection_id=connection.pk)
                drifts = find_drift(connection_id=connection.pk)
                if drifts and options["repair"]:
                    repair(connection_id=connection.pk)
            drifted += len(drifts)
            self.stdout.write(f"{connection.name}: drift {len(drifts)}")
            for drift in drifts[:_SHOWN]:
                self.stdout.write(f"  {drift.what}: stored {drift.stored}, counted {drift.counted}")
            if len(drifts) > _SHOWN:
                self.stdout.write(f"  … and {len(drifts) - _SHOWN} more")
        if drifted and not options["repair"]:
            raise CommandError(
                f"{drifted} stored numbers are wrong. `manage.py recount --repair` corrects them."
            )
        if drifted:
            self.stdout.write(f"Corrected {drifted} numbers.")

"""`manage.py doctor`: is everything there that Sync Health needs? Exits with 1 when something is not."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from integrations.checkup import all_checks


class Command(BaseCommand):
    help = (
        "Checks settings, database, broker, workers, schedule and the logins of each connection (which spends "
        "one Salesforce call for each), and says what to do about what is wrong."
    )
    # Told by the doctor itself, with what to do.
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--offline", action="store_true", help="call no CRM")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for check in all_checks(log_in=not options["offline"]):
            try:
                for finding in check():
                    wrong += self._tell(finding.text, finding.todo, warning=finding.warning)
            except DatabaseError as error:
                wrong += self._tell(f"The database refused: {error}", "See above.", warning=False)
        if wrong:
            self.stdout.write(f"\n{wrong} to put right.")
            sys.exit(1)
        self.stdout.write("\nAll is well.")

    def _tell(self, text: str, todo: str, *, warning: bool) -> int:
        if not todo:
            self.stdout.write(f"ok       {text}")
            return 0
        self.stdout.write(f"{'warning' if warning else 'WRONG  '}  {text}\n         -> {todo}")
        return 0 if warning else 1

"""`manage.py record_bounce < report`: for a mail server that pipes delivery reports to a command."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from notifications.bounces import record_bounce


class Command(BaseCommand):
    help = "Reads a delivery report (RFC 3464) and shows the message that it is about as come back."

    def handle(self, *args: Any, **options: Any) -> None:
        digest = record_bounce(raw=sys.stdin.buffer.read())
        if digest is None:
            self.stdout.write("Not a report of a failed message of ours; nothing changed.")
        else:
            self.stdout.write(f"{digest.public_id}: {digest.last_error}")

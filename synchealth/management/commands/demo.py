"""`manage.py demo`: sets the demo up as far as it is not yet, and prints how to get in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from integrations.models import Connection
from synchealth.demo import people, simulators
from synchealth.demo.banner import banner
from synchealth.demo.connection import make_connection
from synchealth.demo.state import DemoState


class Command(BaseCommand):
    help = "Sets up the demo of `make run` (safe to repeat): simulators, logins, connection, first sync."

    def handle(self, *args: Any, **options: Any) -> None:
        """Progress goes to standard error, the result to standard output. Every finished step is remembered."""
        if not settings.SIMULATOR_URL:
            raise CommandError(
                "SIMULATOR_URL is not set. This makes logins whose password is printed, so it works only in the demo:"
                " start it with `make run`."
            )
        path = Path(settings.VAR_DIR) / "demo.json"
        state = DemoState.read(path)
        try:
            self._set_up(state, path)
        except (requests.RequestException, simulators.SimulatorRefused) as error:
            raise CommandError(
                f"The simulators at {settings.SIMULATOR_URL} refused: {error}"
            ) from error
        self.stdout.write(
            banner(
                state=state,
                site_url=settings.SITE_URL,
                simulator_url=settings.SIMULATOR_URL,
                mails=_mails(),
            )
        )

    def _set_up(self, state: DemoState, path: Path) -> None:
        if not state.seeded:
            world = simulators.WORLD
            with self._step(
                f"Filling the simulators: {world['contacts']:,} contacts, {world['companies']} companies,"
                f" {world['deals']} deals"
            ):
                simulators.fill(settings.SIMULATOR_URL)
            state.seeded = True
            state.write(path)
        admin = people.make_people(state=state)
        if not Connection.objects.filter(pk=state.connection or 0).exists():
            state.connection = make_connection(user=admin).pk
            state.synced = False
        people.join(connection_id=state.connection or 0)
        people.turn_notifications_on(connection_id=state.connection or 0)
        state.write(path)
        if not state.synced:
            with self._step("First sync, both ways"):
                call_command("sync", connection=state.connection, stdout=self.stderr)
            state.synced = True
            state.write(path)

    def _step(self, what: str) -> _Step:
        return _Step(self, what)


def _mails() -> str:
    if settings.MAILBOX_URL:
        return f"every mail ends at\n  {settings.MAILBOX_URL}/ and reaches nobody."
    return "mails go where EMAIL_URL says."


class _Step:
    """Says what is being done, and afterwards how long it took."""

    def __init__(self, command: BaseCommand, what: str) -> None:
        self._command, self._what = command, what

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._command.stderr.write(f"{self._what} …")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._command.stderr.write(f"  done in {time.monotonic() - self._started:.1f} s")

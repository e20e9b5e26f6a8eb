"""`manage.py connect`: join a HubSpot account and a Salesforce org, or replace a connection's credentials."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations import connections, credentials
from integrations.clients.logins import REQUIRED, missing_parts
from integrations.clients.results import CrmFault
from integrations.connections import ConnectionRefused, CredentialInput
from integrations.metering import AllotmentSpent
from integrations.models import Connection, Credential, SystemName

HELP = """Secrets are never taken from the command line, where other users of the machine could read them. Each part of a
credential comes from an environment variable, HUBSPOT_KEY or SALESFORCE_CLIENT_SECRET for instance, from the
file that the same name with _FILE points to, or from a JSON object on standard input (--stdin):
{"hubspot": {"key": ...}, "salesforce": {"client_id": ..., "client_secret": ...}}.
Parts by kind: """


def parts_by_kind() -> str:
    """What each kind of credential consists of, for the help."""
    return "; ".join(f"{kind}: {', '.join(parts)}" for kind, parts in REQUIRED.items())


def read_secret(system: SystemName, kind: str, given: dict[str, Any]) -> dict[str, str]:
    """The parts of a credential from `given`, the environment, or files that it names. Raises CommandError."""
    secret = {str(name): str(value) for name, value in given.items()}
    for part in (*REQUIRED[kind], "client_secret", "audience"):
        name = f"{system.value.upper()}_{part.upper()}"
        if part in secret:
            continue
        if value := os.environ.get(name, ""):
            secret[part] = value
        elif path := os.environ.get(f"{name}_FILE", ""):
            try:
                secret[part] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise CommandError(f"{name}_FILE: {path}: {error.strerror}") from None
    if missing := missing_parts(kind, secret):
        names = ", ".join(f"{system.value.upper()}_{part.upper()}" for part in missing)
        raise CommandError(
            f"Missing for {system.label}: {names} (in the environment, or with _FILE the path of a file)."
        )
    wanted = {*REQUIRED[kind], "client_secret", "audience"}
    return {name: value for name, value in secret.items() if name in wanted}


class Command(BaseCommand):
    help = HELP + parts_by_kind()

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = Credential.Kind
        parser.add_argument("name", nargs="?", default="", help="the connection's name on the page")
        parser.add_argument(
            "--hubspot-kind", default=kinds.HUBSPOT_SERVICE_KEY, choices=_kinds("hubspot")
        )
        parser.add_argument(
            "--salesforce-kind",
            default=kinds.SALESFORCE_CLIENT_CREDENTIALS,
            choices=_kinds("salesforce"),
        )
        parser.add_argument("--hubspot-url", help="base address of HubSpot's API")
        parser.add_argument(
            "--salesforce-url", help="login address: My Domain for client credentials"
        )
        parser.add_argument(
            "--allotment", type=int, help="calls in 24 hours; half of the limit unless given"
        )
        parser.add_argument("--user", help="mail address of who makes it, for the record")
        parser.add_argument(
            "--stdin", action="store_true", help="read the secrets as JSON from standard input"
        )
        parser.add_argument(
            "--replace",
            type=int,
            metavar="ID",
            help="store new credentials for this connection instead",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = _from_stdin() if options["stdin"] else {}
        inputs = {
            system: CredentialInput(
                kind=str(options[f"{system.value}_kind"]),
                secret=read_secret(
                    system, options[f"{system.value}_kind"], given.get(system.value) or {}
                ),
            )
            for system in SystemName
        }
        try:
            if options["replace"]:
                self._replace(options["replace"], inputs)
            else:
                self._create(options, inputs)
        except ConnectionRefused as error:
            raise CommandError(error.message) from None
        except CrmFault as fault:
            raise CommandError(
                f"{SystemName(fault.system).label}: {fault.message} ({fault.code})"
            ) from None
        except AllotmentSpent as error:
            raise CommandError(f"{error}: give a larger --allotment.") from None

    def _create(self, options: dict[str, Any], inputs: dict[SystemName, CredentialInput]) -> None:
        if not options["name"].strip():
            raise CommandError("Give the connection a name.")
        user = None
        if options["user"]:
            user = get_user_model().objects.filter(email=options["user"].strip().lower()).first()
            if user is None:
                raise CommandError(f"There is no user {options['user']}.")
        connection = connections.create_connection(
            name=options["name"],
            hubspot_credential=inputs[SystemName.HUBSPOT],
            salesforce_credential=inputs[SystemName.SALESFORCE],
            hubspot_base_url=options["hubspot_url"],
            salesforce_login_url=options["salesforce_url"],
            allotment=options["allotment"],
            user=user,
        )
        self.stdout.write(
            f"Connection {connection.pk}, “{connection.name}”: HubSpot account {connection.hub_id} and Salesforce "
            f"org {connection.sf_org_id} as {connection.sf_username}; {connection.allotment} of "
            f"{connection.daily_limit} API calls a day are allotted to HubSpot."
        )

    def _replace(self, pk: int, inputs: dict[SystemName, CredentialInput]) -> None:
        connection = Connection.objects.filter(pk=pk).first()
        if connection is None:
            raise CommandError(f"There is no connection {pk}.")
        for system, credential in inputs.items():
            credentials.store(
                connection=connection, system=system, kind=credential.kind, secret=credential.secret
            )
        connections.resume(connection=connection)
        self.stdout.write(f"Connection {pk} has new credentials; both logins work.")


def _kinds(system: str) -> list[str]:
    return [kind for kind in Credential.Kind.values if kind.startswith(system)]


def _from_stdin() -> dict[str, Any]:
    try:
        given = json.load(sys.stdin)
    except ValueError:
        raise CommandError("Standard input is not JSON.") from None
    if not isinstance(given, dict):
        raise CommandError("Standard input must hold a JSON object.")
    return given

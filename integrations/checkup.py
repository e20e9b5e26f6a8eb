"""What `manage.py doctor` looks at: each check says what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from celery import current_app
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from common import clock
from common.encryption import DecryptionFailed
from integrations.clients.results import CrmFault
from integrations.connections import check_connection
from integrations.models import Connection, Credential, SystemName

WORKER_ANSWERS_WITHIN = 3  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """`todo` is empty when all is well; a `warning` alone does not make the doctor fail."""

    text: str
    todo: str = ""
    warning: bool = False


def check_settings() -> Iterator[Finding]:
    """Keys and addresses that nothing works without."""
    bad = 0
    for number, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            bad += 1
            yield Finding(
                f"Key {number} of FIELD_ENCRYPTION_KEYS is not a Fernet key.",
                "A key is 32 random bytes in URL-safe base64; .env.example shows how to make one.",
            )
    if not settings.FIELD_ENCRYPTION_KEYS:
        yield Finding(
            "FIELD_ENCRYPTION_KEYS is not set: no credential can be stored or read.",
            "Set it as .env.example shows.",
        )
    elif not bad:
        yield Finding(f"Settings: {len(settings.FIELD_ENCRYPTION_KEYS)} encryption key(s).")
    if settings.DEBUG:
        yield Finding(
            "DEBUG is on: errors show internals to everybody.",
            "Unset it where others can reach this.",
            warning=True,
        )


def check_database() -> Iterator[Finding]:
    """It answers and has all tables."""
    try:
        executor = MigrationExecutor(database)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(
            f"The database ({database.vendor}) does not answer: {error}",
            "Start it, or correct DATABASE_URL.",
        )
        return
    if waiting:
        yield Finding(f"The database lacks {len(waiting)} migrations.", "Run `manage.py migrate`.")
    else:
        yield Finding(f"Database: {database.vendor}, up to date.")


def check_workers() -> Iterator[Finding]:
    """The broker answers, and workers take from all queues."""
    if current_app.conf.broker_url.startswith("memory:"):
        yield Finding(
            "There is no broker: nothing runs in the background.",
            "Set CELERY_BROKER_URL or REDIS_URL; `manage.py sync` still syncs by hand.",
            warning=True,
        )
        return
    try:
        with current_app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, timeout=WORKER_ANSWERS_WITHIN)
        queues = current_app.control.inspect(timeout=WORKER_ANSWERS_WITHIN).active_queues() or {}
    except (OperationalError, OSError) as error:
        yield Finding(
            f"The broker does not answer: {type(error).__name__}.",
            "Start it, or correct CELERY_BROKER_URL.",
        )
        return
    taken = {queue["name"] for found in queues.values() for queue in found}
    wanted = {"default", *(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())}
    if not queues:
        yield Finding("No worker answers.", "Start one: `celery -A synchealth worker`.")
    elif missing := sorted(wanted - taken):
        yield Finding(
            f"No worker takes from: {', '.join(missing)}.",
            f"Start one with `-Q {','.join(missing)}`.",
        )
    else:
        yield Finding(f"Broker and {len(queues)} worker(s) answer.")


def check_schedule() -> Iterator[Finding]:
    """Connections that are due get synced."""
    late = clock.now() - 3 * settings.SYNC_INTERVAL
    waiting = Connection.objects.filter(state=Connection.State.ACTIVE, next_sync_at__lt=late)
    # One whose sync is running, or that waits for calls, is not late.
    names = [
        row.name
        for row in waiting.only("name", "held_until", "sync_lease_until")
        if not any(end and end > clock.now() for end in (row.held_until, row.sync_lease_until))
    ]
    if names:
        yield Finding(
            f"Not synced though long due: {', '.join(names)}.",
            "Is the schedule running? Start it: `celery -A synchealth beat`.",
        )
    else:
        yield Finding("Schedule: no connection is overdue.")


def check_connections(*, log_in: bool) -> Iterator[Finding]:
    """Each connection's credentials open and, with `log_in`, its logins work (a Salesforce call each)."""
    for connection in Connection.objects.order_by("pk"):
        name = f"Connection {connection.pk}, “{connection.name}”"
        yield from _check_connection(connection, name, log_in=log_in)


def _check_connection(connection: Connection, name: str, *, log_in: bool) -> Iterator[Finding]:
    replace = f"Store the credential anew: `manage.py connect --replace {connection.pk}`."
    if connection.state == Connection.State.SUSPENDED:
        yield Finding(
            f"{name} is suspended since {connection.suspended_at:%Y-%m-%d %H:%M} UTC:"
            f" {connection.suspended_detail} ({connection.suspended_code})",
            "Resolve that in the CRM, then resume the connection on its page.",
        )
    elif connection.state == Connection.State.PAUSED:
        yield Finding(
            f"{name} is paused.", "Resume it on its page when it should sync.", warning=True
        )
    try:
        stored = {row.system for row in Credential.objects.filter(connection=connection)}
    except (DecryptionFailed, ImproperlyConfigured, ValueError):
        yield Finding(
            f"{name}: no key of FIELD_ENCRYPTION_KEYS opens its credentials.",
            f"Put the key they were stored with back. {replace}",
        )
        return
    if missing := sorted(set(SystemName.values) - stored):
        yield Finding(f"{name} has no credential for {', '.join(missing)}.", replace)
    elif not log_in:
        yield Finding(f"{name}: credentials can be read.")
    else:
        try:
            check_connection(connection=connection)
        except CrmFault as fault:
            yield Finding(
                f"{name}: {SystemName(fault.system).label} answers: {fault.message} ({fault.code})",
                f"If the credential was changed or revoked: {replace[0].lower()}{replace[1:]}",
            )
        else:
            yield Finding(f"{name}: both logins work.")


def all_checks(*, log_in: bool) -> Iterator[Callable[[], Iterator[Finding]]]:
    """The checks in the order in which one builds on another."""
    yield check_settings
    yield check_database
    yield check_workers
    yield check_schedule
    yield lambda: check_connections(log_in=log_in)

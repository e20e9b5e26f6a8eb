from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ErrorsConfig(AppConfig):
    name = "errors"

    def ready(self) -> None:
        from integrations.signals import connection_created

        connection_created.connect(_prepare, dispatch_uid="errors.prepare")


def _prepare(*, connection: Any, **_: object) -> None:
    """A new connection gets its stream row and its eight counters, in the transaction that makes it."""
    from errors.counters import make_counters
    from errors.ledger import lock_stream

    lock_stream(connection_id=connection.pk)
    make_counters(connection_id=connection.pk)

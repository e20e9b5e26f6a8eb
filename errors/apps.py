from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ErrorsConfig(AppConfig):
    name = "errors"

    def ready(self) -> None:
        from django.db.models.signals import post_delete

        from accounts.models import Membership
        from integrations.signals import connection_created

        connection_created.connect(_prepare, dispatch_uid="errors.prepare")
        post_delete.connect(_left, sender=Membership, dispatch_uid="errors.left")


def _prepare(*, connection: Any, **_: object) -> None:
    """A new connection gets its stream row and its eight counters, in the transaction that makes it."""
    from errors.counters import make_counters
    from errors.ledger import lock_stream

    lock_stream(connection_id=connection.pk)
    make_counters(connection_id=connection.pk)


def _left(*, instance: Any, **_: object) -> None:
    """Who is no member any more has none of the connection's errors.

    After the commit, because the connection itself may be what is being deleted. A crash in between leaves
    errors with somebody who cannot see them: they can be assigned anew.
    """
    from functools import partial

    from django.db import transaction

    from errors.assigning import unassign_all

    transaction.on_commit(
        partial(unassign_all, connection_id=instance.connection_id, user_id=instance.user_id),
        robust=True,
    )

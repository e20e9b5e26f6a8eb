"""Celery messages as nudges: sent after the commit, and nothing is lost when they cannot be sent."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def nudge(task_name: str, *args: int | str) -> bool:
    """Asks a worker to run `task_name`; False when the broker cannot be reached.

    The work itself waits in a table, where a sweeper of the schedule finds it, so a lost message costs time
    and no more.
    """
    try:
        current_app.send_task(task_name, args=args)
    except (OperationalError, OSError) as error:
        log.warning("Could not nudge %s (%s): the schedule will find the work.", task_name, error)
        return False
    return True


def nudge_on_commit(task_name: str, *args: int | str) -> None:
    """`nudge` once the current transaction is committed; never if it is rolled back."""
    transaction.on_commit(partial(nudge, task_name, *args), robust=True)

"""Celery's way into the pipeline. The connections' rows are the queue: messages may be lost or doubled."""

from __future__ import annotations

from celery import shared_task

from common.nudges import nudge
from synchealth.pipeline import due_connections, run_sync


@shared_task(name="synchealth.sync_due")
def sync_due() -> None:
    """Nudges a worker for each connection that is due."""
    for connection_id in due_connections().values_list("pk", flat=True):
        nudge("synchealth.sync_connection", connection_id)


@shared_task(name="synchealth.sync_connection")
def sync_connection(connection_id: int) -> None:
    """Syncs a connection if it is still due; goes on in a further task when its time is over."""
    if run_sync(connection_id=connection_id, reason="schedule").stopped == "out_of_time":
        nudge("synchealth.sync_connection", connection_id)

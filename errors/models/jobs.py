"""Work on more than a batch holds: jobs that go on for as long as they need. The table is the queue."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import clock
from integrations.models import Connection


class BulkJob(models.Model):
    """Something a person asked for that takes many steps. A worker holds it by a lease for one turn at a time.

    queued -> running -> finished; paused and resumed on the way, cancelled, or failed when it cannot go on
    (from which a person may take it up again). `position` moves only with the results of a step, in one
    transaction, so a kill at any line repeats at most one step.
    """

    class Kind(models.TextChoices):
        RESYNC = "resync", _("Resync all matching")
        IMPORT = "import", _("Import from Salesforce")
        UPDATE = "update", _("Update a property")
        LIST = "list", _("List in HubSpot")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("In progress")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Stopped")

    LIVE = (State.QUEUED, State.RUNNING)
    ENDED = (State.FINISHED, State.CANCELLED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="bulk_jobs", db_index=False
    )
    kind = models.CharField(max_length=6, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    idempotency_key = models.CharField(max_length=200)
    # What was asked for, as the kind's module documents; never changed afterwards.
    request: models.JSONField[Any, Any] = models.JSONField(default=dict)
    # How far it is, as the kind's module documents.
    position: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    # Errors for "resync", records for the others; None until the first turn has found out.
    total = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)  # Salesforce's
    # What people should know of it beyond the numbers, e.g. the first refusals in the CRM's words.
    result: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=timezone.now)
    hold_reason = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # turns in a row that came to nothing
    detail = models.TextField(blank=True)  # of the last fault, in the CRM's words
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "idempotency_key"], name="errors_bulkjob_one_a_key"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["queued", "running"]),
                name="errors_bulkjob_live",
            ),
            models.Index(F("connection"), F("id").desc(), name="errors_bulkjob_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def ended(self) -> bool:
        return self.state in self.ENDED

    @property
    def waits_until(self) -> datetime | None:
        """When a held job goes on by itself; None when no time is known."""
        return self.not_before if self.hold_reason and self.not_before > clock.now() else None

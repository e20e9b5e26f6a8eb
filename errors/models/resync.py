"""Resync batches: the tables are the queue."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import clock
from errors.models.jobs import BulkJob
from errors.models.sync_errors import SyncError
from integrations.models import Connection

# How the keys of batches begin that nobody has asked for: what their errors waited for has synced.
RELEASED = "released:"


class ResyncBatch(models.Model):
    """At most 100 sync errors, retried together."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("In progress")
        FINISHED = "finished", _("Finished")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="resync_batches", db_index=False
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The job whose batch this is, one of several; None for what a person ticked.
    job = models.ForeignKey(
        BulkJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="batches"
    )
    # Retries this record alone, not all records of its errors; "" for whole errors.
    record_key = models.CharField(max_length=160, blank=True)
    idempotency_key = models.CharField(max_length=200)
    selection_digest = models.CharField(
        max_length=64
    )  # the same key with another selection is refused
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    total = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0)
    failed = models.PositiveSmallIntegerField(default=0)
    records_total = models.PositiveIntegerField(default=0)
    records_done = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)
    # Held by the worker that runs it; taken back by the sweeper when it has run out.
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=timezone.now)  # e.g. while the allotment is spent
    hold_reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "idempotency_key"], name="errors_resyncbatch_one_a_key"
            ),
            models.CheckConstraint(
                condition=Q(total__gte=1) & Q(total__lte=100), name="errors_resyncbatch_1_to_100"
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=~Q(state="finished"),
                name="errors_resyncbatch_live",
            ),
            models.Index(F("connection"), F("id").desc(), name="errors_resyncbatch_log"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def released(self) -> bool:
        """Whether it was made by itself, because what its errors waited for has synced."""
        return self.requested_by_id is None and self.idempotency_key.startswith(RELEASED)

    @property
    def why_waiting(self) -> str:
        """Why a queued batch does not run yet, for people; empty when it only waits for its turn."""
        texts = {
            "allotment_spent": _("It waits for free API calls."),
            "limit_reached": _("The daily limit of API calls is reached."),
            "connection_suspended": _(
                "The connection is suspended. The batch goes on once it is resumed."
            ),
            "connection_paused": _("The sync is paused. The batch goes on once it is resumed."),
            "crm_unavailable": _("A CRM did not answer. The batch tries again by itself."),
            "unexpected_error": _("The last try stopped unexpectedly. The batch tries again."),
        }
        return str(texts.get(self.hold_reason, ""))

    @property
    def waits_until(self) -> datetime | None:
        """When a held batch goes on by itself; None when no time is known."""
        return self.not_before if self.hold_reason and self.not_before > clock.now() else None


class ResyncItem(models.Model):
    """One error of a batch. `live` items are unique by error: one error is in at most one live batch."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("In progress")
        RESOLVED = "resolved", _("Resolved")
        FAILED = "failed", _("Still failing")
        SKIPPED = "skipped", _("Nothing to do")

    LIVE = (State.QUEUED, State.RUNNING)

    batch = models.ForeignKey(
        ResyncBatch, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    error = models.ForeignKey(SyncError, on_delete=models.CASCADE, related_name="resync_items")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    claim_write_no = models.PositiveBigIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    records_resolved = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)  # the last refusal, in the CRM's words
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "error"], name="errors_resyncitem_once_a_batch"
            ),
            models.UniqueConstraint(
                fields=["error"],
                condition=Q(state__in=["queued", "running"]),
                name="errors_resyncitem_one_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.error_id}: {self.state}"

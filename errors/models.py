"""Sync errors and their counts. Only `recording` and `resync` write here, stream row locked first.

Texts of types and causes live in the catalogue; rows hold slugs and facts.
"""

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
from errors.types import ErrorType
from integrations.models import Connection


class SyncError(models.Model):
    """One thing to fix: one row of a panel. Reopening updates the same row (the unique is full)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Resolved")
        IGNORED = "ignored", _("Ignored")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="errors", db_index=False
    )
    fingerprint = models.UUIDField()
    type = models.CharField(max_length=17, choices=ErrorType)
    code = models.CharField(max_length=60)  # the cause, a slug of the catalogue
    direction = models.CharField(max_length=13)  # integrations.outcomes.Direction
    hubspot_object = models.CharField(max_length=100)
    salesforce_object = models.CharField(max_length=80)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    # What the panel shows: message, system, api_code, hubspot_property, salesforce_field, value,
    # blocking_record, duplicate, rule, … as errors.extract says. Facts only, no text for people.
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)

    opened_at = models.DateTimeField()  # immutable while open: the list is sorted by it
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    times_reopened = models.PositiveIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    open_records = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "fingerprint"], name="errors_syncerror_one_a_cause"
            ),
            models.CheckConstraint(
                condition=Q(last_seen_at__gte=F("first_seen_at")),
                name="errors_syncerror_seen_order",
            ),
        ]
        indexes = [
            models.Index(
                F("connection"),
                F("type"),
                F("opened_at").desc(),
                F("id").desc(),
                condition=Q(status="open"),
                name="errors_syncerror_open_list",
            ),
            models.Index(
                F("connection"),
                F("status"),
                F("opened_at").desc(),
                F("id").desc(),
                name="errors_syncerror_status_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.code} #{self.pk}"


class AffectedRecord(models.Model):
    """A record that does not sync because of one error. A thousand failures are one row with a count."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Resolved")

    error = models.ForeignKey(
        SyncError, on_delete=models.CASCADE, related_name="records", db_index=False
    )
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    type = models.CharField(max_length=17, choices=ErrorType)  # copied from the error
    direction = models.CharField(max_length=13)
    record_key = models.CharField(
        max_length=160
    )  # "contacts:hs:123", or "Contact:sf:003…" without one
    hubspot_object = models.CharField(max_length=100)
    salesforce_object = models.CharField(max_length=80)
    hubspot_id = models.CharField(max_length=40, blank=True)
    salesforce_id = models.CharField(max_length=18, blank=True)
    label = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    failures = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # The number of the recording transaction of the last failure: a resync closes only what is not newer
    # than its claim. Numbers, not clocks.
    write_no = models.PositiveBigIntegerField()
    message = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["error", "record_key"], name="errors_affectedrecord_one_a_record"
            )
        ]
        indexes = [
            # Not partial: recording asks for every row of the records it is told of, resolved ones as well,
            # with one lookup.
            models.Index(fields=["connection", "record_key"], name="errors_affectedrecord_key"),
            models.Index(
                fields=["error", "id"],
                condition=Q(state="open"),
                name="errors_affectedrecord_list",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.record_key


class RecordPresence(models.Model):
    """How many open errors of one type a record has: makes "affected records" an exact distinct count."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    type = models.CharField(max_length=17, choices=ErrorType)
    record_key = models.CharField(max_length=160)
    open_errors = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "type", "record_key"], name="errors_recordpresence_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.record_key}: {self.open_errors}"


class ErrorCounter(models.Model):
    """The numbers of one card. Eight rows, made with the connection; the page reads these and nothing else."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="counters", db_index=False
    )
    type = models.CharField(max_length=17, choices=ErrorType)
    open_errors = models.PositiveIntegerField(default=0)
    open_records = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "type"], name="errors_errorcounter_one")
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.open_errors}/{self.open_records}"


class ErrorStream(models.Model):
    """One row a connection, locked first by every writer: hands out event and write numbers in commit order."""

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="error_stream"
    )
    last_seq = models.PositiveBigIntegerField(default=0)
    write_no = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.last_seq}"


class ErrorEvent(models.Model):
    """An error opened, came back, was resolved or ignored. Append-only; digests cover ranges of `seq`."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        REOPENED = "reopened", _("Came back")
        RESOLVED = "resolved", _("Resolved")
        IGNORED = "ignored", _("Ignored")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seq = models.PositiveBigIntegerField()
    error = models.ForeignKey(SyncError, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind)
    type = models.CharField(max_length=17, choices=ErrorType)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "seq"], name="errors_errorevent_one_a_seq"
            )
        ]
        indexes = [
            models.Index(fields=["connection", "at"], name="errors_errorevent_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


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

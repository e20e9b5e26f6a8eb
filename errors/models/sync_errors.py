"""Sync errors and the records they stop. Rows hold slugs and facts; the texts live in the catalogue."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

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

    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assigned_at = models.DateTimeField(null=True, blank=True)

    # Of an ignored error: who set it aside, why, and what ends it: a date, or more open records than this.
    ignored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ignored_at = models.DateTimeField(null=True, blank=True)
    ignore_reason = models.CharField(max_length=500, blank=True)
    ignored_until = models.DateTimeField(null=True, blank=True)
    ignored_above = models.PositiveIntegerField(null=True, blank=True)

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
            # The ignored and the resolved errors of a type. Not partial: SQLite does not see that a status is
            # one of two.
            models.Index(
                F("connection"),
                F("type"),
                F("status"),
                F("opened_at").desc(),
                F("id").desc(),
                name="errors_syncerror_type_list",
            ),
            # Errors of whatever status: the indexes above give each status in order, but not all together.
            models.Index(
                F("connection"),
                F("opened_at").desc(),
                F("id").desc(),
                name="errors_syncerror_all_list",
            ),
            models.Index(
                F("connection"),
                F("type"),
                F("opened_at").desc(),
                F("id").desc(),
                name="errors_syncerror_all_of_type",
            ),
            # A failure of a known record changes neither of these: the update stays within its page (HOT).
            models.Index(
                F("connection"),
                F("type"),
                F("open_records").desc(),
                F("id").desc(),
                condition=Q(status="open"),
                name="errors_syncerror_by_records",
            ),
            models.Index(
                fields=["connection", "type", "first_seen_at", "id"],
                condition=Q(status="open"),
                name="errors_syncerror_by_first",
            ),
            models.Index(
                fields=["ignored_until"],
                condition=Q(status="ignored"),
                name="errors_syncerror_ignored_until",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.code} #{self.pk}"


class AffectedRecord(models.Model):
    """A record that does not sync because of one error. A thousand failures are one row with a count.

    PostgreSQL has three more indexes for the search, of migration 0005; they compare what `record_matches` compares.
    """

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
    email = models.CharField(max_length=254, blank=True)  # as the CRM has it, well formed or not
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

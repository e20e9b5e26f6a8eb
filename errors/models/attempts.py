"""What became of a record, try after try, for its own page."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from integrations.models import Connection


class RecordAttempt(models.Model):
    """A run of equal tries of one record in one direction: "failed 37 times from … to …, saying …".

    Equal tries in a row are one row with a count, so a record that fails a thousand times the same way has one.
    Kept for records that fail, or failed once; a record that always synced has none (its link says when).
    """

    class Result(models.TextChoices):
        SYNCED = "synced", _("Synced")
        SKIPPED = "skipped", _("Not to be synced")
        FAILED = "failed", _("Failed")

    class Source(models.TextChoices):
        SYNC = "sync", _("Sync")
        RESYNC = "resync", pgettext_lazy("noun", "Resync")
        IMPORT = "import", _("Import from Salesforce")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    record_key = models.CharField(max_length=160)  # as AffectedRecord.record_key
    direction = models.CharField(max_length=13)
    result = models.CharField(max_length=7, choices=Result)
    source = models.CharField(max_length=6, choices=Source)  # of the last of these tries
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # Of failures: the errors that were named, sorted, and the first message.
    error_ids: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    message = models.TextField(blank=True)
    # The newest run of its record and direction: the one that the next try is compared with.
    latest = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "record_key", "direction"],
                condition=Q(latest=True),
                name="errors_recordattempt_one_latest",
            )
        ]
        indexes = [
            models.Index(
                F("connection"), F("record_key"), F("id").desc(), name="errors_recordattempt_list"
            ),
            models.Index(fields=["last_at"], name="errors_recordattempt_age"),
        ]

    def __str__(self) -> str:
        return f"{self.record_key} {self.direction}: {self.result} ×{self.times}"

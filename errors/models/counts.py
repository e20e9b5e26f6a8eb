"""What is kept with the errors so that nobody has to count them: cards, event numbers, days."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from errors.models.sync_errors import SyncError
from errors.types import ErrorType
from integrations.models import Connection


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


class ErrorDay(models.Model):
    """What happened to the errors of one type on one day (UTC): the history reads these and counts nothing."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    type = models.CharField(max_length=17, choices=ErrorType)
    opened = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0)
    # How long the resolved ones had been open: the sum, and how many by how long.
    seconds_open = models.PositiveBigIntegerField(default=0)
    within_hour = models.PositiveIntegerField(default=0)
    within_day = models.PositiveIntegerField(default=0)
    within_week = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "day", "type"], name="errors_errorday_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.type}"

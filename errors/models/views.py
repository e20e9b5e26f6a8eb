"""Saved views: exactly these affected records, under a name."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone

from errors.models.sync_errors import AffectedRecord, SyncError
from integrations.models import Connection


class SavedView(models.Model):
    """A named set of affected records, chosen once. Which records are in it never changes; how many of them
    still fail does, and is kept in the transaction that resolves or reopens them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # The error whose records these were; None when they came from a filter over several.
    error = models.ForeignKey(SyncError, null=True, on_delete=models.SET_NULL, related_name="+")
    total = models.PositiveIntegerField(default=0)
    open_records = models.PositiveIntegerField(default=0)
    # What became of the wish for static lists in HubSpot, one entry an object:
    # {"object", "name", "list_id", "added", "not_there", "unknown", "unknown_ids", "refusal", "refusal_code",
    # "complete"}, and "rights", those that the app lacks, where HubSpot's refusal names them.
    # The entry without an object is the wish itself: {"object": "", "name", "job"}, the job's public id.
    hubspot_lists: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("connection"), Lower("name"), name="errors_savedview_one_a_name"
            ),
            models.CheckConstraint(
                condition=models.Q(open_records__lte=F("total")),
                name="errors_savedview_open_within",
            ),
        ]
        indexes = [models.Index(F("connection"), F("id").desc(), name="errors_savedview_list")]

    def __str__(self) -> str:
        return self.name


class SavedViewRecord(models.Model):
    """One affected record in one view; whether it still fails is the affected record's own state."""

    view = models.ForeignKey(
        SavedView, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    record = models.ForeignKey(AffectedRecord, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["view", "record"], name="errors_savedviewrecord_once")
        ]

    def __str__(self) -> str:
        return f"{self.view_id}/{self.record_id}"

"""Sync errors, their counts, and the work people do on them.

Only `recording`, `ignoring`, `assigning`, `saved_views`, `resync` and `jobs` write here, stream row locked first.
"""

from __future__ import annotations

from errors.models.attempts import RecordAttempt
from errors.models.counts import ErrorCounter, ErrorDay, ErrorEvent, ErrorStream
from errors.models.jobs import BulkJob
from errors.models.resync import ResyncBatch, ResyncItem
from errors.models.sync_errors import AffectedRecord, RecordPresence, SyncError
from errors.models.views import SavedView, SavedViewRecord

__all__ = [
    "AffectedRecord",
    "BulkJob",
    "ErrorCounter",
    "ErrorDay",
    "ErrorEvent",
    "ErrorStream",
    "RecordAttempt",
    "RecordPresence",
    "ResyncBatch",
    "ResyncItem",
    "SavedView",
    "SavedViewRecord",
    "SyncError",
]

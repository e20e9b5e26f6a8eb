"""What the requests of jobs name by id: objects, errors, views and people, looked up for all of some jobs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import User
from errors.filters import NOBODY
from errors.models import BulkJob, SavedView, SyncError
from integrations.models import ObjectMapping


@dataclass(frozen=True, slots=True)
class Named:
    """By id as the request has it, as text. What is gone is missing."""

    mappings: Mapping[str, ObjectMapping] = field(default_factory=dict)
    errors: Mapping[str, SyncError] = field(default_factory=dict)
    views: Mapping[str, SavedView] = field(default_factory=dict)
    people: Mapping[str, User] = field(default_factory=dict)

    @classmethod
    def by(cls, jobs: Sequence[BulkJob]) -> Named:
        """Of jobs of one connection. A query for each of the four that any of them names."""
        if not jobs:
            return cls()
        here = jobs[0].connection_id
        mappings = _numbers(job.request.get("mapping") for job in jobs)
        errors = _numbers(job.request.get("error") for job in jobs)
        views = {handle for job in jobs if (handle := _handle(job.request.get("view")))}
        people = _numbers(
            assigned
            for job in jobs
            if (assigned := (job.request.get("filters") or {}).get("assigned")) != NOBODY
        )
        return cls(
            mappings={
                str(one.pk): one
                for one in ObjectMapping.objects.filter(connection_id=here, pk__in=mappings)
            }
            if mappings
            else {},
            errors={
                str(one.pk): one
                for one in SyncError.objects.filter(connection_id=here, pk__in=errors)
            }
            if errors
            else {},
            views={
                str(one.public_id): one
                for one in SavedView.objects.filter(connection_id=here, public_id__in=views)
            }
            if views
            else {},
            people={str(one.pk): one for one in User.objects.filter(pk__in=people)}
            if people
            else {},
        )


def _numbers(values: Iterable[Any]) -> set[int]:
    texts = (str(value) for value in values if value)
    return {int(text) for text in texts if text.isdecimal() and len(text) < 19}


def _handle(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None

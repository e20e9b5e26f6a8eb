"""Which records an update is for: open ones of an error or of all that match a filter, or those of a saved view."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from common.pages import behind
from errors.filters import ErrorFilters, filtered_errors
from errors.jobs.loads import records_of
from errors.ledger import chunks
from errors.models import AffectedRecord, ErrorCounter, SavedView, SavedViewRecord, SyncError
from errors.types import ErrorType
from integrations.models import ObjectMapping
from integrations.outcomes import Direction

_OPEN = AffectedRecord.State.OPEN
Rows = QuerySet[AffectedRecord, AffectedRecord]
# How far a page looks, so that what it costs does not grow.
LOOKED_AT = 1000
_ERRORS_LOOKED_AT = 200
_SEEN = ("record_key", "hubspot_id", "direction", "label")


class NoSuchRecords(Exception):
    """The error or the view is not one of this connection, or nothing is named."""


@dataclass(frozen=True, slots=True)
class Selection:
    """One of error, filters (of open errors) and view. `all_members`: of a view also those that sync again.

    `now` is what a filter's age is measured from, as in `filtered_errors`.
    """

    connection_id: int
    error: SyncError | None = None
    filters: ErrorFilters | None = None
    view: SavedView | None = None
    all_members: bool = False
    now: datetime | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """As it stands in a job's request."""
        if self.error is not None:
            return {"error": self.error.pk}
        if self.filters is not None:
            if self.filters.only_type:
                return {"type": self.filters.only_type}
            return {"filters": self.filters.to_query()}
        assert self.view is not None
        return {
            "view": str(self.view.public_id),
            "members": "all" if self.all_members else "open",
        }

    def rows(self, mapping: ObjectMapping) -> Rows:
        """The affected rows that are meant; several of one record, when several errors stop it."""
        rows = AffectedRecord.objects.filter(**_of_object(self, mapping))
        if self.view is not None:
            members = SavedViewRecord.objects.filter(view=self.view).values("record_id")
            rows = rows.filter(pk__in=members)
            return rows if self.all_members else rows.filter(state=_OPEN)
        if self.error is not None:
            return rows.filter(error=self.error, state=_OPEN)
        assert self.filters is not None
        if self.filters.only_type:
            # Errors that somebody set aside are not meant by their type.
            return rows.filter(
                type=self.filters.only_type, state=_OPEN, error__status=SyncError.Status.OPEN
            )
        return rows.filter(state=_OPEN, error_id__in=self.errors().order_by().values("pk"))

    def errors(self, status: str = SyncError.Status.OPEN) -> QuerySet[SyncError, SyncError]:
        """The errors of a status that the filter lets through, in no order yet."""
        assert self.filters is not None
        return filtered_errors(
            connection_id=self.connection_id,
            filters=replace(self.filters, status=status),
            now=self.now,
        )


def _of_object(selection: Selection, mapping: ObjectMapping) -> dict[str, Any]:
    return {
        "connection_id": selection.connection_id,
        "hubspot_object": mapping.hubspot_object,
        "salesforce_object": mapping.salesforce_object,
    }


def find_selection(
    *, connection_id: int, asked: dict[str, Any], now: datetime | None = None
) -> Selection:
    """The selection that a request names. Raises NoSuchRecords. One query, none for a type or a filter.

    `asked["filters"]` is what `ErrorFilters.to_query` gave: it is trusted.
    """
    if error_id := str(asked.get("error") or ""):
        if not error_id.isdecimal() or len(error_id) > 18:
            raise NoSuchRecords
        error = SyncError.objects.filter(connection_id=connection_id, pk=int(error_id)).first()
        if error is None:
            raise NoSuchRecords
        return Selection(connection_id=connection_id, error=error)
    if kind := str(asked.get("type") or ""):
        if kind not in ErrorType.values:
            raise NoSuchRecords
        return Selection(connection_id=connection_id, filters=ErrorFilters(type=kind))
    if "filters" in asked:
        filters = ErrorFilters.from_query(asked["filters"])
        return Selection(connection_id=connection_id, filters=filters, now=now)
    try:
        handle = UUID(str(asked.get("view") or ""))
    except ValueError:
        raise NoSuchRecords from None
    view = SavedView.objects.filter(connection_id=connection_id, public_id=handle).first()
    if view is None:
        raise NoSuchRecords
    return Selection(
        connection_id=connection_id, view=view, all_members=asked.get("members") == "all"
    )


def mappings_of(selection: Selection) -> list[ObjectMapping]:
    """The objects that the selection has records of, in the order of the sync. One query, two for a filter that no open
    error matches: each object is looked for
    with an index, and for a view of several errors by a walk over its members."""
    mappings = ObjectMapping.objects.filter(connection_id=selection.connection_id)
    error = selection.error or (selection.view.error if selection.view else None)
    if error is not None:
        return list(
            mappings.filter(
                hubspot_object=error.hubspot_object, salesforce_object=error.salesforce_object
            )
        )
    same = {
        "hubspot_object": OuterRef("hubspot_object"),
        "salesforce_object": OuterRef("salesforce_object"),
    }
    if selection.filters is not None:
        found = list(mappings.filter(Exists(selection.errors().filter(**same))))
        if found:
            return found
        # Whoever sends the request of a job once more means it still, though that has resolved its errors.
        return list(
            mappings.filter(Exists(selection.errors(SyncError.Status.RESOLVED).filter(**same)))
        )
    members = SavedViewRecord.objects.filter(
        view=selection.view, **{f"record__{name}": value for name, value in same.items()}
    )
    return list(mappings.filter(Exists(members)))


# --- for pages: kept numbers and a bounded look ------------------------------------------------------


@dataclass(slots=True)
class Look:
    """What a page says of the records. `records` is exact unless `at_most`; the rest is of the first `looked_at`."""

    records: int
    at_most: bool
    looked_at: int = 0
    without_hubspot: int = 0
    going_to_hubspot: int = 0
    sample: list[AffectedRecord] = field(default_factory=list)


def look(*, selection: Selection, mapping: ObjectMapping, objects: int, sample: int = 10) -> Look:
    """How many records there are, and a look at the first thousand. Three queries at most, none of them a count.

    `objects`: how many objects the selection has; with more than one its kept number is of all of them.
    """
    records, at_most = _kept_number(selection, objects)
    rows, all_of_them = _bounded(selection, mapping)
    found = Look(records=records, at_most=at_most, looked_at=len(rows))
    found.without_hubspot = sum(not row.hubspot_id for row in rows)
    found.going_to_hubspot = sum(row.direction == Direction.TO_HUBSPOT for row in rows)
    found.sample = list(itertools.islice((row for row in rows if row.hubspot_id), sample))
    if all_of_them:
        found.records, found.at_most = len(rows), False
    return found


def _kept_number(selection: Selection, objects: int) -> tuple[int, bool]:
    if selection.error is not None:
        return selection.error.open_records, False
    if selection.view is not None:
        view = selection.view
        # A record may stand in a view once for each error that stops it.
        return (view.total if selection.all_members else view.open_records), view.error_id is None
    assert selection.filters is not None
    if selection.filters.only_type:
        counter = ErrorCounter.objects.filter(
            connection_id=selection.connection_id, type=selection.filters.only_type
        ).first()
        return (counter.open_records if counter else 0), objects > 1
    return records_of(selection.errors()), True


def _bounded(selection: Selection, mapping: ObjectMapping) -> tuple[list[AffectedRecord], bool]:
    """Rows along an index, at most LOOKED_AT, each record once; and whether those are all there are."""
    rows, most_errors = selection.rows(mapping), False
    if selection.filters is not None:
        # By the largest errors: the records of several errors stand in no index of their own.
        errors = (
            selection.errors()
            .filter(
                hubspot_object=mapping.hubspot_object,
                salesforce_object=mapping.salesforce_object,
            )
            .order_by("-open_records", "-id")
        )
        ids = list(errors.values_list("pk", flat=True)[:_ERRORS_LOOKED_AT])
        most_errors = len(ids) == _ERRORS_LOOKED_AT
        rows = AffectedRecord.objects.filter(error_id__in=ids, state=_OPEN)
    elif selection.error is not None:
        rows = behind(
            AffectedRecord.objects.filter(**_of_object(selection, mapping), state=_OPEN),
            key="id",
            last=0,
            within=("error_id", selection.error.pk),
        )
    if selection.view is not None:
        found = _members(selection, selection.view, mapping)
    else:
        found = list(rows.only(*_SEEN)[:LOOKED_AT])
    once: dict[str, AffectedRecord] = {}
    for row in found:
        once.setdefault(row.record_key, row)
    return list(once.values()), len(found) < LOOKED_AT and not most_errors


def _members(selection: Selection, view: SavedView, mapping: ObjectMapping) -> list[AffectedRecord]:
    wanted = _of_object(selection, mapping) | ({} if selection.all_members else {"state": _OPEN})
    members = behind(
        SavedViewRecord.objects.filter(**{f"record__{name}": one for name, one in wanted.items()}),
        key="record_id",
        last=0,
        within=("view_id", view.pk),
    )
    seen = members.select_related("record").only("view", *(f"record__{name}" for name in _SEEN))
    return [member.record for member in seen[:LOOKED_AT]]


def newest_row() -> int:
    """The highest id of an affected row: what came after it was not chosen. One query, along the primary key."""
    return AffectedRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# --- for the worker ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Chosen:
    """One record of the selection, once, however many of its errors are meant."""

    key: str
    hubspot_id: str
    salesforce_id: str
    label: str
    # Whether one of the errors meant is on its way to Salesforce: then the sync can try it again.
    failing: bool


def numbers(*, rows: Rows, last_id: int) -> tuple[int, int]:
    """Records with and without an id in HubSpot. Counts, so for workers only."""
    rows = rows.filter(pk__lte=last_id)
    with_id = rows.exclude(hubspot_id="").values("record_key").distinct().count()
    without = rows.filter(hubspot_id="").values("record_key").distinct().count()
    return with_id, without


def next_records(*, rows: Rows, after: str, last_id: int, most: int) -> list[Chosen]:
    """The next records behind the key `after` that have an id in HubSpot. Two queries.

    By key, which every selection but a view has in an index; the members of a view are sorted for each step.
    """
    rows = rows.filter(pk__lte=last_id, record_key__gt=after).exclude(hubspot_id="")
    keys = list(rows.order_by("record_key").values_list("record_key", flat=True).distinct()[:most])
    found: dict[str, Chosen] = {}
    for part in chunks(keys, 500):
        for row in rows.filter(record_key__in=part).order_by("record_key", "pk"):
            one = found.setdefault(
                row.record_key,
                Chosen(row.record_key, row.hubspot_id, row.salesforce_id, row.label, False),
            )
            one.salesforce_id = one.salesforce_id or row.salesforce_id
            one.failing = one.failing or (
                row.state == _OPEN and row.direction == Direction.TO_SALESFORCE
            )
    return list(found.values())

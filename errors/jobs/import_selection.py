"""Which affected records an import is about, in chunks that a repeated step may take up again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from errors.filters import ErrorFilters, filtered_errors
from errors.jobs.turn import CannotGoOn
from errors.ledger import chunks
from errors.models import AffectedRecord, SavedView, SavedViewRecord, SyncError
from integrations.engine import salesforce_ids
from integrations.models import ObjectMapping
from integrations.outcomes import Direction, RecordRef

# Rows of a chunk: five full queries of Salesforce, and what failed on the way to Salesforce fills its writes.
CHUNK = 1000
_OPEN = AffectedRecord.State.OPEN


@dataclass(slots=True)
class Affected:
    """One affected record and what is to be done with it."""

    key: str
    record: RecordRef
    to_salesforce: bool = False  # it fails in that direction (too)

    @property
    def directions(self) -> list[str]:
        """Read from Salesforce where it is known there, then the way on which it failed."""
        wanted: list[str] = [Direction.TO_HUBSPOT] if self.record.salesforce_id else []
        if self.to_salesforce and self.record.hubspot_id:
            wanted.append(Direction.TO_SALESFORCE)
        return wanted


@dataclass(slots=True)
class Chunk:
    last: int  # the highest row id in it
    records: list[Affected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Selection:
    """The affected records that a request names, of one object."""

    mapping: ObjectMapping
    rows: QuerySet[AffectedRecord, AffectedRecord]  # in whatever state

    def start(self) -> tuple[int, int]:
        """The highest row id now, and how many records are open up to it. Reads every row of the selection."""
        found = self.rows.filter(state=_OPEN).aggregate(
            highest=Max("pk"), records=Count("record_key", distinct=True)
        )
        return found["highest"] or 0, found["records"]

    def chunk(
        self, *, last: int, until: int, started_at: int, writes: Collection[int]
    ) -> Chunk | None:
        """The next records behind the row `last`; None when there are none up to the row `until`.

        Left out: rows that failed again in one of the recordings `writes` (those of this chunk, before it was
        broken off), and rows of records that an earlier chunk has tried, told by a failure that is newer than
        the import (its write number is above `started_at`) and by a row of theirs further up.
        Three queries, two more for each 900 records.
        """
        earlier = self.rows.filter(record_key=OuterRef("record_key"), pk__lte=last).order_by()
        rows = list(
            self.rows.filter(state=_OPEN, pk__gt=last, pk__lte=until)
            .exclude(write_no__in=list(writes))
            .exclude(Q(write_no__gt=started_at) & Exists(earlier))
            .order_by("pk")[:CHUNK]
        )
        if not rows:
            return None
        found = Chunk(last=rows[-1].pk)
        found.records = self._records(rows)
        return found

    def still_open(self, *, keys: list[str]) -> set[str]:
        """Those of the records that have an open row of the selection. One query for each 900."""
        return {
            key
            for part in chunks(keys)
            for key in self.rows.filter(record_key__in=part, state=_OPEN).values_list(
                "record_key", flat=True
            )
        }

    def _records(self, rows: list[AffectedRecord]) -> list[Affected]:
        by_key = {row.record_key: row for row in rows}
        unknown = [row.hubspot_id for row in rows if not row.salesforce_id]
        known = salesforce_ids(mapping=self.mapping, hubspot_ids=unknown)
        outward = {
            key
            for part in chunks(list(by_key))
            for key in AffectedRecord.objects.filter(
                connection_id=self.mapping.connection_id,
                record_key__in=part,
                state=_OPEN,
                direction=Direction.TO_SALESFORCE,
            ).values_list("record_key", flat=True)
        }
        return [
            Affected(
                key=key,
                record=RecordRef(
                    hubspot_object=row.hubspot_object,
                    salesforce_object=row.salesforce_object,
                    hubspot_id=row.hubspot_id,
                    salesforce_id=row.salesforce_id or known.get(row.hubspot_id, ""),
                    label=row.label,
                ),
                to_salesforce=key in outward,
            )
            for key, row in by_key.items()
        ]


def selection_of(
    request: dict[str, Any], *, mapping: ObjectMapping, asked_at: datetime
) -> Selection:
    """The selection that a request stored at `asked_at` names. Raises CannotGoOn when its error or view is gone.

    Records of ignored errors belong to it only where the error or a view is named: who set them aside did not
    ask for them.
    """
    rows = AffectedRecord.objects.filter(
        connection_id=mapping.connection_id,
        hubspot_object=mapping.hubspot_object,
        salesforce_object=mapping.salesforce_object,
    )
    if request["view"]:
        view = SavedView.objects.filter(
            connection_id=mapping.connection_id, public_id=request["view"]
        ).first()
        if view is None:
            raise CannotGoOn(_("The saved view is not there any more."))
        members = SavedViewRecord.objects.filter(view=view)
        return Selection(mapping, rows.filter(pk__in=members.values("record_id")))
    if request["error"]:
        return Selection(mapping, rows.filter(error_id=request["error"]))
    if "filters" in request:
        errors = filtered_errors(
            connection_id=mapping.connection_id,
            filters=ErrorFilters.from_query(request["filters"]),
            now=asked_at,
        )
        return Selection(mapping, rows.filter(error_id__in=errors.order_by().values("pk")))
    rows = rows.exclude(error__status=SyncError.Status.IGNORED)
    if request["type"]:
        rows = rows.filter(type=request["type"])
    return Selection(mapping, rows)

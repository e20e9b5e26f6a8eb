"""What a selection of errors holds, read from the tables in a bounded number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from errors.jobs.estimates import Estimate, Load, estimate
from errors.models import AffectedRecord, SyncError
from errors.types import ErrorType

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Selection:
    """`errors` and `records` are exact up to MOST; `more` says that there are more errors than that.

    A record counts once for each error that it is in.
    """

    errors: int
    records: int
    more: bool
    estimate: Estimate


def selection_of(errors: QuerySet[SyncError, SyncError]) -> Selection:
    """Numbers and estimate of the errors in `errors` (in no order, not cut). Two queries.

    Each looks at MOST + 1 rows at most, in the order of their ids, of which the answer is a handful. Measured on SQLite
    with 100,000 errors of one record: 0.2 s and 0.5 s; a selection of 1,000 takes 5 ms. Beyond MOST errors, or MOST
    affected records, the calls are carried on from the part that was seen.
    """
    seen = errors.order_by("pk").values("pk")[: MOST + 1]
    row = SyncError.objects.filter(pk__in=seen).aggregate(
        errors=Count("pk"),
        records=Sum("open_records"),
        rereading=Count("pk", filter=_rereads()),
        duplicates=Sum("open_records", filter=Q(type=ErrorType.DUPLICATES)),
        waiting=Sum("open_records", filter=Q(type=ErrorType.ASSOCIATIONS)),
    )
    numbers = {name: int(value or 0) for name, value in row.items()}
    more = numbers["errors"] > MOST
    if more:
        numbers["errors"] = MOST
    loads = _loads(seen, records=numbers["records"])
    return Selection(
        errors=numbers["errors"],
        records=numbers["records"],
        more=more,
        estimate=estimate(
            loads=loads,
            errors=numbers["errors"],
            rereading=numbers["rereading"],
            duplicates=numbers["duplicates"],
            waiting=numbers["waiting"],
        ),
    )


def calls_of(error_ids: Sequence[int]) -> int:
    """About how many Salesforce calls one batch of these errors takes. Two queries."""
    return selection_of(SyncError.objects.filter(pk__in=error_ids)).estimate.calls


def _rereads() -> Q:
    return Q(type=ErrorType.PROPERTY_MAPPINGS) | Q(details__found_without_call=True)


def _loads(error_ids: QuerySet[SyncError, Any], *, records: int) -> list[Load]:
    rows = AffectedRecord.objects.filter(error_id__in=error_ids, state=AffectedRecord.State.OPEN)
    part = rows.order_by("error_id", "id").values("pk")[: MOST + 1]
    counted = (
        AffectedRecord.objects.filter(pk__in=part)
        .values("hubspot_object", "direction")
        .annotate(
            records=Count("pk"),
            unlinked=Count("pk", filter=Q(salesforce_id="")),
            errors=Count("error_id", distinct=True),
        )
        .order_by("hubspot_object", "direction")
    )
    loads = [Load(**row) for row in counted]
    seen = sum(load.records for load in loads)
    if seen <= MOST or seen >= records:
        return loads
    return [
        Load(
            hubspot_object=load.hubspot_object,
            direction=load.direction,
            records=-(-load.records * records // seen),
            unlinked=-(-load.unlinked * records // seen),
            errors=-(-load.errors * records // seen),
        )
        for load in loads
    ]

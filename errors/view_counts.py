"""How many records of each saved view still fail: kept in the transaction that resolves or reopens them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Greatest, Least

from errors.models import AffectedRecord, SavedView, SavedViewRecord

_OPEN = AffectedRecord.State.OPEN
# SQLite takes 999 variables in one query; an update of views needs three a view.
_IDS_A_QUERY = 900
_VIEWS_A_QUERY = 250


def records_changed(*, record_ids: Sequence[int]) -> None:
    """Tells the views that these affected records have been resolved or reopened just now.

    Call it behind the stream row, once the new states are stored, with each record that changed its state and
    no other. No query for none; else one lookup (of indexed ids, grouped by view) for each 900 records, and
    one update when a view holds any of them.
    """
    changes: Counter[int] = Counter()
    for start in range(0, len(record_ids), _IDS_A_QUERY):
        by_view = (
            SavedViewRecord.objects.filter(record_id__in=record_ids[start : start + _IDS_A_QUERY])
            .order_by()
            .values_list("view_id")
            .annotate(change=Sum(Case(When(record__state=_OPEN, then=1), default=-1)))
        )
        changes.update(dict(by_view))
    wanted = sorted((view_id, change) for view_id, change in changes.items() if change)
    for start in range(0, len(wanted), _VIEWS_A_QUERY):
        part = wanted[start : start + _VIEWS_A_QUERY]
        its_change = Case(
            *(When(pk=view_id, then=Value(change)) for view_id, change in part),
            output_field=IntegerField(),
        )
        # Held within 0 and the total: a number that was wrong before must not stop the recording.
        SavedView.objects.filter(pk__in=[view_id for view_id, _ in part]).update(
            open_records=Least(Greatest(F("open_records") + its_change, 0), F("total"))
        )


@dataclass(frozen=True, slots=True)
class WrongView:
    """A view whose stored numbers are not what counting gives: (stored, counted)."""

    pk: int
    total: tuple[int, int]
    open_records: tuple[int, int]


def wrong_views(*, connection_id: int) -> list[WrongView]:
    """Counts the members of each view of a connection. One query that reads them all."""
    counted = SavedView.objects.filter(connection_id=connection_id).annotate(
        counted=Count("members"),
        counted_open=Count("members", filter=Q(members__record__state=_OPEN)),
    )
    return [
        WrongView(pk, (total, members), (open_records, open_members))
        for pk, total, members, open_records, open_members in counted.order_by("pk").values_list(
            "pk", "total", "counted", "open_records", "counted_open"
        )
        if (total, open_records) != (members, open_members)
    ]


def repair_views(*, connection_id: int) -> None:
    """Stores the counted numbers. Call it behind the stream row."""
    for wrong in wrong_views(connection_id=connection_id):
        SavedView.objects.filter(pk=wrong.pk).update(
            total=wrong.total[1], open_records=wrong.open_records[1]
        )

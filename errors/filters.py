"""What a list, an export or a job over errors is narrowed to, and the one place that makes a queryset of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy

from common import clock
from errors.models import AffectedRecord, SyncError

NOBODY = "nobody"
ME = "me"  # in an address only: whoever reads it; a filter holds the id
ALL = "all"

# (slug, label, opened before/after so many days ago). What is older than that was opened before.
_AGES: dict[str, tuple[Any, bool, timedelta]] = {
    "24h": (gettext_lazy("Within 24 hours"), True, timedelta(hours=24)),
    "7d": (gettext_lazy("Within 7 days"), True, timedelta(days=7)),
    "over-7d": (gettext_lazy("More than 7 days ago"), False, timedelta(days=7)),
    "over-30d": (gettext_lazy("More than 30 days ago"), False, timedelta(days=30)),
}
AGES: dict[str, Any] = {slug: label for slug, (label, _newer, _span) in _AGES.items()}


@dataclass(frozen=True, slots=True)
class ErrorFilters:
    """What errors are narrowed to; empty values narrow nothing.

    `object` is the name of either side's object ("contacts" or "Contact"). `age` is one of AGES and speaks of
    the opening. `assigned` is NOBODY or the id of a user, as text. `ids` are chosen errors.
    """

    type: str | None = None
    code: str | None = None
    search: str | None = None
    status: str | None = SyncError.Status.OPEN
    object: str | None = None
    direction: str | None = None
    age: str | None = None
    assigned: str | None = None
    ids: tuple[int, ...] = ()

    def to_query(self) -> dict[str, str]:
        """What narrows, as plain texts that JSON and a query string can hold; any status is "all"."""
        query = {
            name.name: str(getattr(self, name.name))
            for name in fields(self)
            if name.name not in ("status", "ids") and getattr(self, name.name)
        }
        if self.status != SyncError.Status.OPEN:
            query["status"] = str(self.status or ALL)
        if self.ids:
            query["ids"] = ",".join(map(str, self.ids))
        return query

    @property
    def only_type(self) -> str | None:
        """The type, where it is all that narrows open errors: then the card's kept numbers are the filter's."""
        return self.type if self == ErrorFilters(type=self.type) else None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> ErrorFilters:
        """What `to_query` gave. It trusts its input: what people send goes through `errors.filter_input`."""
        status = query.get("status", SyncError.Status.OPEN)
        return cls(
            type=query.get("type"),
            code=query.get("code"),
            search=query.get("search"),
            status=None if status == ALL else status,
            object=query.get("object"),
            direction=query.get("direction"),
            age=query.get("age"),
            assigned=query.get("assigned"),
            ids=tuple(int(number) for number in query.get("ids", "").split(",") if number),
        )


def filtered_errors(
    *, connection_id: int, filters: ErrorFilters, now: datetime | None = None
) -> QuerySet[SyncError, SyncError]:
    """The errors of a connection that `filters` let through, in no order yet.

    `now` is what `age` is measured from. The moment of the call unless told; a job that goes on for hours
    tells the moment at which it was asked for.
    """
    errors = SyncError.objects.filter(connection_id=connection_id)
    if filters.status:
        errors = errors.filter(status=filters.status)
    if filters.type:
        errors = errors.filter(type=filters.type)
    if filters.code:
        errors = errors.filter(code=filters.code)
    if filters.object:
        errors = errors.filter(
            Q(hubspot_object=filters.object) | Q(salesforce_object=filters.object)
        )
    if filters.direction:
        errors = errors.filter(direction=filters.direction)
    if filters.age:
        errors = errors.filter(_opened(filters.age, now or clock.now()))
    if filters.assigned == NOBODY:
        errors = errors.filter(assigned_to=None)
    elif filters.assigned:
        errors = errors.filter(assigned_to_id=int(filters.assigned))
    if filters.ids:
        errors = errors.filter(pk__in=filters.ids)
    if filters.search and filters.search.strip():
        only_open = filters.status == SyncError.Status.OPEN
        errors = errors.filter(_matches(filters.search.strip(), only_open=only_open))
    return errors


def record_matches(term: str) -> Q:
    """Affected records that `term` finds: in the name, the mail address, an id or the message."""
    return (
        Q(label__icontains=term)
        | Q(email__icontains=term)
        | Q(hubspot_id=term)
        | Q(salesforce_id__istartswith=term)
        | Q(message__icontains=term)
    )


def _opened(age: str, now: datetime) -> Q:
    _label, newer, span = _AGES[age]
    return Q(opened_at__gte=now - span) if newer else Q(opened_at__lt=now - span)


def _matches(term: str, *, only_open: bool) -> Q:
    records = AffectedRecord.objects.filter(record_matches(term), error_id=OuterRef("pk"))
    if only_open:
        records = records.filter(state=AffectedRecord.State.OPEN)
    texts = Q(code__icontains=term)
    for key in ("message", "value", "hubspot_property", "salesforce_field"):
        texts |= Q(**{f"details__{key}__icontains": term})
    if term.isdecimal() and len(term) < 19:
        texts |= Q(pk=int(term))
    return texts | Q(Exists(records))

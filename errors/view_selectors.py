"""Reads of saved views and of the records that may become one. No count and no offset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common.pages import Key, Page, keyset_chunks, keyset_page
from errors.filters import ErrorFilters, filtered_errors, record_matches
from errors.models import AffectedRecord, SavedView, SavedViewRecord, SyncError

# What is asked for of a view's records: those that still fail, those that do not, all.
STATES = ("open", "resolved", "all")
BESIDE_THE_PANELS = 10

_NEWEST_FIRST = (Key("id", int, descending=True),)
_BY_RECORD = (Key("record_id", int),)


def latest_views(*, connection_id: int) -> list[SavedView]:
    """The ten newest views, and one more when there are more. One query."""
    views = SavedView.objects.filter(connection_id=connection_id).order_by("-id")
    return list(views.defer("hubspot_lists")[: BESIDE_THE_PANELS + 1])


def views_page(
    *, connection_id: int, cursor: str | None = None, limit: int = 50
) -> Page[SavedView]:
    """Views, newest first, with who made them and of which error. One query. Raises BadCursor."""
    return keyset_page(
        SavedView.objects.filter(connection_id=connection_id).select_related("created_by", "error"),
        keys=_NEWEST_FIRST,
        listing="views",
        cursor=cursor,
        limit=limit,
    )


def get_view(*, connection_id: int, public_id: UUID | str) -> SavedView:
    """One view with its error and who made it; raises SavedView.DoesNotExist (also for no UUID). One query."""
    try:
        handle = UUID(str(public_id))
    except ValueError:
        raise SavedView.DoesNotExist from None
    return SavedView.objects.select_related("created_by", "error").get(
        connection_id=connection_id, public_id=handle
    )


def view_records_page(
    *,
    view_id: int,
    state: str = "open",
    search: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[SavedViewRecord]:
    """The members of a view with their records, in the order of their ids. One query. Raises BadCursor.

    It reads members until the page is full: a filter that lets few through walks over the others.
    """
    return keyset_page(
        _members(state=state, search=search),
        keys=_BY_RECORD,
        listing=f"view-records-{state}",
        cursor=cursor,
        limit=limit,
        within=("view_id", view_id),
    )


def view_records(
    *, view_id: int, state: str = "all", search: str | None = None
) -> Iterator[AffectedRecord]:
    """All members' records, read in keyset chunks, so that memory stays flat."""
    members = _members(state=state, search=search)
    for member in keyset_chunks(members, key="record_id", within=("view_id", view_id)):
        yield member.record


def open_errors_of_view(*, view: SavedView, most: int) -> list[int]:
    """The ids of the open errors that stop records of the view now; one more than `most` when there are more. One
    query: along the members, none of them for a view of one error."""
    errors = SyncError.objects.filter(
        connection_id=view.connection_id, status=SyncError.Status.OPEN
    )
    if view.error_id:
        errors = errors.filter(pk=view.error_id, open_records__gt=0)
    else:
        members = SavedViewRecord.objects.filter(
            view_id=view.pk, record__state=AffectedRecord.State.OPEN
        )
        errors = errors.filter(pk__in=members.values("record__error_id"))
    return list(errors.order_by("pk").values_list("pk", flat=True)[: most + 1])


def open_records_of_errors(
    *, connection_id: int, filters: ErrorFilters
) -> QuerySet[AffectedRecord, AffectedRecord]:
    """All records that the errors of a filter stop now; in no order yet."""
    errors = filtered_errors(connection_id=connection_id, filters=filters).order_by().values("pk")
    return AffectedRecord.objects.filter(
        connection_id=connection_id, error_id__in=errors, state=AffectedRecord.State.OPEN
    )


def _members(*, state: str, search: str | None) -> QuerySet[SavedViewRecord, SavedViewRecord]:
    """Members of whatever view."""
    members = SavedViewRecord.objects.select_related("record")
    if state != "all":
        members = members.filter(record__state=state)
    if search and search.strip():
        members = members.filter(_through_the_member(record_matches(search.strip())))
    return members


def _through_the_member(condition: Q) -> Q:
    """A condition on affected records as one on members: a join, where a subquery would read every record."""
    children: list[Any] = []
    for child in condition.children:
        if isinstance(child, Q):
            children.append(_through_the_member(child))
        elif isinstance(child, tuple):
            children.append((f"record__{child[0]}", child[1]))
        else:
            raise TypeError(f"Not a condition on columns: {child!r}")
    return Q(*children, _connector=condition.connector, _negated=condition.negated)

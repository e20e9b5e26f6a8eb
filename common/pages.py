"""Keyset pages: a page costs the same at any depth, and no row is skipped or shown twice between two pages.

An OFFSET of 200,000 reads 200,000 rows (200 ms measured on PostgreSQL); the keyset page there takes 0.3 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db import connections
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

M = TypeVar("M", bound=Model)
T = TypeVar("T")

MAX_LIMIT = 200


class BadCursor(ValueError):
    """Not a cursor of this listing."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a listing. A cursor is None where there is nothing more."""

    items: list[T]
    next_cursor: str | None = None
    previous_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One field of the order, `kind` being what its values are: datetime, int or str."""

    field: str
    kind: type
    descending: bool = False


def keyset_page(
    queryset: QuerySet[M, M],
    *,
    keys: Sequence[Key],
    listing: str,
    cursor: str | None = None,
    limit: int = 50,
    within: tuple[str, int] | None = None,
) -> Page[M]:
    """One page of `queryset`, in the order of `keys`, of which the last must be unique.

    All keys run in one direction, or no index could serve the order. `listing` names the listing, so that a
    cursor of another one is refused. `limit` is held between 1 and 200. `within` is as in `behind`; `start` is below every key.
    One query. Raises BadCursor.
    """
    if len({key.descending for key in keys}) != 1:
        raise ValueError("The keys of a listing run in one direction.")
    limit = max(1, min(limit, MAX_LIMIT))
    backwards, position = _read_cursor(cursor, keys=keys, listing=listing)
    # Reading backwards turns the order round, and the rows again when they are there.
    descending = keys[0].descending != backwards
    found = list(
        _behind(queryset, keys, position, within=within, descending=descending)[: limit + 1]
    )
    more = len(found) > limit
    items = found[:limit]
    if backwards:
        items.reverse()
    has_next = bool(items) and (more or backwards)
    has_previous = bool(items) and (more if backwards else position is not None)
    return Page(
        items=items,
        next_cursor=_cursor_at(items[-1], keys, listing, backwards=False) if has_next else None,
        previous_cursor=_cursor_at(items[0], keys, listing, backwards=True)
        if has_previous
        else None,
    )


def behind(
    queryset: QuerySet[M, M],
    *,
    key: str,
    last: int | str,
    within: tuple[str, int] | None = None,
) -> QuerySet[M, M]:
    """The rows of `queryset` behind the one whose `key` is `last`, in the order of `key`, which is unique.

    `within` narrows them to a field with a value, where an index over both serves the order; `queryset` must not say
    so itself. Told of an equality, PostgreSQL takes the rows to be spread evenly and walks the primary key until
    enough have come by: past all rows that are older than a large error, 660 ms of 720,000 rows. It is told of a
    range instead, which only that index can serve in order: 0.1 ms.
    """
    return _behind(queryset, [Key(key, int)], [last], within=within, descending=False)


def keyset_chunks(
    queryset: QuerySet[M, M],
    *,
    key: str,
    size: int = 2000,
    within: tuple[str, int] | None = None,
    start: int | str = 0,
) -> Iterator[M]:
    """Every row of `queryset` in the order of `key`, which is unique, by a query for each `size` rows.

    A chunk is let go before the next one is read, so memory does not grow with the rows, nor is a transaction
    or a cursor held while whoever reads is slow. `within` is as in `behind`; `start` is below every key.
    """
    last = start
    while True:
        chunk = list(behind(queryset, key=key, last=last, within=within)[:size])
        full = len(chunk) == size
        chunk.reverse()
        while chunk:
            row = chunk.pop()
            last = getattr(row, key)
            yield row
        if not full:
            return


def _behind(
    queryset: QuerySet[M, M],
    keys: Sequence[Key],
    position: Sequence[Any] | None,
    *,
    within: tuple[str, int] | None,
    descending: bool,
) -> QuerySet[M, M]:
    fields = [key.field for key in keys]
    if within is not None and connections[queryset.db].features.supports_tuple_lookups:
        field, value = within
        queryset = queryset.filter(**{f"{field}__gte": value, f"{field}__lte": value})
        fields = [field, *fields]
        if position is not None:
            beyond = TupleLessThan if descending else TupleGreaterThan
            queryset = queryset.filter(beyond(Tuple(*map(F, fields)), (value, *position)))
    else:
        if within is not None:
            queryset = queryset.filter(**dict([within]))
        if position is not None:
            queryset = queryset.filter(_beyond(keys, position, descending=descending))
    return queryset.order_by(*(f"-{field}" if descending else field for field in fields))


def _beyond(keys: Sequence[Key], position: Sequence[Any], *, descending: bool) -> Q:
    """Rows behind `position`. The bound on the first key alone is what the index scan starts from."""
    strict, loose = ("lt", "lte") if descending else ("gt", "gte")
    condition = Q(**{f"{keys[-1].field}__{strict}": position[-1]})
    for key, value in reversed(list(zip(keys[:-1], position[:-1], strict=True))):
        condition = Q(**{f"{key.field}__{loose}": value}) & (
            Q(**{f"{key.field}__{strict}": value}) | condition
        )
    return condition


def _signer(listing: str) -> signing.Signer:
    return signing.Signer(salt=f"page.{listing}")


def _cursor_at(row: Model, keys: Sequence[Key], listing: str, *, backwards: bool) -> str:
    values = [getattr(row, key.field) for key in keys]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return _signer(listing).sign_object(["<" if backwards else ">", *plain])


def _read_cursor(
    cursor: str | None, *, keys: Sequence[Key], listing: str
) -> tuple[bool, list[Any] | None]:
    if not cursor:
        return False, None
    try:
        mark, *plain = _signer(listing).unsign_object(cursor)
        if mark not in ("<", ">") or len(plain) != len(keys):
            raise BadCursor("This is not a cursor of this listing.")
        return mark == "<", [
            datetime.fromisoformat(value) if key.kind is datetime else key.kind(value)
            for key, value in zip(keys, plain, strict=True)
        ]
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor("This is not a cursor of this listing.") from error

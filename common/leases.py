"""Leases on rows: who holds one may work on the row; who dies with one loses it when its time is over.

A lease is two columns of the row, an end and a token, claimed by a conditional UPDATE, which both SQLite and
PostgreSQL do atomically. `rows` is a queryset that names the row (or rows) wanted; each function answers how
it went by what the UPDATE changed, so no transaction is needed around it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from common import clock


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` is the proof of holding it; results count only from who still holds it at `until`."""

    token: str
    until: datetime


def free(field: str) -> Q:
    """Rows that nobody holds: `field` is empty or in the past."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": clock.now()})


def take(
    rows: QuerySet[Any],
    *,
    seconds: float,
    until_field: str = "lease_until",
    token_field: str = "",
    **also: Any,
) -> Lease | None:
    """Claim `rows` for `seconds`; None when somebody else holds them (or there are none).

    `token_field` names the column for the token, where there is one; `also` are further columns to set.
    """
    lease = Lease(token=str(uuid.uuid4()), until=clock.now() + timedelta(seconds=seconds))
    changes: dict[str, Any] = {until_field: lease.until, **also}
    if token_field:
        changes[token_field] = lease.token
    return lease if rows.filter(free(until_field)).update(**changes) else None


def extend(
    rows: QuerySet[Any],
    lease: Lease,
    *,
    seconds: float,
    until_field: str = "lease_until",
    token_field: str = "lease_token",  # noqa: S107
) -> Lease | None:
    """Hold `lease` for `seconds` from now; None when it was lost to somebody else meanwhile."""
    until = clock.now() + timedelta(seconds=seconds)
    held = rows.filter(**{token_field: lease.token}).update(**{until_field: until})
    return Lease(token=lease.token, until=until) if held else None


def release(
    rows: QuerySet[Any],
    lease: Lease,
    *,
    until_field: str = "lease_until",
    token_field: str = "lease_token",  # noqa: S107
    **also: Any,
) -> bool:
    """Give `lease` back, setting `also`; False when it was not held any more: then nothing changed."""
    changes: dict[str, Any] = {until_field: None, token_field: "", **also}
    return bool(rows.filter(**{token_field: lease.token}).update(**changes))

"""What the import's form shows: the choices with the counts that are kept, and what the choice will cost."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from common import clock
from errors import presenters, selectors
from errors.filters import ErrorFilters, filtered_errors
from errors.jobs.estimates import Load, estimate
from errors.jobs.filter_words import filters_in, records_of_filter
from errors.jobs.loads import records_of
from errors.models import SavedView, SyncError
from errors.types import ErrorType
from integrations import metering, usage
from integrations.models import CallPurpose, Connection, ObjectMapping
from integrations.outcomes import Direction

FIELDS = ("object", "scope", "since", "type", "error", "view", "filter")
_LONGEST = {"filter": 2000}


class Unknown(Exception):
    """The address names an error, a type or a view that is not there."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`records` and `calls` are None where nobody can know without asking Salesforce; `at_most`: a record that
    fails for several reasons is counted for each."""

    records: int | None
    calls: int | None
    at_most: bool
    left: int  # of the allotment, for work on many records
    remaining: int  # of the whole allotment

    @property
    def too_many(self) -> bool:
        return self.calls is not None and self.calls > self.left


def typed_in(values: Mapping[str, str]) -> dict[str, str]:
    """The form's fields as they were sent."""
    return {
        name: values.get(name, "").replace("\x00", "")[: _LONGEST.get(name, 200)] for name in FIELDS
    }


def asked_for(typed: Mapping[str, str]) -> dict[str, str]:
    """`typed` without the fields that its choice of records has no use for and that the form hides then."""
    used = dict(typed)
    if typed["scope"] != "changed":
        used["since"] = ""
    if typed["scope"] != "affected":
        used |= {"type": "", "error": "", "view": "", "filter": ""}
    return used


def filters_of(
    typed: Mapping[str, str], *, connection: Connection, user: User
) -> ErrorFilters | None:
    """The filter that the form keeps. Raises JobRefused for one that makes no sense."""
    if not typed["filter"]:
        return None
    return filters_in(typed["filter"], connection=connection, user=user)


def prefilled(
    *, connection: Connection, query: Mapping[str, str], filters: ErrorFilters | None
) -> dict[str, str]:
    """The fields as the address has them. Raises Unknown for an error, a type or a view that is not there."""
    typed = typed_in(query)
    typed["scope"] = typed["scope"] or "affected"
    if typed["type"] and typed["type"] not in ErrorType.values:
        raise Unknown
    if typed["error"]:
        error = _error(connection, typed["error"])
        if error is None:
            raise Unknown
        typed["object"] = typed["object"] or _object_of(connection, error)
    elif not typed["object"] and (typed["type"] or filters):
        widest = _widest(connection, filters or ErrorFilters(type=typed["type"]))
        typed["object"] = _object_of(connection, widest)
    if typed["view"] and _view(connection, typed["view"]) is None:
        raise Unknown
    return typed


def form(
    *, connection: Connection, typed: Mapping[str, str], filters: ErrorFilters | None
) -> dict[str, Any]:
    """The context of the form beside what was typed. At most six queries."""
    error = _error(connection, typed["error"])
    view = _view(connection, typed["view"])
    cards = selectors.error_type_cards(connection_id=connection.pk)
    return {
        "mappings": list(connection.object_mappings.filter(enabled=True)),
        "cards": cards,
        "error": error,
        "error_title": presenters.summary(error) if error else "",
        "view": view,
        "filter_text": records_of_filter(filters) if filters else "",
        "latest": timezone.localtime(clock.now()).strftime("%Y-%m-%dT%H:%M"),
        "time_zone": timezone.get_current_timezone_name(),
        "preview": _preview(
            connection,
            typed,
            _known(connection, typed, cards, error, view, filters),
            at_most=_sums(typed),
        ),
    }


def _known(
    connection: Connection,
    typed: Mapping[str, str],
    cards: list[selectors.Card],
    error: SyncError | None,
    view: SavedView | None,
    filters: ErrorFilters | None,
) -> int | None:
    if typed["scope"] != "affected":
        return None
    if error is not None:
        return error.open_records
    if view is not None:
        return view.open_records
    if filters is not None:
        return records_of(filtered_errors(connection_id=connection.pk, filters=filters))
    return sum(card.records for card in cards if typed["type"] in ("", card.type))


def _sums(typed: Mapping[str, str]) -> bool:
    """The kept counts are of all objects and, where no type is chosen, of each type for itself."""
    return not typed["error"]


def _preview(
    connection: Connection, typed: Mapping[str, str], records: int | None, *, at_most: bool
) -> Preview:
    use = usage.api_usage(connection_id=connection.pk)
    wall = metering.wall_of(use.allotted_to_hubspot, CallPurpose.BULK)
    return Preview(
        records=records,
        calls=None if records is None else _calls_for(records),
        at_most=at_most,
        left=max(0, wall - use.used_24h),
        remaining=use.remaining,
    )


def _error(connection: Connection, asked: str) -> SyncError | None:
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    return SyncError.objects.filter(connection=connection, pk=int(asked)).first()


def _widest(connection: Connection, filters: ErrorFilters) -> SyncError | None:
    """The error with the most records: its object is the one that an import is mostly meant for."""
    errors = filtered_errors(connection_id=connection.pk, filters=filters)
    return errors.order_by("-open_records", "-id").first()


def _object_of(connection: Connection, error: SyncError | None) -> str:
    if error is None:
        return ""
    mapping = ObjectMapping.objects.filter(
        connection=connection,
        hubspot_object=error.hubspot_object,
        salesforce_object=error.salesforce_object,
    ).first()
    return str(mapping.pk) if mapping else ""


def _view(connection: Connection, asked: str) -> SavedView | None:
    try:
        handle = uuid.UUID(asked)
    except ValueError:
        return None
    return SavedView.objects.filter(connection=connection, public_id=handle).first()


def _calls_for(records: int) -> int:
    """Each import reads the fields anew, and then its records."""
    load = Load(hubspot_object="", direction=Direction.TO_HUBSPOT, records=records)
    return estimate(loads=[load], rereading=1).calls

"""What happened in a window of events: facts only, frozen into the digest at the cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from errors import selectors
from errors.models import ErrorEvent, SyncError
from notifications.models import Digest, Frequency, Subscription

NEW = (ErrorEvent.Kind.OPENED, ErrorEvent.Kind.REOPENED)
TOLD = (*NEW, ErrorEvent.Kind.RESOLVED)
TOP = 5
# What the summary sentence of an error is made of; anything longer is cut there anyway.
_DETAIL_KEYS = (
    "message",
    "system",
    "api_code",
    "hubspot_property",
    "salesforce_field",
    "value",
    "rule",
    "blocking_record",
    "duplicate",
)
_DETAIL_LIMIT = 300


def events_of(
    *, connection_id: int, from_seq: int, to_seq: int, types: Sequence[str]
) -> QuerySet[ErrorEvent, ErrorEvent]:
    """The events from_seq < seq <= to_seq of some types."""
    return ErrorEvent.objects.filter(
        connection_id=connection_id, seq__gt=from_seq, seq__lte=to_seq, type__in=types
    )


def first_new_at(
    *, connection_id: int, from_seq: int, to_seq: int, types: Sequence[str]
) -> datetime | None:
    """When the first error of the window opened or came back; None when none did."""
    found: datetime | None = (
        events_of(connection_id=connection_id, from_seq=from_seq, to_seq=to_seq, types=types)
        .filter(kind__in=NEW)
        .aggregate(first=Min("at"))["first"]
    )
    return found


def facts_of_window(*, subscription: Subscription, from_seq: int, to_seq: int) -> dict[str, Any]:
    """The snapshot of a digest: counts by type, the most widespread errors, the window's times.

    Six queries at most. `new`, `came_back` and `resolved` count errors, each once a kind.
    """
    types = list(subscription.types)
    connection_id = subscription.connection_id
    events = events_of(
        connection_id=connection_id, from_seq=from_seq, to_seq=to_seq, types=types
    ).filter(kind__in=TOLD)
    happened: dict[str, dict[str, int]] = {}
    for slug, kind, errors in events.values_list("type", "kind").annotate(
        errors=Count("error_id", distinct=True)
    ):
        happened.setdefault(slug, {})[kind] = errors
    before = _open_at_last_digest(subscription)
    rows = []
    for card in selectors.error_type_cards(connection_id=connection_id):
        if card.type not in types:
            continue
        counts = happened.get(card.type, {})
        rows.append(
            {
                "type": card.type.value,
                "new": counts.get(ErrorEvent.Kind.OPENED, 0),
                "came_back": counts.get(ErrorEvent.Kind.REOPENED, 0),
                "resolved": counts.get(ErrorEvent.Kind.RESOLVED, 0),
                "open": card.errors,
                "records": card.records,
                "open_before": before.get(card.type) if before is not None else None,
            }
        )
    return {
        "frequency": subscription.frequency,
        "types": rows,
        "top": _top(subscription, events),
    }


def has_news(snapshot: dict[str, Any], *, frequency: str) -> bool:
    """Whether a window is worth a message: instantly only for what is new or came back."""
    keys = ["new", "came_back"]
    if frequency != Frequency.INSTANT:
        keys.append("resolved")
    return any(row[key] for row in snapshot["types"] for key in keys)


def new_errors(snapshot: dict[str, Any]) -> int:
    """How many errors of the window opened or came back."""
    return sum(row["new"] + row["came_back"] for row in snapshot["types"])


def _open_at_last_digest(subscription: Subscription) -> dict[str, int] | None:
    last = (
        Digest.objects.filter(
            subscription=subscription, kind__in=[Digest.Kind.ERRORS, Digest.Kind.QUIET]
        )
        .order_by("-id")
        .values_list("snapshot", flat=True)
        .first()
    )
    return None if last is None else {row["type"]: row["open"] for row in last["types"]}


def _top(
    subscription: Subscription, events: QuerySet[ErrorEvent, ErrorEvent]
) -> list[dict[str, Any]]:
    """The most widespread errors: first those of the window, in a digest then what is open since before."""
    still_open = SyncError.objects.filter(
        connection_id=subscription.connection_id,
        status=SyncError.Status.OPEN,
        type__in=subscription.types,
    ).order_by("-open_records", "-id")
    in_window = events.filter(kind__in=NEW).values("error_id")
    top = [(error, True) for error in still_open.filter(pk__in=in_window)[:TOP]]
    if subscription.frequency != Frequency.INSTANT and len(top) < TOP:
        known = [error.pk for error, _new in top]
        rest = still_open.exclude(pk__in=known)[: TOP - len(top)]
        top += [(error, False) for error in rest]
    return [_facts_of_error(error, is_new=is_new) for error, is_new in top]


def _facts_of_error(error: SyncError, *, is_new: bool) -> dict[str, Any]:
    return {
        "id": error.pk,
        "type": error.type,
        "code": error.code,
        "direction": error.direction,
        "hubspot_object": error.hubspot_object,
        "salesforce_object": error.salesforce_object,
        "records": error.open_records,
        "is_new": is_new,
        "came_back": is_new and error.times_reopened > 0,
        "details": {
            key: _short(error.details[key]) for key in _DETAIL_KEYS if error.details.get(key)
        },
    }


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _short(inner) for key, inner in list(value.items())[:10]}
    if isinstance(value, str):
        return value[:_DETAIL_LIMIT]
    return value if isinstance(value, (int, float, bool)) else str(value)[:_DETAIL_LIMIT]

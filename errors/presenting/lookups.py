"""What an error's own row does not hold: a blocking record's error, the names of duplicates. One query a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Value

from errors.models import AffectedRecord, SyncError
from errors.presenting.reading import details_of, mapping, text
from errors.presenting.records import object_names
from errors.types import ErrorType
from integrations.models import Connection, RecordLink


def blocking_errors(*, connection: Connection, errors: Iterable[SyncError]) -> dict[int, SyncError]:
    """For those association errors whose blocking record has an open error of its own: that error, the newest.

    One query along the index of record keys, none where nothing blocks. At most a page of errors.
    """
    keys: dict[str, list[int]] = {}
    for error in errors:
        if error.type != ErrorType.ASSOCIATIONS:
            continue
        blocking = mapping(details_of(error).get("blocking_record"))
        hubspot_name, salesforce_name = object_names(text(blocking.get("object")))
        for key in (
            f"{hubspot_name}:hs:{blocking['hubspot_id']}" if blocking.get("hubspot_id") else "",
            f"{salesforce_name}:sf:{blocking['salesforce_id']}"
            if blocking.get("salesforce_id")
            else "",
        ):
            if key:
                keys.setdefault(key, []).append(error.pk)
    if not keys:
        return {}
    found: dict[int, SyncError] = {}
    rows = (
        AffectedRecord.objects.filter(
            connection=connection, record_key__in=list(keys), state=AffectedRecord.State.OPEN
        )
        .select_related("error")
        .order_by("id")
    )
    for row in rows[:500]:
        for pk in keys[row.record_key]:
            if row.error_id != pk:
                found[pk] = row.error
    return found


def names_of_duplicates(*, connection: Connection, shown: dict[int, dict[str, Any]]) -> None:
    """Puts the names that the sync knows into the records of duplicates which are named by their ids so far.

    `shown`: `fields()` by error id; its records are changed in place. One query, none where all have names.
    """
    sides = (("hubspot_record", "hubspot_id"), ("salesforce_record", "salesforce_id"))
    wanted: dict[str, set[str]] = {"hubspot_id": set(), "salesforce_id": set()}
    for facts in shown.values():
        for record, id_name in sides:
            one = mapping(facts.get(record))
            if one.get("id") and one.get("label") == one["id"]:
                wanted[id_name].add(one["id"])
    if not any(wanted.values()):
        return
    names: dict[tuple[str, str], str] = {}
    for id_name, record_id, label in _known_names(connection, wanted):
        names[id_name, record_id] = label
    for facts in shown.values():
        for record, id_name in sides:
            one = mapping(facts.get(record))
            if one.get("id") and one.get("label") == one["id"]:
                one["label"] = names.get((id_name, one["id"]), one["label"])


def _known_names(
    connection: Connection, wanted: dict[str, set[str]]
) -> Iterable[tuple[str, str, str]]:
    """A union, so that each half goes along the unique index of its ids."""
    halves = [
        RecordLink.objects.filter(
            object_mapping__in=connection.object_mappings.values("pk"), **{f"{id_name}__in": ids}
        )
        .exclude(label="")
        .annotate(side=Value(id_name))
        .values_list("side", id_name, "label")
        for id_name, ids in wanted.items()
        if ids
    ]
    return halves[0] if len(halves) == 1 else halves[0].union(halves[1], all=True)

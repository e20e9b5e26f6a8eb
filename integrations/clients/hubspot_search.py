"""Reading HubSpot's changed records in order, with one sort and no ceiling.

Search takes one sort rule only and ends at 10,000 results, so pages are cut by key: each begins after the
last record of the one before. Records that share a moment (an import changes thousands in one) are told
apart by their id.
https://developers.hubspot.com/docs/api-reference/search/guide
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

PAGE = 200
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Records ordered by (modified, id). `since` and `after_id` are where the next page begins; `more` says
    whether there is one now."""

    records: list[Record]
    since: datetime
    after_id: str
    more: bool


def milliseconds(moment: datetime) -> int:
    return int((moment - BEGINNING) / timedelta(milliseconds=1))


def modified_of(record: Record, modified_property: str) -> datetime:
    """When a record was last modified, from the property that was searched by, else from `updatedAt`."""
    value = (record.get("properties") or {}).get(modified_property) or record.get("updatedAt")
    if not value:
        raise ValueError(f"record {record.get('id')} came without {modified_property}")
    return datetime.fromisoformat(str(value))


def search_modified(
    search: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    *,
    modified_property: str,
    since: datetime | None,
    after_id: str,
    properties: Sequence[str],
    limit: int = PAGE,
) -> SearchPage:
    """The next page of records modified after `since`, or at `since` with an id above `after_id`.

    `search` makes the call. Usually one call; a second one where more records than a page share one moment.
    """
    since = since or BEGINNING
    wanted = sorted({*properties, modified_property, "hs_object_id"})

    def key(record: Record) -> tuple[datetime, int]:
        return modified_of(record, modified_property), int(record["id"])

    def ask(groups: list[list[dict[str, Any]]], sort_by: str) -> tuple[list[Record], bool]:
        answer = search(
            {
                "filterGroups": [{"filters": filters} for filters in groups],
                "sorts": [{"propertyName": sort_by, "direction": "ASCENDING"}],
                "properties": wanted,
                "limit": limit,
            }
        )
        found = list(answer.get("results") or ())
        return found, len(found) >= limit or bool((answer.get("paging") or {}).get("next"))

    def at(moment: datetime, above: str) -> list[dict[str, Any]]:
        return [
            {
                "propertyName": modified_property,
                "operator": "EQ",
                "value": str(milliseconds(moment)),
            },
            {"propertyName": "hs_object_id", "operator": "GT", "value": above},
        ]

    later = [
        {"propertyName": modified_property, "operator": "GT", "value": str(milliseconds(since))}
    ]
    groups = [later, at(since, after_id)] if after_id else [later]
    records, full = ask(groups, modified_property)
    records.sort(key=key)
    if full and records:
        last = modified_of(records[-1], modified_property)
        whole = [record for record in records if modified_of(record, modified_property) < last]
        if whole:
            # The last moment may go on behind the page: it is left to the next one.
            records = whole
        else:
            above = after_id if after_id and last == since else "0"
            records, _ = ask([at(last, above)], "hs_object_id")
            records.sort(key=key)
    if not records:
        return SearchPage(records=[], since=since, after_id=after_id, more=False)
    return SearchPage(
        records=records,
        since=modified_of(records[-1], modified_property),
        after_id=str(records[-1]["id"]),
        more=full,
    )

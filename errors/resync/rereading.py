"""Which schemas a retry must read anew, or it would repeat what the cached ones say."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from errors.ledger import chunks
from errors.models import SyncError
from errors.recording import RecordingResult
from errors.types import ErrorType
from integrations.models import SystemName
from integrations.outcomes import Direction


def schemas_read_anew(errors: Iterable[SyncError]) -> frozenset[SystemName]:
    """The systems whose schemas a retry of `errors` depends on. A value on its way to HubSpot becomes one of HubSpot's
    options by HubSpot's list alone, so that Salesforce is not asked for its own."""
    systems: set[SystemName] = set()
    for error in errors:
        if error.type == ErrorType.PROPERTY_MAPPINGS or (error.details or {}).get(
            "found_without_call"
        ):
            systems |= set(SystemName)
        elif error.type == ErrorType.PICKLISTS:
            systems |= options_read_anew(error.direction)
    return frozenset(systems)


def options_read_anew(direction: str) -> frozenset[SystemName]:
    """The systems whose options decide what is sent in that direction."""
    if direction == Direction.TO_HUBSPOT:
        return frozenset({SystemName.HUBSPOT})
    return frozenset(SystemName)


def options_refused(result: RecordingResult) -> set[tuple[SystemName, str]]:
    """The schemas, (system, object) each, by which a recording's failures were sent an option that was refused: what
    is cached of them may be older than the CRM's. One query, none where nothing failed."""
    failing = sorted({*result.opened, *result.reopened, *result.still_failing})
    found: set[tuple[SystemName, str]] = set()
    for part in chunks(failing):
        for direction, hubspot_object, sobject in SyncError.objects.filter(
            pk__in=part, type=ErrorType.PICKLISTS
        ).values_list("direction", "hubspot_object", "salesforce_object"):
            found |= {
                (system, sobject if system == SystemName.SALESFORCE else hubspot_object)
                for system in options_read_anew(direction)
            }
    return found


def describing() -> Q:
    """The errors whose retry describes Salesforce's objects, as `schemas_read_anew` says."""
    return (
        Q(type=ErrorType.PROPERTY_MAPPINGS)
        | Q(details__found_without_call=True)
        | Q(type=ErrorType.PICKLISTS, direction=Direction.TO_SALESFORCE)
    )

"""A filter of errors in words, and the filter that an address or a body of the API asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from errors import catalogue
from errors.filters import AGES, ME, NOBODY, ErrorFilters
from errors.jobs.refusals import JobRefused
from errors.models import SyncError
from errors.types import ErrorType
from integrations.outcomes import Direction

NAMES = ("type", "code", "search", "status", "object", "direction", "age", "assigned")
_LONGEST = 200


def filters_from(query: Mapping[str, Any], *, user: User) -> ErrorFilters:
    """The filter that `query` asks for; names that are none of a filter's are left alone. Raises JobRefused
    (invalid_filter, naming the field) for a value that makes no sense."""
    given: dict[str, str] = {}
    for name in NAMES:
        value = query.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, str) or "\x00" in value or len(value) > _LONGEST:
            raise _nonsense(name, str(value))
        given[name] = value.strip()
    for name, allowed in _choices().items():
        if given.get(name) and given[name] not in allowed:
            raise _nonsense(name, given[name])
    assigned = given.get("assigned", "")
    if assigned == ME:
        given["assigned"] = str(user.pk)
    elif assigned and assigned != NOBODY and not (assigned.isascii() and assigned.isdigit()):
        raise _nonsense("assigned", assigned)
    return ErrorFilters.from_query({name: value for name, value in given.items() if value})


def words_of(filters: ErrorFilters) -> list[tuple[str, str]]:
    """(what, which) of each that narrows, in the reader's language. One query where a member is named."""
    words = []
    if filters.type:
        words.append((_("Type"), str(ErrorType(filters.type).label)))
    if filters.code:
        cause = catalogue.get_cause(filters.type or ErrorType.OTHER, filters.code)
        words.append((_("Cause"), str(cause.title)))
    if filters.search:
        words.append((_("Search"), filters.search))
    if filters.object:
        words.append((_("Object"), filters.object))
    if filters.direction:
        words.append((_("Direction"), _direction(filters.direction)))
    if filters.age:
        words.append((_("Opened"), str(AGES.get(filters.age, filters.age))))
    if filters.assigned == NOBODY:
        words.append((_("Assigned to"), _("Nobody")))
    elif filters.assigned:
        person = User.objects.filter(pk=filters.assigned).first()
        words.append((_("Assigned to"), str(person or "–")))
    return words or [(_("Errors"), _("All open errors"))]


def _direction(direction: str) -> str:
    return (
        _("HubSpot to Salesforce")
        if direction == Direction.TO_SALESFORCE
        else _("Salesforce to HubSpot")
    )


def _choices() -> dict[str, list[str]]:
    return {
        "type": list(ErrorType.values),
        "status": [*SyncError.Status.values, "all"],
        "direction": [Direction.TO_SALESFORCE, Direction.TO_HUBSPOT],
        "age": list(AGES),
    }


def _nonsense(name: str, value: str) -> JobRefused:
    return JobRefused(
        "invalid_filter",
        _("“%(value)s” is nothing that errors can be filtered by (%(name)s).")
        % {"value": value[:80], "name": name},
        field=name,
    )

"""A filter of errors in words, and the filter that an address or a body of the API asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from errors import catalogue
from errors.filter_input import Choices, Nonsense, read_filters
from errors.filters import AGES, NOBODY, ErrorFilters
from errors.jobs.refusals import JobRefused
from errors.models import SyncError
from errors.types import ErrorType
from integrations.models import Connection
from integrations.outcomes import Direction

_LONGEST = 2000
NAMES = ("type", "code", "search", "status", "object", "direction", "age", "assigned")


def filters_from(query: Mapping[str, Any], *, connection: Connection, user: User) -> ErrorFilters:
    """The filter that an address or an API's body asks for, read as the list reads it. Names that are none of a
    filter's are left alone. Raises JobRefused (invalid_filter, naming the field) for a value that makes no sense.
    At most two queries."""
    given = {name: query[name] for name in NAMES if query.get(name) is not None}
    for name, value in given.items():
        if not isinstance(value, str):
            raise _refused(name, Nonsense(str(value)))
    reading = read_filters(given, choices=Choices(connection), user=user)
    for name, wrong in reading.nonsense.items():
        raise _refused(name, wrong)
    return reading.filters


def refuse_unknown(names: Iterable[str], *, beside: Collection[str] = ()) -> None:
    """Raises JobRefused (invalid_filter) for names that are none of a filter's, but for those in `beside`: a misspelt
    filter would take in more than was meant."""
    unknown = sorted(set(names) - {*NAMES, *beside})
    if unknown:
        message = _("Unknown filter: %(names)s.") % {"names": ", ".join(unknown)[:200]}
        raise JobRefused("invalid_filter", message, field="filters")


def _refused(name: str, wrong: Nonsense) -> JobRefused:
    return JobRefused("invalid_filter", wrong.for_people(name), field=name)


def filters_in(text: str, *, connection: Connection, user: User) -> ErrorFilters:
    """The filter in a page's address that keeps it as one parameter: a query string of its own, as `query_of` makes
    it. Of open errors. Raises JobRefused as `filters_from` does."""
    given = QueryDict(text[:_LONGEST])
    refuse_unknown(given)
    return open_only(
        filters_from({name: given[name] for name in given}, connection=connection, user=user)
    )


def query_of(filters: ErrorFilters) -> str:
    """The filter as a query string, as in an address of the panel."""
    return urlencode(filters.to_query())


def open_only(filters: ErrorFilters) -> ErrorFilters:
    """The same filter over open errors: work on many is never on ignored or resolved ones. Raises JobRefused when the
    filter asks for the others alone."""
    if filters.status not in (None, "", SyncError.Status.OPEN):
        raise JobRefused(
            "not_open",
            _("This works on open errors only. Take up ignored errors again first."),
            field="status",
        )
    return replace(filters, status=SyncError.Status.OPEN)


def records_of_filter(filters: ErrorFilters, *, people: Mapping[str, User] | None = None) -> str:
    """ "Affected records of errors with: Cause: …; Search: …", in the reader's language."""
    words = "; ".join(f"{what}: {which}" for what, which in words_of(filters, people=people))
    return _("Affected records of the errors that match: %(filter)s") % {"filter": words}


def words_of(
    filters: ErrorFilters, *, people: Mapping[str, User] | None = None
) -> list[tuple[str, str]]:
    """(what, which) of each that narrows, in the reader's language. One query where a member is named, unless
    `people` has been looked up."""
    words = []
    if filters.type:
        words.append((_("Type"), str(ErrorType(filters.type).label)))
    if filters.code:
        words.append((_("Cause"), _cause(filters.type, filters.code)))
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
        if people is None:
            person = User.objects.filter(pk=filters.assigned).first()
        else:
            person = people.get(filters.assigned)
        words.append((_("Assigned to"), str(person or "–")))
    if filters.ids:
        number = len(filters.ids)
        chosen = ngettext("%(number)d chosen error", "%(number)d chosen errors", number)
        words.append((_("Errors"), chosen % {"number": number}))
    return words or [(_("Errors"), _("All open errors"))]


def _cause(error_type: str | None, code: str) -> str:
    """The cause's title; without a type that of the first type that knows such a cause."""
    types = [error_type] if error_type else ErrorType.values
    titles = (one.title for kind in types for one in catalogue.causes_of(kind) if one.slug == code)
    return str(next(titles, code))


def _direction(direction: str) -> str:
    return (
        _("HubSpot to Salesforce")
        if direction == Direction.TO_SALESFORCE
        else _("Salesforce to HubSpot")
    )

"""The filter of the REST calls that list or export errors."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request

from accounts.access import signed_in
from errors.filter_input import DIRECTIONS, SEARCH_LENGTH, Choices, read_filters
from errors.filters import AGES, ALL, ErrorFilters
from errors.models import AffectedRecord, SyncError
from errors.selectors import NEWEST, SORTS
from errors.types import ErrorType
from integrations.models import Connection

RECORD_STATE = OpenApiParameter(
    "state",
    str,
    enum=AffectedRecord.State.values,
    default=AffectedRecord.State.OPEN.value,
    description="Records that the error stops now, or those of it that sync again.",
)
FILTERS = [
    OpenApiParameter("type", str, enum=ErrorType.values),
    OpenApiParameter("code", str, description="The cause, e.g. waiting-for-account."),
    OpenApiParameter(
        "search", str, description="In record names, e-mail addresses, ids and messages."
    ),
    OpenApiParameter("status", str, enum=[*SyncError.Status.values, ALL], default="open"),
    OpenApiParameter(
        "object", str, description="A mapped object, by either system's name: contacts, Contact."
    ),
    OpenApiParameter("direction", str, enum=list(DIRECTIONS)),
    OpenApiParameter("age", str, enum=list(AGES), description="When it was opened."),
    OpenApiParameter("assigned", str, description="me, nobody, or a member by mail address or id."),
]
SORT = OpenApiParameter(
    "sort",
    str,
    enum=list(SORTS),
    default=NEWEST,
    description="A cursor goes on in the order that it was given in.",
)


def error_filters(request: Request, *, connection: Connection) -> ErrorFilters:
    """The filter of a listing or export. Raises a ValidationError that names the wrong parameters.

    At most two queries, for `object` and for a person in `assigned`.
    """
    reading = read_filters(
        request.query_params,
        choices=Choices(connection),
        user=signed_in(request),
        no_status=None,
    )
    if reading.nonsense:
        raise exceptions.ValidationError(
            {name: [wrong.for_programs()] for name, wrong in reading.nonsense.items()}
        )
    return reading.filters


def choice(request: Request, name: str, allowed: Sequence[str], default: str = "") -> str:
    """A parameter that is one of `allowed`, or `default` when it is empty. Raises a ValidationError naming it."""
    value = request.query_params.get(name) or default
    if value and value not in allowed:
        message = _("“%(value)s” is not one of: %(allowed)s.") % {
            "value": value[:80],
            "allowed": ", ".join(allowed),
        }
        raise exceptions.ValidationError({name: [message]})
    return value


def error_sort(request: Request) -> str:
    """The order of a listing. Raises a ValidationError that names `sort`."""
    return choice(request, "sort", list(SORTS), NEWEST)


def search_of(request: Request) -> str:
    """What to search for, in a listing that knows no other filter. Raises a ValidationError naming `search`."""
    search = request.query_params.get("search", "").strip()
    if "\x00" in search or len(search) > SEARCH_LENGTH:
        raise exceptions.ValidationError(
            {"search": [_("Search for at most 200 printable characters.")]}
        )
    return search


def state_of(request: Request, states: Sequence[str], *, default: str) -> str:
    """Which records of a listing to show. Raises a ValidationError naming `state`."""
    state = request.query_params.get("state", default)
    if state not in states:
        message = _("“%(value)s” is not one of: %(allowed)s.") % {
            "value": state[:80],
            "allowed": ", ".join(states),
        }
        raise exceptions.ValidationError({"state": [message]})
    return state


def record_state(request: Request) -> str:
    """Which of an error's records to show; those that still fail, unless `state` says otherwise."""
    return state_of(request, AffectedRecord.State.values, default=AffectedRecord.State.OPEN)

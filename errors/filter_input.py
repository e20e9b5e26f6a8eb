"""What people ask for in an address, read into a filter; and what of it makes no sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.members import Member, members_of
from accounts.models import User
from errors import catalogue
from errors.filters import AGES, ALL, ME, NOBODY, ErrorFilters
from errors.models import SyncError
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
from integrations.object_labels import shown_label
from integrations.outcomes import Direction

SEARCH_LENGTH = 200
# A list of what is allowed helps as long as it can be read at a glance.
_LISTED = 8
_LISTED_FOR_PROGRAMS = 40

NAMES: dict[str, Any] = {
    "type": gettext_lazy("Error type"),
    "search": gettext_lazy("Search"),
    "code": gettext_lazy("Cause"),
    "object": gettext_lazy("Object"),
    "direction": gettext_lazy("Direction"),
    "age": gettext_lazy("Opened"),
    "assigned": gettext_lazy("Assigned to"),
    "status": gettext_lazy("State"),
    "sort": gettext_lazy("Order"),
    "size": gettext_lazy("Errors on a page"),
}
DIRECTIONS = {
    Direction.TO_SALESFORCE.value: "HubSpot → Salesforce",
    Direction.TO_HUBSPOT.value: "Salesforce → HubSpot",
}

Option = tuple[str, str]  # the value in the address, the label for people


class Choices:
    """What the filters of one connection can be set to. Each property costs one query when it is first asked."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def mappings(self) -> list[ObjectMapping]:
        return list(ObjectMapping.objects.filter(connection=self.connection))

    @cached_property
    def members(self) -> list[Member]:
        return members_of(connection_id=self.connection.pk)

    @property
    def objects(self) -> list[Option]:
        """A mapped pair under its HubSpot name, or its Salesforce name where two pairs share the former."""
        names = [mapping.hubspot_object for mapping in self.mappings]
        return [
            (
                mapping.hubspot_object
                if names.count(mapping.hubspot_object) == 1
                else mapping.salesforce_object,
                shown_label(mapping),
            )
            for mapping in self.mappings
        ]

    def option_of(self, name: str) -> str:
        """The option that stands for an object which was named in either system's words; else `name`."""
        for mapping, (value, _label) in zip(self.mappings, self.objects, strict=True):
            if name in (value, mapping.salesforce_object):
                return value
        return name

    def knows_object(self, name: str) -> bool:
        return any(
            name in (mapping.hubspot_object, mapping.salesforce_object) for mapping in self.mappings
        )

    def causes(self, error_type: str | None) -> list[Option]:
        """The causes of a type, or of all types, by their titles."""
        types = [error_type] if error_type else list(ErrorType.values)
        return sorted(
            (
                (cause.slug, str(cause.title))
                for kind in types
                for cause in catalogue.causes_of(kind)
            ),
            key=lambda option: option[1],
        )


@dataclass(frozen=True, slots=True)
class Nonsense:
    """A part of an address that could not be followed, and what would have been."""

    value: str
    allowed: Sequence[Option] = ()
    message: str = ""  # where a list of what is allowed does not say it

    def for_programs(self) -> str:
        if self.message:
            return self.message
        values = [value for value, _label in self.allowed]
        if not values or len(values) > _LISTED_FOR_PROGRAMS:
            return _("“%(value)s” is not known here.") % {"value": self.value[:80]}
        return _("“%(value)s” is not one of: %(allowed)s.") % {
            "value": self.value[:80],
            "allowed": ", ".join(values),
        }

    def for_people(self, name: str) -> str:
        """One sentence or two, for above the list."""
        parts = {
            "name": str(NAMES[name]),
            "value": self.value[:80],
            "allowed": ", ".join(label for _value, label in self.allowed),
        }
        if self.message:
            return f"{parts['name']}: {self.message}"
        if len(self.allowed) > _LISTED:
            return _("%(name)s: “%(value)s” is not known here. Choose one from the list.") % parts
        if not self.allowed:
            return _("%(name)s: “%(value)s” is not known here.") % parts
        return _("%(name)s: “%(value)s” is not known here. Choose one of: %(allowed)s.") % parts


@dataclass(frozen=True, slots=True)
class Reading:
    """A filter of all that made sense, and the parts that did not, by parameter."""

    filters: ErrorFilters
    nonsense: dict[str, Nonsense] = field(default_factory=dict)


def read_filters(
    query: Mapping[str, str],
    *,
    choices: Choices,
    user: User,
    error_type: str | None = None,
    no_status: str | None = SyncError.Status.OPEN,
) -> Reading:
    """The filter that `query` asks for. Empty parameters narrow nothing.

    `error_type` takes the place of `type` where the path says it; `no_status` is what `status=` with nothing
    behind it means. At most two queries, for `object` and for a person in `assigned`.
    """
    wrong: dict[str, Nonsense] = {}

    def choice(name: str, allowed: Sequence[Option]) -> str | None:
        value = query.get(name, "")
        if not value or value in dict(allowed):
            return value or None
        wrong[name] = Nonsense(value, allowed)
        return None

    kind = error_type or choice("type", [(one.value, str(one.label)) for one in ErrorType])
    statuses = [(one.value, str(one.label)) for one in SyncError.Status]
    status = choice("status", [*statuses, (ALL, _("All"))])
    filters = ErrorFilters(
        type=kind,
        code=choice("code", choices.causes(kind)) if query.get("code") else None,
        status=None if status == ALL else status or SyncError.Status.OPEN,
        direction=choice("direction", list(DIRECTIONS.items())),
        age=choice("age", [(slug, str(label)) for slug, label in AGES.items()]),
    )
    if "status" in query and not query["status"]:
        filters = replace(filters, status=no_status)
    search = query.get("search", "").strip()
    if len(search) > SEARCH_LENGTH or "\x00" in search:
        message = _("Search for at most 200 printable characters.")
        wrong["search"] = Nonsense(search, message=message)
    elif search:
        filters = replace(filters, search=search)
    if name := query.get("object", ""):
        if choices.knows_object(name):
            filters = replace(filters, object=name)
        else:
            wrong["object"] = Nonsense(name, choices.objects)
    if who := query.get("assigned", ""):
        assigned = _assigned(who, choices=choices, user=user)
        if assigned:
            filters = replace(filters, assigned=assigned)
        else:
            people = [(member.email, member.name) for member in choices.members]
            allowed = [(ME, _("Me")), (NOBODY, _("Nobody")), *people]
            wrong["assigned"] = Nonsense(who, allowed)
    return Reading(filters=filters, nonsense=wrong)


def _assigned(who: str, *, choices: Choices, user: User) -> str | None:
    """NOBODY or the id of the person that `who` names: "me", an id, a mail address."""
    if who == NOBODY:
        return NOBODY
    if who == ME:
        return str(user.pk)
    for member in choices.members:
        if who in (str(member.id), member.email):
            return str(member.id)
    return None

"""The state of a panel as its address says it: filter, order, page. What makes no sense in it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from errors import selectors
from errors.filter_input import DIRECTIONS, NAMES, Choices, Nonsense, read_filters
from errors.filters import AGES, ALL, ME, NOBODY, ErrorFilters
from errors.models import SyncError
from integrations.models import Connection

SIZES = (50, 100, 200)
SORT_LABELS: dict[str, Any] = {
    selectors.NEWEST: gettext_lazy("Newest first"),
    "first-seen": gettext_lazy("First seen, oldest first"),
    "last-seen": gettext_lazy("Last seen, latest first"),
    "records": gettext_lazy("Most affected records"),
}
NARROWING = ("search", "code", "object", "direction", "age", "assigned")
# Behind "More filters".
_LESS_USED = ("object", "direction", "age", "assigned")


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words, and the address without it."""

    name: str
    value: str
    query: str


@dataclass(frozen=True, slots=True)
class Filter:
    """The texts are as the address has them; `filters` is what they mean to who reads it."""

    choices: Choices
    filters: ErrorFilters
    search: str = ""
    code: str = ""
    object: str = ""
    direction: str = ""
    age: str = ""
    assigned: str = ""
    status: str = SyncError.Status.OPEN
    sort: str = selectors.NEWEST
    cursor: str = ""
    size: int = SIZES[0]
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, query: Mapping[str, str], *, connection: Connection, user: User, error_type: str | None
    ) -> Filter:
        """What `query` asks for; the parts that make no sense are left out and named in `problems`."""
        choices = Choices(connection)
        reading = read_filters(query, choices=choices, user=user, error_type=error_type)
        nonsense = dict(reading.nonsense)
        size = query.get("size") or str(SIZES[0])
        if size not in map(str, SIZES):
            nonsense["size"] = Nonsense(size, [(str(one), str(one)) for one in SIZES])
            size = str(SIZES[0])
        sort = query.get("sort") or selectors.NEWEST
        if sort not in selectors.SORTS:
            labels = [(slug, str(label)) for slug, label in SORT_LABELS.items()]
            nonsense["sort"] = Nonsense(sort, labels)
            sort = selectors.NEWEST
        filters = reading.filters
        kept = {name: query.get(name, "") for name in NARROWING if name not in nonsense}
        return cls(
            choices=choices,
            filters=filters,
            **{**kept, "search": filters.search or ""},
            status=filters.status or ALL,
            sort=sort,
            cursor=query.get("cursor", ""),
            size=int(size),
            problems=[wrong.for_people(name) for name, wrong in nonsense.items()],
        )

    @property
    def active(self) -> bool:
        return any(getattr(self, name) for name in NARROWING)

    @property
    def more_active(self) -> int:
        """How many of the filters behind "More filters" narrow the list."""
        return sum(bool(getattr(self, name)) for name in _LESS_USED)

    @property
    def object_option(self) -> str:
        return self.choices.option_of(self.object) if self.object else ""

    @property
    def assigned_option(self) -> str:
        """The option of the list of people: "me", "nobody", or an id."""
        return self.assigned if self.assigned in ("", ME) else self.filters.assigned or ""

    def state(self, **changes: Any) -> dict[str, str]:
        """The parameters of this state with `changes`, without those that say what is the case anyway."""
        usual = {
            "status": SyncError.Status.OPEN.value,
            "sort": selectors.NEWEST,
            "size": str(SIZES[0]),
        }
        names = (*NARROWING, "status", "sort", "size")
        parts = {name: str(getattr(self, name)) for name in names}
        parts |= {name: str(value) for name, value in changes.items()}
        return {name: value for name, value in parts.items() if value and value != usual.get(name)}

    def query(self, *, cursor: str = "", **changes: Any) -> str:
        """The query string of this state at `cursor`; "" when there is nothing to say."""
        parts = self.state(**changes)
        if cursor:
            parts["cursor"] = cursor
        return f"?{urlencode(parts)}" if parts else ""

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form carries along, so that its answer shows the list as it was."""
        parts = self.state()
        if self.cursor:
            parts["cursor"] = self.cursor
        return list(parts.items())

    def chips(self) -> list[Chip]:
        """The active filters in words. No query beyond those of the choices."""
        words = {
            "search": self.search,
            "code": dict(self.choices.causes(self.filters.type)).get(self.code, self.code),
            "object": dict(self.choices.objects).get(self.object_option, self.object)
            if self.object
            else "",
            "direction": DIRECTIONS.get(self.direction, ""),
            "age": str(AGES.get(self.age, "")),
            "assigned": self._assigned_words(),
        }
        return [
            Chip(str(NAMES[name]), words[name], self.query(**{name: ""}))
            for name in NARROWING
            if getattr(self, name)
        ]

    def _assigned_words(self) -> str:
        if self.assigned == ME:
            return _("Me")
        if self.assigned == NOBODY:
            return _("Nobody")
        names = {str(member.id): member.name for member in self.choices.members}
        return names.get(self.filters.assigned or "", self.assigned) if self.assigned else ""

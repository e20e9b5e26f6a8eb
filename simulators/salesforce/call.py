"""A call to the REST API, whether it came over HTTP or inside a composite request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.salesforce.dml import Writer
from simulators.salesforce.errors import CallRefused, not_found
from simulators.salesforce.org import Org
from simulators.salesforce.schema import ObjectType

FIRST_VERSION, LAST_VERSION = 31, 68


@dataclass
class Answer:
    """Status, JSON body (None: empty) and headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """What the API's functions work on. `path` begins behind the version; `headers` has lower-case names."""

    org: Org
    user: str
    version: str
    method: str
    path: str
    args: dict[str, str]
    raw: bytes
    headers: dict[str, str]
    used: int = 0
    records: int = 0
    sub_requests: int = 0
    depth: int = 0
    parsed: Any = None

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version}"

    @property
    def admin(self) -> bool:
        return self.org.is_admin(self.user)

    def json(self) -> Any:
        """The parsed body. Raises CallRefused when it is none."""
        if self.parsed is None:
            try:
                self.parsed = json.loads(self.raw)
            except ValueError as error:
                where = f"[line:{getattr(error, 'lineno', 1)}, column:{getattr(error, 'colno', 1)}]"
                text = (
                    f"Unexpected character at {where}"
                    if self.raw
                    else f"The HTTP entity body is required, but this request has no entity body. at {where}"
                )
                raise CallRefused(400, "JSON_PARSER_ERROR", text) from error
        return self.parsed

    def body(self) -> dict[str, Any]:
        """The parsed body, which must be an object."""
        found = self.json()
        if not isinstance(found, dict):
            raise CallRefused(
                400,
                "JSON_PARSER_ERROR",
                "Cannot deserialize instance of object from START_ARRAY value [ at [line:1, column:1]",
            )
        return found

    def object(self, name: str) -> ObjectType:
        """The object of this name, if the user may see it."""
        found = self.org.object(name)
        if found is None or not (self.admin or found.rights["read"]):
            raise not_found()
        return found

    def writer(self, db: Any) -> Writer:
        header = self.headers.get("sforce-duplicate-rule-header", "")
        options = {
            k.strip().lower(): v.strip().lower()
            for k, _, v in (p.partition("=") for p in re.split("[;,]", header))
        }
        return Writer(self.org, db, self.user, allow_save=options.get("allowsave") == "true")


Handler = Callable[..., Answer]
ROUTES: list[tuple[frozenset[str], re.Pattern[str], Handler]] = []


def route(methods: str, pattern: str) -> Callable[[Handler], Handler]:
    """Register a function for a path behind the version."""

    def register(handler: Handler) -> Handler:
        ROUTES.append((frozenset(methods.split()), re.compile(pattern + "/?"), handler))
        return handler

    return register


def dispatch(call: Call) -> Answer:
    """Answer a call; refusals of the whole call included."""
    try:
        other = False
        for methods, pattern, handler in ROUTES:
            found = pattern.fullmatch(call.path)
            if found and call.method in methods:
                return handler(call, **found.groupdict())
            other = other or bool(found)
        if other:
            raise CallRefused(
                405,
                "METHOD_NOT_ALLOWED",
                f"HTTP Method '{call.method}' not allowed. Allowed are HEAD,GET",
            )
        raise not_found()
    except CallRefused as refused:
        return Answer(refused.status, refused.body)

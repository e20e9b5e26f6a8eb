"""Reading the facts of an error: details are JSON of any age, so each is taken as it comes. Pure."""

from __future__ import annotations

from typing import Any

from errors.models import SyncError
from integrations import own_words
from integrations.outcomes import Direction

# Causes in which HubSpot refuses, for rows that do not say it.
_HUBSPOT_CAUSES = frozenset(
    {"missing-scope", "hubspot-user-permission", "option-missing-in-hubspot", "property-missing"}
)


def text(value: Any) -> str:
    return "" if value is None else str(value)


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> list[str]:
    return [text(one) for one in value] if isinstance(value, list) else []


def number(value: Any) -> int:
    """A count; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def details_of(error: SyncError) -> dict[str, Any]:
    return mapping(error.details)


def value_of(details: dict[str, Any]) -> str:
    return text(mapping(details.get("duplicate")).get("value")) or text(details.get("value"))


def short(words: str, limit: int = 160) -> str:
    words = " ".join(words.split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def in_words(message: str, error: SyncError | None = None) -> str:
    """A message for people: what we found ourselves in the reader's language, a CRM's words as they are."""
    ours = bool(details_of(error).get("found_without_call")) if error is not None else None
    return own_words.in_readers_words(message, found_without_call=ours)


def acted_on(error: SyncError) -> str:
    """The object that could not be written, in the words of the system that refused it."""
    if error.direction == Direction.TO_SALESFORCE:
        return error.salesforce_object
    return error.hubspot_object


def by_hubspot(error: SyncError) -> bool:
    """Whether HubSpot refused (or would have), not Salesforce."""
    system = text(details_of(error).get("system"))
    if system:
        return system == "hubspot"
    return error.code in _HUBSPOT_CAUSES or error.direction == Direction.TO_HUBSPOT

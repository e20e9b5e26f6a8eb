"""One sentence that tells an error from its neighbours. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from errors.causes import cause_texts
from errors.models import SyncError
from errors.presenting.reading import acted_on, details_of, in_words, mapping, short, text, value_of
from errors.types import ErrorType


def title(error: SyncError) -> str:
    """The name of the error's cause, e.g. "Email already in use"."""
    return cause_texts(type=error.type, code=error.code).title


def summary(error: SyncError) -> str:
    """One sentence that tells this error from its neighbours. No query."""
    return _SUMMARIES[error.type](details_of(error), error) or _plain(error)


def _where(details: dict[str, Any]) -> str:
    """The property or field, whichever is known; the property is what people of HubSpot know."""
    return text(details.get("hubspot_property")) or text(details.get("salesforce_field"))


def _plain(error: SyncError) -> str:
    """The cause's name and, where there is one, what the CRM said."""
    message = short(in_words(text(details_of(error).get("message")), error))
    if not message:
        return title(error)
    return _("%(cause)s: %(message)s") % {"cause": title(error), "message": message}


def _associations(details: dict[str, Any], error: SyncError) -> str:
    blocking = mapping(details.get("blocking_record"))
    name = (
        text(blocking.get("label"))
        or text(blocking.get("hubspot_id"))
        or text(blocking.get("salesforce_id"))
    )
    if not name:
        return ""
    return _("%(cause)s: %(record)s") % {"cause": title(error), "record": short(name)}


def _duplicates(details: dict[str, Any], error: SyncError) -> str:
    value = value_of(details)
    if not value:
        return ""
    return _("%(cause)s: %(value)s (%(object)s)") % {
        "cause": title(error),
        "value": short(value),
        "object": acted_on(error),
    }


def _picklists(details: dict[str, Any], error: SyncError) -> str:
    where, value = _where(details), text(details.get("value"))
    if not where:
        return ""
    if not value:
        return _("%(cause)s: %(property)s (%(object)s)") % {
            "cause": title(error),
            "property": where,
            "object": acted_on(error),
        }
    return _("“%(value)s” is not an option of %(property)s (%(object)s)") % {
        "value": short(value, 80),
        "property": where,
        "object": acted_on(error),
    }


def _permissions(details: dict[str, Any], error: SyncError) -> str:
    field = text(details.get("salesforce_field")) or text(details.get("hubspot_property"))
    if not field:
        return ""
    return _("%(cause)s: %(object)s.%(field)s") % {
        "cause": title(error),
        "object": acted_on(error),
        "field": field,
    }


def _property_mappings(details: dict[str, Any], error: SyncError) -> str:
    pair = [text(details.get("hubspot_property")), text(details.get("salesforce_field"))]
    if not any(pair):
        return ""
    return _("%(cause)s: %(pair)s (%(object)s)") % {
        "cause": title(error),
        "pair": " – ".join(name for name in pair if name),
        "object": acted_on(error),
    }


def _property_values(details: dict[str, Any], error: SyncError) -> str:
    where = _where(details)
    if not where:
        return ""
    return _("%(cause)s: %(property)s (%(object)s)") % {
        "cause": title(error),
        "property": where,
        "object": acted_on(error),
    }


_SUMMARIES: dict[str, Callable[[dict[str, Any], SyncError], str]] = {
    ErrorType.ASSOCIATIONS: _associations,
    ErrorType.CUSTOM_CODE: lambda details, error: "",
    ErrorType.DUPLICATES: _duplicates,
    ErrorType.PERMISSIONS: _permissions,
    ErrorType.PICKLISTS: _picklists,
    ErrorType.PROPERTY_MAPPINGS: _property_mappings,
    ErrorType.PROPERTY_VALUES: _property_values,
    ErrorType.OTHER: lambda details, error: "",
}

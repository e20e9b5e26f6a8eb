"""What people see of an error: one summary sentence and the columns of its type, for pages, API and exports.

Rows hold facts only; every sentence is made here, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from errors.causes import cause_texts
from errors.models import AffectedRecord, SyncError
from errors.types import ErrorType
from integrations.models import Connection
from integrations.outcomes import Direction

# HubSpot's ids of its standard objects; custom objects have theirs in the mapping.
_OBJECT_TYPE_IDS = {"contacts": "0-1", "companies": "0-2", "deals": "0-3", "tickets": "0-5"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a panel: the key in `fields()` and the heading."""

    key: str
    heading: Any


_PROPERTY = Column("property", gettext_lazy("HubSpot property"))
_FIELD = Column("field", gettext_lazy("Salesforce field"))
_VALUE = Column("value", gettext_lazy("Value"))
_OBJECT = Column("object", gettext_lazy("Object"))
_MESSAGE = Column("message", gettext_lazy("Error details"))

_COLUMNS: dict[str, tuple[Column, ...]] = {
    ErrorType.ASSOCIATIONS: (Column("record", gettext_lazy("Record")),),
    ErrorType.CUSTOM_CODE: (_OBJECT, _MESSAGE),
    ErrorType.DUPLICATES: (
        Column("hubspot_record", gettext_lazy("HubSpot record")),
        Column("salesforce_record", gettext_lazy("Salesforce record")),
        Column("value", gettext_lazy("Duplicated value")),
    ),
    ErrorType.PERMISSIONS: (_OBJECT, _FIELD),
    ErrorType.PICKLISTS: (_PROPERTY, _FIELD, _VALUE),
    ErrorType.PROPERTY_MAPPINGS: (_PROPERTY, _FIELD),
    ErrorType.PROPERTY_VALUES: (_PROPERTY, _FIELD, _VALUE),
    ErrorType.OTHER: (_MESSAGE,),
}


def columns(error_type: str) -> tuple[Column, ...]:
    """The columns that a type's panel shows beside error type, affected records and times."""
    return _COLUMNS[error_type]


def title(error: SyncError) -> str:
    """The name of the error's cause, e.g. "Email already in use"."""
    return cause_texts(type=error.type, code=error.code).title


def explanation(error: SyncError) -> str:
    """What the cause means, in a few sentences."""
    return cause_texts(type=error.type, code=error.code).explanation


def steps(error: SyncError) -> list[str]:
    """What to do, one step after another."""
    return cause_texts(type=error.type, code=error.code).steps


def summary(error: SyncError) -> str:
    """One sentence that tells this error from its neighbours. No query."""
    return _SUMMARIES[error.type](error.details or {}, error) or _plain(error)


def fields(error: SyncError, *, connection: Connection) -> dict[str, Any]:
    """What the error's type shows, JSON-able, with links to records. No query; unknown values are ""."""
    details = error.details or {}
    shown: dict[str, Any] = {
        "object": acted_on(error),
        "direction": error.direction,
        "system": _text(details.get("system")),
        "api_code": _text(details.get("api_code")),
        "message": _text(details.get("message")),
        "property": _text(details.get("hubspot_property")),
        "field": _text(details.get("salesforce_field")),
        "value": _value(details),
        "rule": _text(details.get("rule")),
    }
    if error.type == ErrorType.ASSOCIATIONS:
        shown["record"] = _blocking_record(details.get("blocking_record"), error, connection)
    if error.type == ErrorType.DUPLICATES:
        shown["hubspot_record"] = _record_of_pair(details, error, connection, "hubspot_id")
        shown["salesforce_record"] = _record_of_pair(details, error, connection, "salesforce_id")
    return shown


def record_fields(record: AffectedRecord, *, connection: Connection) -> dict[str, Any]:
    """An affected record with the links to its pages in both systems. No query."""
    return {
        "id": record.pk,
        "object": record.hubspot_object
        if record.direction == Direction.TO_SALESFORCE
        else record.salesforce_object,
        "label": record.label or record.hubspot_id or record.salesforce_id,
        "hubspot_id": record.hubspot_id,
        "salesforce_id": record.salesforce_id,
        "hubspot_url": hubspot_url(
            connection, hubspot_object=record.hubspot_object, record_id=record.hubspot_id
        ),
        "salesforce_url": connection.salesforce_url(
            sobject=record.salesforce_object, record_id=record.salesforce_id
        ),
        "message": record.message,
        "failures": record.failures,
        "last_tried": record.last_seen_at,
    }


def acted_on(error: SyncError) -> str:
    """The object that could not be written, in the words of the system that refused it."""
    if error.direction == Direction.TO_SALESFORCE:
        return error.salesforce_object
    return error.hubspot_object


def hubspot_url(connection: Connection, *, hubspot_object: str, record_id: str) -> str:
    """The record's page in HubSpot; custom objects are named by their type id (2-123) already."""
    return connection.hubspot_url(
        object_type_id=_OBJECT_TYPE_IDS.get(hubspot_object, hubspot_object), record_id=record_id
    )


def _blocking_record(raw: Any, error: SyncError, connection: Connection) -> dict[str, str]:
    blocking = _mapping(raw)
    name = _text(blocking.get("object"))
    hubspot_id = _text(blocking.get("hubspot_id"))
    salesforce_id = _text(blocking.get("salesforce_id"))
    return {
        "object": name,
        "label": _text(blocking.get("label")) or hubspot_id or salesforce_id,
        "hubspot_id": hubspot_id,
        "salesforce_id": salesforce_id,
        "hubspot_url": hubspot_url(
            connection, hubspot_object=_HUBSPOT_NAMES.get(name, name), record_id=hubspot_id
        ),
        "salesforce_url": connection.salesforce_url(
            sobject=_SALESFORCE_NAMES.get(name, name), record_id=salesforce_id
        ),
    }


_SALESFORCE_NAMES = {"contacts": "Contact", "companies": "Account", "deals": "Opportunity"}
_HUBSPOT_NAMES = {name: hubspot for hubspot, name in _SALESFORCE_NAMES.items()}


def _record_of_pair(
    details: dict[str, Any], error: SyncError, connection: Connection, id_name: str
) -> dict[str, str]:
    """One side of a pair of duplicates: the record that holds the value, else the one that failed."""
    holder, failing = _mapping(details.get("duplicate")), _mapping(details.get("record"))
    source = holder if holder.get(id_name) else failing
    record_id = _text(source.get(id_name))
    return {
        "id": record_id,
        "label": _text(source.get(id_name.removesuffix("_id") + "_label") or source.get("label"))
        or record_id,
        "url": hubspot_url(connection, hubspot_object=error.hubspot_object, record_id=record_id)
        if id_name == "hubspot_id"
        else connection.salesforce_url(sobject=error.salesforce_object, record_id=record_id),
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _value(details: dict[str, Any]) -> str:
    return _text(_mapping(details.get("duplicate")).get("value")) or _text(details.get("value"))


def _short(text: str, limit: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _where(details: dict[str, Any]) -> str:
    """The property or field, whichever is known; the property is what people of HubSpot know."""
    return _text(details.get("hubspot_property")) or _text(details.get("salesforce_field"))


def _plain(error: SyncError) -> str:
    """The cause's name and, where there is one, what the CRM said."""
    message = _short(_text((error.details or {}).get("message")))
    if not message:
        return title(error)
    return _("%(cause)s: %(message)s") % {"cause": title(error), "message": message}


def _associations(details: dict[str, Any], error: SyncError) -> str:
    blocking = _mapping(details.get("blocking_record"))
    name = (
        _text(blocking.get("label"))
        or _text(blocking.get("hubspot_id"))
        or _text(blocking.get("salesforce_id"))
    )
    if not name:
        return ""
    return _("%(cause)s: %(record)s") % {"cause": title(error), "record": _short(name)}


def _duplicates(details: dict[str, Any], error: SyncError) -> str:
    value = _value(details)
    if not value:
        return ""
    return _("%(cause)s: %(value)s (%(object)s)") % {
        "cause": title(error),
        "value": _short(value),
        "object": acted_on(error),
    }


def _picklists(details: dict[str, Any], error: SyncError) -> str:
    where, value = _where(details), _text(details.get("value"))
    if not where:
        return ""
    if not value:
        return _("%(cause)s: %(property)s (%(object)s)") % {
            "cause": title(error),
            "property": where,
            "object": acted_on(error),
        }
    return _("“%(value)s” is not an option of %(property)s (%(object)s)") % {
        "value": _short(value, 80),
        "property": where,
        "object": acted_on(error),
    }


def _permissions(details: dict[str, Any], error: SyncError) -> str:
    field = _text(details.get("salesforce_field")) or _text(details.get("hubspot_property"))
    if not field:
        return ""
    return _("%(cause)s: %(object)s.%(field)s") % {
        "cause": title(error),
        "object": acted_on(error),
        "field": field,
    }


def _property_mappings(details: dict[str, Any], error: SyncError) -> str:
    pair = [
        _text(details.get("hubspot_property")),
        _text(details.get("salesforce_field")),
    ]
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


def records_text(number: int) -> str:
    """ "1 record", "40 records", in the reader's language."""
    return ngettext("%(number)d record", "%(number)d records", number) % {"number": number}

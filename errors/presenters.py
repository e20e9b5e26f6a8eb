"""What people see of an error: one summary sentence and the columns of its type, for pages, API and exports.

Rows hold facts only; every sentence is made here, in the reader's language. The parts are in `errors.presenting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import ngettext

from errors.causes import cause_texts
from errors.models import SyncError
from errors.presenting import demands, fit, lookups, rights
from errors.presenting.columns import COLUMNS, Column
from errors.presenting.reading import (
    acted_on,
    details_of,
    mapping,
    number,
    text,
    texts,
    value_of,
)
from errors.presenting.records import blocking_record, hubspot_url, record_fields, record_of_pair
from errors.presenting.summaries import summary, title
from errors.types import ErrorType
from integrations.models import Connection

__all__ = [
    "Column", "acted_on", "columns", "explanation", "fields", "fields_of_page", "hubspot_url", "record_fields", "records_text",
    "steps", "summary", "title",
]  # fmt: skip


def columns(error_type: str) -> tuple[Column, ...]:
    """The columns that a type's panel shows beside error type, affected records and times."""
    return COLUMNS[error_type]


def explanation(error: SyncError) -> str:
    """What the cause means, in a few sentences."""
    return cause_texts(type=error.type, code=error.code).explanation


def steps(error: SyncError) -> list[str]:
    """What to do, one step after another."""
    return cause_texts(type=error.type, code=error.code).steps


def fields(error: SyncError, *, connection: Connection) -> dict[str, Any]:
    """What the error's type shows, JSON-able, with links to records. No query; unknown values are ""."""
    details = details_of(error)
    shown: dict[str, Any] = {
        "object": acted_on(error),
        "direction": error.direction,
        "system": text(details.get("system")),
        "api_code": text(details.get("api_code")),
        "message": text(details.get("message")),
        "property": text(details.get("hubspot_property")),
        "field": text(details.get("salesforce_field")),
        "value": value_of(details),
        "rule": text(details.get("rule")),
    }
    if error.type == ErrorType.ASSOCIATIONS:
        shown["record"] = blocking_record(details.get("blocking_record"), connection)
        shown["limit"] = number(details.get("limit")) or None
        shown["limit_of"] = text(details.get("limit_of"))
    elif error.type == ErrorType.CUSTOM_CODE:
        known = mapping(details.get("automation"))
        shown["automation"] = {key: text(known.get(key)) for key in ("kind", "name", "package")}
    elif error.type == ErrorType.DUPLICATES:
        shown["hubspot_record"] = record_of_pair(details, error, connection, "hubspot_id")
        shown["salesforce_record"] = record_of_pair(details, error, connection, "salesforce_id")
    elif error.type == ErrorType.PERMISSIONS:
        shown["target"] = rights.target(error)
        shown["right"] = rights.right(error)
        shown["user"] = rights.user(error, connection)
        shown["scopes"] = texts(details.get("scopes"))
    elif error.type == ErrorType.PICKLISTS:
        shown["allowed_options"] = texts(details.get("allowed_options"))
    elif error.type == ErrorType.PROPERTY_MAPPINGS:
        shown["types"] = fit.types(error)
        shown["reason"] = fit.reason(error)
    elif error.type == ErrorType.PROPERTY_VALUES:
        shown["demands"] = demands.demands(error)
    return shown


def fields_of_page(
    errors: Sequence[SyncError], *, connection: Connection
) -> dict[int, dict[str, Any]]:
    """`fields()` of a page by error id, with what other rows know: a blocking record's own error, the names of
    duplicates. One query more for these two types, none for the others."""
    shown = {error.pk: fields(error, connection=connection) for error in errors}
    for pk, blocking in lookups.blocking_errors(connection=connection, errors=errors).items():
        shown[pk]["record"]["error"] = {"id": blocking.pk, "title": title(blocking)}
    lookups.names_of_duplicates(connection=connection, shown=shown)
    return shown


def records_text(number: int) -> str:
    """ "1 record", "40 records", in the reader's language."""
    return ngettext("%(number)d record", "%(number)d records", number) % {"number": number}

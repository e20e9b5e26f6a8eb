"""Errors as a CSV file, one row an affected record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from common import clock
from common.csv import COMMAS, CsvStyle, number_or_text, stream_csv
from errors import presenters
from errors.filter_input import DIRECTIONS
from errors.filters import ErrorFilters, filtered_errors
from errors.models import AffectedRecord, SyncError
from errors.types import ErrorType
from integrations.models import Connection

_ERRORS_A_QUERY = 200
_RECORDS_A_QUERY = 2000
# Types whose errors are told apart by the value that was refused.
_OF_ONE_VALUE = frozenset({ErrorType.DUPLICATES, ErrorType.PICKLISTS})


def stream_errors_csv(
    *, connection: Connection, filters: ErrorFilters, style: CsvStyle = COMMAS
) -> Iterator[bytes]:
    """The errors that `filters` let through and their records, as parts of a CSV file, newest error first.

    Read in keyset chunks, so memory stays flat and no transaction is held open. Texts are in the language
    that is active now, not in that of the moment when the response is streamed. Errors without a record
    (resolved ones) have one row of their own.
    """
    language = translation.get_language() or "en"
    return _stream(connection, filters, language, style)


def file_name(
    *, connection: Connection, filters: ErrorFilters | None = None, what: str = "", of: str = ""
) -> str:
    """`sync-errors_<connection>_<type>_<date>.csv`, of letters, digits, dashes, dots and underscores only.

    For records `what` says which file it is and `of` whose records they are. The date is the reader's.
    """
    subject = of or (filters.type if filters else "") or "all"
    parts = [what or "sync-errors", slugify(connection.name) or str(connection.pk)]
    day = timezone.localdate(clock.now()).isoformat()
    return "_".join([*parts, slugify(subject) or "all", day]) + ".csv"


def _stream(
    connection: Connection, filters: ErrorFilters, language: str, style: CsvStyle
) -> Iterator[bytes]:
    with translation.override(language):
        header = [
            _("Error ID"),
            _("Type"),
            _("Cause"),
            _("Status"),
            _("Direction"),
            _("HubSpot object"),
            _("Salesforce object"),
            _("HubSpot property"),
            _("Salesforce field"),
            _("Value"),
            _("Example of a value"),
            _("Summary"),
            _("Last message"),
            _("Record"),
            _("E-mail"),
            _("HubSpot ID"),
            _("HubSpot link"),
            _("Salesforce ID"),
            _("Salesforce link"),
            _("Times failed"),
            _("First seen (UTC)"),
            _("Last tried (UTC)"),
            _("Assigned to"),
            _("Ignored by"),
            _("Why it is ignored"),
            _("Ignored until (UTC)"),
            _("Ignored up to so many records"),
        ]
    yield from stream_csv(header=header, rows=_rows(connection, filters, language), style=style)


@dataclass(frozen=True, slots=True)
class _OfError:
    """What all rows of an error share: the cells before those of its record, and those behind them."""

    before: tuple[Any, ...]
    behind: tuple[Any, ...]


def _of_error(error: SyncError, connection: Connection) -> _OfError:
    facts = presenters.fields(error, connection=connection)
    value = number_or_text(facts["value"])
    # Where the value is not a part of what the error is, its records hold values of their own.
    shared = error.type in _OF_ONE_VALUE
    ignored = error.status == SyncError.Status.IGNORED
    return _OfError(
        before=(
            error.pk,
            str(ErrorType(error.type).label),
            presenters.title(error),
            str(SyncError.Status(error.status).label),
            DIRECTIONS.get(error.direction, error.direction),
            error.hubspot_object,
            error.salesforce_object,
            facts["property"],
            facts["field"],
            value if shared else "",
            "" if shared else value,
            presenters.summary(error),
        ),
        behind=(
            error.assigned_to.email if error.assigned_to else "",
            error.ignored_by.email if ignored and error.ignored_by else "",
            error.ignore_reason if ignored else "",
            time_text(error.ignored_until) if ignored and error.ignored_until else "",
            error.ignored_above if ignored else None,
        ),
    )


def _rows(
    connection: Connection, filters: ErrorFilters, language: str
) -> Iterator[tuple[Any, ...]]:
    for errors in _error_chunks(connection, filters):
        with translation.override(language):
            shared = {error.pk: _of_error(error, connection) for error in errors}
        without = {error.pk: error for error in errors}
        for record in _records_of([error.pk for error in errors]):
            without.pop(record.error_id, None)
            shown = presenters.record_fields(record, connection=connection)
            yield (
                *shared[record.error_id].before,
                record.message,
                shown["label"],
                record.email,
                record.hubspot_id,
                shown["hubspot_url"],
                record.salesforce_id,
                shown["salesforce_url"],
                record.failures,
                time_text(record.first_seen_at),
                time_text(record.last_seen_at),
                *shared[record.error_id].behind,
            )
        for error in without.values():
            yield (
                *shared[error.pk].before,
                str((error.details or {}).get("message") or ""),
                *[""] * 6,
                error.failures,
                time_text(error.first_seen_at),
                time_text(error.last_seen_at),
                *shared[error.pk].behind,
            )


def time_text(moment: Any) -> str:
    """A moment in UTC as spreadsheets read it."""
    return str(moment.strftime("%Y-%m-%d %H:%M:%S"))


def _error_chunks(connection: Connection, filters: ErrorFilters) -> Iterator[list[SyncError]]:
    """Newest first by id: ids do not move while the file is read, whatever is reopened meanwhile."""
    errors = (
        filtered_errors(connection_id=connection.pk, filters=filters)
        .select_related("assigned_to", "ignored_by")
        .order_by("-id")
    )
    last: int | None = None
    while True:
        chunk = list((errors if last is None else errors.filter(id__lt=last))[:_ERRORS_A_QUERY])
        if chunk:
            yield chunk
        if len(chunk) < _ERRORS_A_QUERY:
            return
        last = chunk[-1].pk


def _records_of(error_ids: list[int]) -> Iterator[AffectedRecord]:
    """Open records of some errors, newest error first; in keyset chunks along the (error, id) index.

    A chunk that ends within an error is followed by the rest of that error alone: one condition over both keys
    would be read from the error's first record each time, and a million records would take hours.
    """
    records = AffectedRecord.objects.filter(state=AffectedRecord.State.OPEN)
    waiting = sorted(error_ids, reverse=True)
    last: AffectedRecord | None = None
    while waiting or last is not None:
        if last is None:
            rows = records.filter(error_id__in=waiting).order_by("-error_id", "-id")
        else:
            rows = records.filter(error_id=last.error_id, id__lt=last.pk).order_by("-id")
        chunk = list(rows[:_RECORDS_A_QUERY])
        yield from chunk
        full = len(chunk) == _RECORDS_A_QUERY
        if last is None and not full:
            return
        last = chunk[-1] if full else None
        if last is not None:
            waiting = [error_id for error_id in waiting if error_id < last.error_id]
        del chunk

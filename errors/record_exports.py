"""Affected records as a CSV file: those of one error, or those of a saved view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from common.csv import COMMAS, CsvStyle, stream_csv
from errors import presenters, selectors, view_selectors
from errors.exports import file_name, time_text
from errors.models import AffectedRecord, SavedView, SyncError
from integrations.models import Connection


def stream_error_records(
    *,
    connection: Connection,
    error: SyncError,
    state: str = AffectedRecord.State.OPEN,
    search: str = "",
    style: CsvStyle = COMMAS,
) -> Iterator[bytes]:
    """The records that the error stops now, or stopped, as on its page: same order, same search. Flat in memory.

    Texts are in the language that is active now, not in that of the moment when it is streamed.
    """
    return _stream(
        connection,
        state,
        lambda: selectors.every_record_of_error(error_id=error.pk, state=state, search=search),
        style,
    )


def stream_view_records(
    *,
    connection: Connection,
    view: SavedView,
    state: str = "all",
    search: str = "",
    style: CsvStyle = COMMAS,
) -> Iterator[bytes]:
    """The records of a saved view, as on its page, with whether each still fails. Flat in memory."""
    return _stream(
        connection,
        state,
        lambda: view_selectors.view_records(view_id=view.pk, state=state, search=search),
        style,
    )


def error_records_file_name(*, connection: Connection, error: SyncError) -> str:
    return file_name(connection=connection, what="affected-records", of=f"{error.type}-{error.pk}")


def view_records_file_name(*, connection: Connection, view: SavedView) -> str:
    return file_name(connection=connection, what="view", of=view.name)


def _stream(
    connection: Connection,
    state: str,
    records: Callable[[], Iterable[AffectedRecord]],
    style: CsvStyle,
) -> Iterator[bytes]:
    # Of a record that was resolved only its failures are known: it was tried later.
    still = state == AffectedRecord.State.OPEN
    header = [
        _("Record"),
        _("E-mail"),
        _("HubSpot object"),
        _("Salesforce object"),
        _("HubSpot ID"),
        _("HubSpot link"),
        _("Salesforce ID"),
        _("Salesforce link"),
        _("State"),
        _("Last message") if still else _("Last failure"),
        _("Times failed"),
        _("First seen (UTC)"),
        _("Last tried (UTC)") if still else _("Last failed (UTC)"),
    ]
    states = {
        AffectedRecord.State.OPEN.value: _("Still failing"),
        AffectedRecord.State.RESOLVED.value: _("Resolved"),
    }
    return stream_csv(header=header, rows=_rows(connection, records, states), style=style)


def _rows(
    connection: Connection,
    records: Callable[[], Iterable[AffectedRecord]],
    states: dict[str, str],
) -> Iterator[tuple[Any, ...]]:
    for record in records():
        shown = presenters.record_fields(record, connection=connection)
        yield (
            shown["label"],
            record.email,
            record.hubspot_object,
            record.salesforce_object,
            record.hubspot_id,
            shown["hubspot_url"],
            record.salesforce_id,
            shown["salesforce_url"],
            states[record.state],
            record.message,
            record.failures,
            time_text(record.first_seen_at),
            time_text(record.last_seen_at),
        )

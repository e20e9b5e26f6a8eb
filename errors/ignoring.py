"""Setting errors aside, and taking them up again. Ignored errors keep their records but leave the cards.

Their failures go on being recorded, so that taking one up again shows what is true then. Besides a person two
things end it: a date (`take_up_due`, from the schedule) and growth, which `recording` notices in the transaction
in which the error grows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common import clock
from errors.ledger import Ledger, chunks
from errors.models import AffectedRecord, ErrorEvent, SyncError
from errors.selection import SelectionRefused

# What an ignored error holds beside its status; recording stores these as well, since growth empties them.
IGNORE_FIELDS = ("ignored_by", "ignored_at", "ignore_reason", "ignored_until", "ignored_above")
_DUE_AT_ONCE = 100


def ignore_errors(
    *,
    connection_id: int,
    error_ids: Iterable[int],
    by: User | None = None,
    reason: str = "",
    until: datetime | None = None,
    above: int | Literal["now"] | None = None,
) -> list[int]:
    """Sets open errors of the connection aside; returns the ids of those that were open.

    `until` ends it at a moment, `above` as soon as an error affects more records than that, or than it does now.
    `errors.ignore_terms` checks what people send. Raises SelectionRefused already_above, and ignores none, when one
    affects more than `above` already.
    """
    with transaction.atomic():
        ledger = Ledger(connection_id=connection_id)
        errors = _of(connection_id, error_ids, SyncError.Status.OPEN)
        if isinstance(above, int):
            _refuse_larger(errors, above)
        for error in errors:
            error.status = SyncError.Status.IGNORED
            error.ignored_by = by
            error.ignored_at = ledger.now
            error.ignore_reason = reason
            error.ignored_until = until
            error.ignored_above = error.open_records if above == "now" else above
            ledger.count_error(error.type, -1)
            ledger.event(error, ErrorEvent.Kind.IGNORED)
        count_open_records(ledger, errors, -1)
        _store(errors)
        ledger.close()
    return [error.pk for error in errors]


def take_up_errors(
    *, connection_id: int, error_ids: Iterable[int], due_at: datetime | None = None
) -> list[int]:
    """Ends the ignoring: an error with records that still fail is open again, another one is resolved.

    With `due_at` only of those whose date has passed by then: somebody may have ignored one anew meanwhile.
    Returns the ids of those that were ignored.
    """
    with transaction.atomic():
        ledger = Ledger(connection_id=connection_id)
        errors = [
            error
            for error in _of(connection_id, error_ids, SyncError.Status.IGNORED)
            if due_at is None or (error.ignored_until is not None and error.ignored_until <= due_at)
        ]
        failing = [error for error in errors if error.open_records]
        for error in errors:
            if error.open_records:
                come_back(ledger, error)
            else:
                _forget_terms(error)
                error.status = SyncError.Status.RESOLVED
                error.resolved_at = ledger.now
                ledger.event(error, ErrorEvent.Kind.RESOLVED)
        count_open_records(ledger, failing, +1)
        _store(errors)
        ledger.close()
    return [error.pk for error in errors]


def take_up_due() -> int:
    """Takes up the errors whose date has passed; returns how many. Safe to run twice at once.

    Each round reads 100 along the index of dates and takes them up behind their connections' stream rows,
    where those that another worker took up meanwhile are left alone.
    """
    now = clock.now()
    due = SyncError.objects.filter(
        status=SyncError.Status.IGNORED, ignored_until__lte=now
    ).order_by("ignored_until")
    taken = 0
    while found := list(due.values_list("connection_id", "pk")[:_DUE_AT_ONCE]):
        ids: defaultdict[int, list[int]] = defaultdict(list)
        for connection_id, pk in found:
            ids[connection_id].append(pk)
        for connection_id, error_ids in sorted(ids.items()):
            taken += len(
                take_up_errors(connection_id=connection_id, error_ids=error_ids, due_at=now)
            )
    return taken


def has_outgrown(error: SyncError) -> bool:
    """Whether an ignored error affects more records than it was ignored for."""
    return error.ignored_above is not None and error.open_records > error.ignored_above


def come_back(ledger: Ledger, error: SyncError) -> None:
    """Opens an error again, counted and told; the caller stores it, and counts its records if it was ignored."""
    _forget_terms(error)
    error.status = SyncError.Status.OPEN
    error.opened_at = ledger.now
    error.resolved_at = None
    error.times_reopened += 1
    ledger.count_error(error.type, +1)
    ledger.event(error, ErrorEvent.Kind.REOPENED)


def count_open_records(ledger: Ledger, errors: list[SyncError], change: int) -> None:
    """Notes that each open record of `errors` has `change` open errors of the type more, as stored by now.

    One read a 900 errors; the rows come in chunks, but what is noted of them is held until the ledger closes.
    """
    types = {error.pk: error.type for error in errors}
    for part in chunks(sorted(types)):
        for error_id, record_key in (
            AffectedRecord.objects.filter(error_id__in=part, state=AffectedRecord.State.OPEN)
            .values_list("error_id", "record_key")
            .iterator()
        ):
            ledger.count_record(types[error_id], record_key, change)


def _of(connection_id: int, error_ids: Iterable[int], status: str) -> list[SyncError]:
    wanted = sorted(set(error_ids))
    return [
        error
        for part in chunks(wanted)
        for error in SyncError.objects.filter(
            connection_id=connection_id, pk__in=part, status=status
        ).order_by("pk")
    ]


def _refuse_larger(errors: list[SyncError], above: int) -> None:
    larger = [error.pk for error in errors if error.open_records > above]
    if larger:
        raise SelectionRefused(
            "already_above",
            _larger_already(errors, above),
            fields={"above": [_("Fewer than are affected now.")], "errors": larger},
        )


def _larger_already(errors: list[SyncError], above: int) -> str:
    """The sentence for what was asked about: one error, or some of several."""
    if len(errors) == 1:
        told = ngettext(
            "This error affects more than %(above)s record already. Name a larger number.",
            "This error affects more than %(above)s records already. Name a larger number.",
            above,
        )
    else:
        told = ngettext(
            "Some of these errors affect more than %(above)s record already. Name a larger number.",
            "Some of these errors affect more than %(above)s records already. Name a larger number.",
            above,
        )
    return told % {"above": number_format(above, force_grouping=True)}


def _forget_terms(error: SyncError) -> None:
    error.ignored_by = None
    error.ignored_at = None
    error.ignore_reason = ""
    error.ignored_until = None
    error.ignored_above = None


def _store(errors: list[SyncError]) -> None:
    SyncError.objects.bulk_update(
        errors,
        ["status", "opened_at", "resolved_at", "times_reopened", *IGNORE_FIELDS],
        batch_size=50,
    )

"""Stored counts equal counted ones after anything that can happen to errors."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import clock
from errors.counters import find_drift
from errors.ignoring import ignore_errors, take_up_due, take_up_errors
from errors.models import (
    AffectedRecord,
    ErrorCounter,
    ErrorEvent,
    ErrorStream,
    RecordPresence,
    ResyncBatch,
    SyncError,
)
from errors.recording import record_outcomes
from errors.resync import create_batch
from errors.resync.claiming import claim_batch
from errors.tests.fakes import contact, failed, make_connection, skipped, synced
from integrations.models import Connection
from integrations.outcomes import Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]

CODES = ["picklists/a", "picklists/b", "other/c", "duplicates/d"]


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    number = draw(st.integers(1, 4))
    # A record of Salesforce may have no HubSpot id yet, and get one later.
    ids = draw(st.sampled_from(["both", "hubspot", "salesforce"]))
    record = contact(
        number if ids != "salesforce" else "",
        salesforce_id="" if ids == "hubspot" else f"003{number:015d}",
    )
    direction = draw(st.sampled_from(["to_salesforce", "to_hubspot"]))
    kind = draw(st.sampled_from(["failed", "failed", "synced", "skipped"]))
    if kind == "synced":
        return synced(record, direction=direction)
    if kind == "skipped":
        return skipped(record, direction=direction)
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=3))
    return failed(record, *codes, direction=direction)


operations = st.one_of(
    st.tuples(st.just("record"), st.lists(outcomes(), max_size=6)),
    st.tuples(st.just("resync"), st.lists(outcomes(), max_size=6)),
    st.tuples(st.just("ignore"), st.integers(0, 5)),
    st.tuples(st.just("ignore until it grows"), st.integers(0, 5)),
    st.tuples(st.just("ignore until a date"), st.integers(0, 5)),
    st.tuples(st.just("the date passes"), st.just(0)),
    st.tuples(st.just("take up"), st.integers(0, 5)),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(operations, min_size=1, max_size=12))
def test_whatever_happens_the_counts_are_exact(steps: list[tuple[str, object]]) -> None:
    connection = make_connection()
    for number, (what, value) in enumerate(steps):
        _do(connection, number, what, value)

    assert find_drift(connection_id=connection.pk) == []
    for counter in ErrorCounter.objects.filter(connection=connection):
        errors = SyncError.objects.filter(connection=connection, type=counter.type, status="open")
        rows = AffectedRecord.objects.filter(error__in=errors, state="open")
        assert counter.open_errors == errors.count()
        assert counter.open_records == rows.values("record_key").distinct().count()
    numbers = ErrorEvent.objects.filter(connection=connection).order_by("seq")
    assert list(numbers.values_list("seq", flat=True)) == list(range(1, numbers.count() + 1))
    for error in SyncError.objects.filter(connection=connection).exclude(status="ignored"):
        assert (error.status == "open") == (error.open_records > 0)
        assert (error.ignored_at, error.ignored_until, error.ignored_above) == (None, None, None)
    for error in SyncError.objects.filter(connection=connection, status="ignored"):
        assert error.ignored_above is None or error.open_records <= error.ignored_above


def _do(connection: Connection, number: int, what: str, value: object) -> None:
    ids = list(SyncError.objects.filter(connection=connection).values_list("pk", flat=True))
    if what == "record":
        record_outcomes(connection_id=connection.pk, outcomes=value)  # type: ignore[arg-type]
    elif what == "ignore" and ids:
        ignore_errors(connection_id=connection.pk, error_ids=[ids[value % len(ids)]])  # type: ignore[operator]
    elif what == "ignore until it grows" and ids:
        ignore_errors(
            connection_id=connection.pk,
            error_ids=[ids[value % len(ids)]],  # type: ignore[operator]
            above="now",
        )
    elif what == "ignore until a date" and ids:
        ignore_errors(
            connection_id=connection.pk,
            error_ids=[ids[value % len(ids)]],  # type: ignore[operator]
            until=clock.now() + timedelta(hours=1),
        )
    elif what == "the date passes":
        past = clock.now() - timedelta(hours=1)
        SyncError.objects.exclude(ignored_until=None).update(ignored_until=past)
        take_up_due()
    elif what == "take up" and ids:
        take_up_errors(connection_id=connection.pk, error_ids=[ids[value % len(ids)]])  # type: ignore[operator]
    elif what == "resync" and ids:
        batch = create_batch(
            connection_id=connection.pk, error_ids=ids, user=None, idempotency_key=str(number)
        ).batch
        claim = claim_batch(batch_id=batch.pk)
        assert claim is not None
        record_outcomes(
            connection_id=connection.pk,
            outcomes=value,  # type: ignore[arg-type]
            resync_claim=claim,
        )
        ResyncBatch.objects.filter(pk=batch.pk).delete()


def test_an_ignored_error_leaves_the_card_and_keeps_its_records(connection: Connection) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(1), "picklists/a"), failed(contact(2), "picklists/a")],
    )
    error = SyncError.objects.get()

    ignore_errors(connection_id=connection.pk, error_ids=[error.pk])
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(3), "picklists/a")])

    counter = ErrorCounter.objects.get(connection=connection, type="picklists")
    error.refresh_from_db()
    assert (counter.open_errors, counter.open_records) == (0, 0)
    assert (error.status, error.open_records) == ("ignored", 3)
    take_up_errors(connection_id=connection.pk, error_ids=[error.pk])
    counter.refresh_from_db()
    assert (counter.open_errors, counter.open_records) == (1, 3)


def recount(*arguments: str) -> str:
    out = StringIO()
    call_command("recount", *arguments, stdout=out)
    return out.getvalue()


def test_recount_reports_drift_and_repairs_it(connection: Connection) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    assert "drift 0" in recount()
    ErrorCounter.objects.filter(connection=connection, type="picklists").update(open_errors=7)
    RecordPresence.objects.all().delete()
    SyncError.objects.update(open_records=9)

    with pytest.raises(CommandError, match="3 stored numbers"):
        recount()
    assert "Corrected 3" in recount("--repair")

    assert "drift 0" in recount()


def test_wrong_counts_do_not_stop_the_recording(connection: Connection) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a")])
    ErrorCounter.objects.update(open_errors=0, open_records=0)
    SyncError.objects.update(open_records=0)

    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(1))])

    assert ErrorStream.objects.get().write_no == 2

"""Resync of one record: its rows alone are retried, and the batch tells of this record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from errors.counters import find_drift
from errors.identity import identify
from errors.models import AffectedRecord, RecordAttempt, ResyncBatch, SyncError
from errors.recording import record_outcomes
from errors.resync import BatchCreated, ResyncRefused, create_batch, create_record_batch
from errors.resync.worker import run_batch
from errors.tests.crm_fake import FakeCrm
from errors.tests.fakes import contact, failed, failure, make_connection, synced
from integrations.models import Connection, ObjectMapping, RecordLink
from integrations.outcomes import Direction, Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrm:
    fake = FakeCrm(written=tmp_path / "written")
    monkeypatch.setattr("errors.resync.crm.open_clients", fake.open_clients)
    monkeypatch.setattr("errors.resync.crm.retry_pages", fake.retry_pages)
    return fake


def record(connection: Connection, *outcomes: Outcome) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=outcomes)


def resync(connection: Connection, key: str, *, idempotency_key: str = "key") -> BatchCreated:
    identity = identify(connection_id=connection.pk, record_key=key)
    assert identity is not None
    return create_record_batch(
        connection_id=connection.pk,
        record_key=key,
        identity=identity,
        user=None,
        idempotency_key=idempotency_key,
    )


def run(batch: ResyncBatch) -> ResyncBatch:
    assert run_batch(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def test_only_this_record_is_retried(connection: Connection, crm: FakeCrm) -> None:
    record(connection, *(failed(contact(n), "picklists/a", "other/b") for n in (1, 2, 3)))

    batch = run(resync(connection, "contacts:hs:2").batch)

    assert crm.writes() == ["2"]
    assert (batch.state, batch.total, batch.done, batch.failed) == ("finished", 2, 2, 0)
    assert (batch.records_total, batch.records_done) == (2, 2)
    assert {(item.state, item.records) for item in batch.items.all()} == {("resolved", 1)}
    assert set(SyncError.objects.values_list("status", "open_records")) == {("open", 2)}
    assert find_drift(connection_id=connection.pk) == []


def test_a_record_that_still_fails_is_told_with_its_own_reason(
    connection: Connection, crm: FakeCrm
) -> None:
    record(connection, *(failed(contact(n), "picklists/a") for n in (1, 2)))
    crm.broken = {"1": "picklists/z"}
    record(connection, failed(contact(2), "picklists/a", message="No."))

    batch = run(resync(connection, "contacts:hs:1").batch)

    item = batch.items.get()
    assert (item.state, item.reason) == ("failed", "picklists/z again")
    assert (batch.done, batch.failed) == (0, 1)
    still = run(resync(connection, "contacts:hs:1", idempotency_key="again").batch)
    item = still.items.get()
    assert (item.state, item.reason, still.failed) == ("failed", "picklists/z again", 1)


def test_both_directions_and_both_keys_of_a_record_are_retried(
    connection: Connection, crm: FakeCrm
) -> None:
    mapping = ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    # Failed on its way to HubSpot before it had an id there, and on its way back since.
    early = contact("", salesforce_id="003A")
    record(connection, failed(early, "other/b", direction=Direction.TO_HUBSPOT))
    RecordLink.objects.create(object_mapping=mapping, hubspot_id="7", salesforce_id="003A")
    record(connection, failed(contact(7, salesforce_id="003A"), "picklists/a"))

    by_old_key = resync(connection, "Contact:sf:003A").batch
    assert (by_old_key.total, by_old_key.records_total) == (2, 2)
    batch = run(by_old_key)

    assert (batch.done, batch.failed) == (2, 0)
    assert not AffectedRecord.objects.filter(state="open").exists()


def test_the_same_key_gives_the_same_batch_even_when_all_is_resolved(
    connection: Connection, crm: FakeCrm
) -> None:
    record(connection, failed(contact(1), "picklists/a"))
    first = resync(connection, "contacts:hs:1")
    run(first.batch)

    again = resync(connection, "contacts:hs:1")

    assert (again.created, again.batch.pk) == (False, first.batch.pk)
    assert ResyncBatch.objects.count() == 1


def test_the_same_key_for_another_record_is_refused(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/a"), failed(contact(2), "other/b"))
    resync(connection, "contacts:hs:1")

    with pytest.raises(ResyncRefused) as refused:
        resync(connection, "contacts:hs:2")
    assert (refused.value.code, refused.value.status_code) == ("key_reused", 409)

    with pytest.raises(ResyncRefused) as whole:
        create_batch(
            connection_id=connection.pk,
            error_ids=SyncError.objects.values_list("pk", flat=True),
            user=None,
            idempotency_key="key",
        )
    assert whole.value.code == "key_reused"


def test_a_record_without_an_open_error_is_refused(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/a"), failed(contact(2), "picklists/a"))
    record(connection, synced(contact(1)))

    with pytest.raises(ResyncRefused) as refused:
        resync(connection, "contacts:hs:1")
    assert refused.value.code == "nothing_to_resync"


def test_an_error_in_a_live_batch_is_left_to_it(connection: Connection) -> None:
    record(connection, failed(contact(1), "picklists/a"))
    resync(connection, "contacts:hs:1")

    with pytest.raises(ResyncRefused) as refused:
        resync(connection, "contacts:hs:1", idempotency_key="other")
    assert (refused.value.code, refused.value.status_code) == ("already_in_live_batch", 409)

    record(connection, failed(contact(1), "picklists/a", "other/b"))
    made = resync(connection, "contacts:hs:1", idempotency_key="third")
    assert (made.batch.total, len(made.skipped)) == (1, 1)


def test_a_record_of_another_connection_is_not_touched(
    connection: Connection, crm: FakeCrm
) -> None:
    other = make_connection()
    for one in (connection, other):
        record(one, failed(contact(1), "picklists/a"))

    run(resync(connection, "contacts:hs:1").batch)

    assert list(SyncError.objects.filter(status="open").values_list("connection", flat=True)) == [
        other.pk
    ]


def test_its_history_says_that_it_was_a_resync(connection: Connection, crm: FakeCrm) -> None:
    record(connection, failed(contact(1), "picklists/a"))

    run(resync(connection, "contacts:hs:1").batch)

    newest = RecordAttempt.objects.get(latest=True)
    assert (newest.result, newest.source) == ("synced", "resync")


def test_an_error_that_is_mended_is_resolved_though_another_of_the_batch_is_not(
    connection: Connection, crm: FakeCrm
) -> None:
    still = failure("other/b", "other/b again")
    both = failed(contact(1), "picklists/a")
    record(connection, replace(both, failures=(*both.failures, still)))
    crm.broken = {"1": "other/b"}

    batch = run(resync(connection, "contacts:hs:1").batch)

    states = dict(batch.items.values_list("error__code", "state"))
    assert states == {"a": "resolved", "b": "failed"}


def test_the_page_of_a_batch_says_that_records_fail_with_another_error_now(
    connection: Connection, crm: FakeCrm, as_user: Callable[[str], Client]
) -> None:
    record(connection, *(failed(contact(n), "property-values/a") for n in (1, 2)))
    crm.broken = {"2": "picklists/z"}
    made = create_batch(
        connection_id=connection.pk,
        error_ids=SyncError.objects.values_list("pk", flat=True),
        user=None,
        idempotency_key="whole",
    )
    batch = run(made.batch)

    page = as_user("viewer").get(f"/connections/{connection.pk}/resync/{batch.public_id}/")

    text = page.content.decode()
    assert "1 of 2 resolved" in text
    assert "Records of it fail with another error now: see the new reason." in text

"""Which affected records an import takes up, and what it makes of each, with the engine at its interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from errors.counters import find_drift
from errors.jobs import import_selection
from errors.jobs.import_requests import start_import
from errors.jobs.running import run_job
from errors.models import AffectedRecord, BulkJob, SavedView, SavedViewRecord, SyncError
from errors.recording import record_outcomes
from errors.tests.crm_fake import FakeCrm, FakePage
from errors.tests.fakes import contact, failed, failure, synced
from integrations.models import Connection, ObjectMapping, RecordLink
from integrations.outcomes import Direction, Outcome

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("judge")]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrm:
    fake = FakeCrm(written=tmp_path / "written", page_size=2)
    monkeypatch.setattr("errors.resync.crm.open_bulk_clients", fake.open_clients)
    monkeypatch.setattr("errors.resync.crm.retry_pages", fake.retry_pages)
    return fake


@pytest.fixture
def mapping(connection: Connection) -> ObjectMapping:
    return ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )


def inward(number: int, *codes: str) -> Outcome:
    """A contact of both systems that HubSpot refuses."""
    record = contact(number, salesforce_id=f"003{number:015d}")
    return failed(record, *(codes or ("picklists/a",)), direction=Direction.TO_HUBSPOT)


def store(connection: Connection, *outcomes: Outcome) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=outcomes)


def job_of(mapping: ObjectMapping, key: str = "key", **values: Any) -> BulkJob:
    asked = {"object": mapping.pk, "scope": "affected", **values}
    return start_import(
        connection=mapping.connection, values=asked, user=None, idempotency_key=key
    ).job


def run(job: BulkJob) -> BulkJob:
    while run_job(job_id=job.pk):
        pass
    job.refresh_from_db()
    return job


def open_ids() -> set[str]:
    return set(AffectedRecord.objects.filter(state="open").values_list("hubspot_id", flat=True))


def test_only_records_of_the_object_are_taken(mapping: ObjectMapping, crm: FakeCrm) -> None:
    other = contact(9, salesforce_id="001", hubspot_object="companies", salesforce_object="Account")
    store(mapping.connection, inward(1), failed(other, "other/b", direction=Direction.TO_HUBSPOT))

    job = run(job_of(mapping))

    assert (job.state, job.total, job.done) == ("finished", 1, 1)
    assert open_ids() == {"9"}


@pytest.mark.parametrize("how", ["type", "error", "view"])
def test_it_is_narrowed_to_a_type_an_error_or_a_view(
    mapping: ObjectMapping, crm: FakeCrm, how: str
) -> None:
    connection = mapping.connection
    store(connection, inward(1), inward(2), inward(3, "other/b"))
    error = SyncError.objects.get(type="other")
    view = SavedView.objects.create(connection=connection, name="One", total=1, open_records=1)
    SavedViewRecord.objects.create(view=view, record=error.records.get())
    value: Any = {"type": "other", "error": error.pk, "view": view.public_id}[how]

    job = run(job_of(mapping, **{how: value}))

    assert (job.state, job.total, job.done) == ("finished", 1, 1)
    assert open_ids() == {"1", "2"}


def test_records_of_ignored_errors_are_taken_only_where_the_error_is_named(
    mapping: ObjectMapping, crm: FakeCrm
) -> None:
    store(mapping.connection, inward(1), inward(2, "other/b"))
    SyncError.objects.filter(type="other").update(status="ignored")

    everything = run(job_of(mapping))
    error = SyncError.objects.get(type="other")
    named = run(job_of(mapping, "named", error=error.pk))

    assert (everything.total, everything.done) == (1, 1)
    assert (named.total, named.done) == (1, 1)
    assert open_ids() == set()


def test_records_that_come_later_are_not_part_of_it(mapping: ObjectMapping, crm: FakeCrm) -> None:
    connection = mapping.connection
    store(connection, inward(1), inward(2), inward(3))
    crm.at["after page"] = lambda: store(connection, inward(7))

    job = run(job_of(mapping))

    assert (job.total, job.done) == (3, 3)
    assert open_ids() == {"7"}


def test_a_record_with_several_errors_counts_once_wherever_its_rows_are(
    mapping: ObjectMapping, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_selection, "CHUNK", 2)
    store(mapping.connection, *(inward(n) for n in range(1, 6)))
    store(mapping.connection, *(inward(n, "picklists/a", "other/b") for n in range(1, 6)))
    assert AffectedRecord.objects.filter(state="open").count() == 10
    crm.broken = {"2": "other/b", "5": "picklists/a"}
    # With the words of before: they are the same errors still.
    monkeypatch.setattr("errors.tests.crm_fake.failure", lambda code, _: failure(code))

    job = run(job_of(mapping))

    assert (job.state, job.total, job.done, job.failed) == ("finished", 5, 3, 2)
    assert sorted(crm.writes()) == ["1", "2", "3", "4", "5"]
    assert find_drift(connection_id=mapping.connection.pk) == []


def test_what_was_settled_before_its_turn_is_told(
    mapping: ObjectMapping, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_selection, "CHUNK", 2)
    store(mapping.connection, *(inward(n) for n in range(1, 6)))
    gone = synced(contact(5, salesforce_id=f"003{5:015d}"), direction=Direction.TO_HUBSPOT)
    crm.at["after page"] = lambda: store(mapping.connection, gone)

    job = run(job_of(mapping))

    assert (job.state, job.total, job.done, job.result["meanwhile"]) == ("finished", 4, 4, 1)


def test_a_failure_that_comes_while_a_page_is_under_way_stays(
    mapping: ObjectMapping, crm: FakeCrm
) -> None:
    store(mapping.connection, inward(1), inward(2))
    crm.at["after write"] = lambda: store(mapping.connection, inward(2))

    job = run(job_of(mapping))

    assert job.state == "finished"
    assert open_ids() == {"2"}


def test_a_failure_that_comes_while_the_parents_of_a_page_go_first_stays(
    mapping: ObjectMapping, crm: FakeCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_parents_first(**values: Any) -> Iterator[FakePage]:
        # The page's records have been read by now. The sync reads a newer state of one, which is refused.
        store(mapping.connection, inward(2))
        parent = contact(9, hubspot_object="companies", salesforce_object="Account")
        yield FakePage([synced(parent)], apply=lambda: None, records=1)
        yield from crm.retry_pages(**values)

    store(mapping.connection, inward(1), inward(2))
    monkeypatch.setattr("errors.resync.crm.retry_pages", read_then_parents_first)

    job = run(job_of(mapping))

    assert job.state == "finished"
    assert open_ids() == {"2"}


def test_the_salesforce_id_is_taken_from_the_link_where_the_row_has_none(
    mapping: ObjectMapping, crm: FakeCrm
) -> None:
    store(mapping.connection, failed(contact(1), "picklists/a"))
    RecordLink.objects.create(object_mapping=mapping, hubspot_id="1", salesforce_id="003x")

    job = run(job_of(mapping))

    assert (job.done, job.result["read"]) == (1, 1)
    assert crm.writes() == ["1", "1"]  # read from Salesforce, then its own direction


def test_a_record_that_no_system_can_be_asked_for_is_told_and_stays(
    mapping: ObjectMapping, crm: FakeCrm
) -> None:
    store(mapping.connection, failed(contact(1), "picklists/a", direction=Direction.TO_HUBSPOT))

    job = run(job_of(mapping))

    assert (job.state, job.total, job.done, job.failed) == ("finished", 1, 0, 1)
    assert (job.result["not_in_salesforce"], job.result["failing"]) == (1, 0)
    assert crm.writes() == []
    assert open_ids() == {"1"}


def test_skipped_records_are_done_and_told_apart(mapping: ObjectMapping, crm: FakeCrm) -> None:
    store(mapping.connection, inward(1), inward(2))
    crm.skipped = {"2"}

    job = run(job_of(mapping))

    assert (job.done, job.result["synced"], job.result["skipped"]) == (2, 1, 1)


def test_an_import_of_nothing_is_finished_at_once(mapping: ObjectMapping, crm: FakeCrm) -> None:
    job = run(job_of(mapping))

    assert (job.state, job.total, job.done, crm.writes()) == ("finished", 0, 0, [])


@pytest.mark.parametrize("gone", ["object", "view"])
def test_it_stops_with_a_word_when_what_was_chosen_is_gone(
    mapping: ObjectMapping, crm: FakeCrm, gone: str
) -> None:
    store(mapping.connection, inward(1))
    view = SavedView.objects.create(
        connection=mapping.connection, name="One", total=1, open_records=1
    )
    SavedViewRecord.objects.create(view=view, record=AffectedRecord.objects.get())
    job = job_of(mapping, view=view.public_id)
    if gone == "object":
        ObjectMapping.objects.update(enabled=False)
    else:
        view.delete()

    job = run(job)

    assert job.state == "failed"
    assert job.detail
    assert crm.writes() == []


def test_the_schemas_are_read_anew_once(
    mapping: ObjectMapping, crm: FakeCrm, monkeypatch: Any
) -> None:
    monkeypatch.setattr(import_selection, "CHUNK", 2)
    store(mapping.connection, *(inward(n) for n in range(1, 6)))

    run(job_of(mapping))

    assert crm.asked_to_refresh == [True, False, False]

"""A record's own page: values side by side, errors, tries, and Resync of this record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from errors.models import AffectedRecord, ResyncBatch, SyncError
from errors.pages.record_parts import record_page
from errors.recording import record_outcomes
from errors.tests.fakes import contact, failed, synced
from errors.tests.world import link_contact, map_contacts
from integrations.models import Connection, PropertyMapping, RecordLink, UsageBucket
from integrations.outcomes import Direction, Outcome
from integrations.record_values import record_values
from integrations.testing import make_connection
from tests.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = contact(1, salesforce_id="003A", label="Ada Byron")
LogIn = Callable[[str], Client]


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection(name="Northwind")


def record(connection: Connection, *outcomes: Outcome) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=outcomes)


def address(row: AffectedRecord, *, resync: bool = False) -> str:
    return f"/connections/{row.connection_id}/records/{row.pk}/" + ("resync/" if resync else "")


def fail_ada(connection: Connection, *codes: str) -> AffectedRecord:
    record(connection, failed(ADA, *(codes or ("picklists/a",))))
    return AffectedRecord.objects.order_by("-pk")[0]


# --- values -----------------------------------------------------------------------------------


def test_values_of_both_sides_stand_beside_each_other(connection: Connection) -> None:
    mapping = map_contacts(connection)
    values = {
        one.hubspot_property: one
        for one in record_values(mapping=mapping, link=link_contact(mapping, "1", "003A"))
    }

    title = values["jobtitle"]
    assert (title.property_label, title.field_label) == ("Job title", "Title of the person")
    assert (title.differs, title.pending) == (True, ("to_salesforce",))
    assert not values["firstname"].differs
    # Read on one side alone: the other has none.
    assert (values["email"].hubspot_value, values["email"].salesforce_value) == (
        "",
        "ada@example.com",
    )
    assert values["email"].differs
    # What is not read is not known, and does not differ.
    for name in ("fax", "notes"):
        assert (values[name].hubspot_value, values[name].differs) == (None, False)
        assert not values[name].syncs


@pytest.mark.parametrize(("hubspot_id", "salesforce_id"), [("1", ""), ("", "003A")])
def test_a_side_without_a_record_holds_no_values(
    connection: Connection, hubspot_id: str, salesforce_id: str
) -> None:
    mapping = map_contacts(connection)
    values = record_values(mapping=mapping, link=link_contact(mapping, hubspot_id, salesforce_id))

    assert not any(one.differs for one in values)
    missing = "salesforce_value" if hubspot_id else "hubspot_value"
    assert {getattr(one, missing) for one in values} == {None}


def test_the_page_marks_differences_and_shortens_long_values(
    connection: Connection, as_user: LogIn
) -> None:
    mapping = map_contacts(connection)
    link_contact(mapping, "1", "003A")
    row = fail_ada(connection)

    page = as_user("viewer").get(address(row)).content.decode()

    assert page.count('class="differs"') == 2
    assert "Job title" in page
    assert "Still to be written to Salesforce" in page
    assert "Prefer Salesforce unless blank" in page
    assert "x" * 139 + "…</summary>" in page
    assert "x" * 300 in page
    assert "/record/0-1/1" in page
    assert "/lightning/r/Contact/003A/view" in page


def test_the_row_of_the_property_that_an_open_error_names_says_so(
    connection: Connection, as_user: LogIn
) -> None:
    mapping = map_contacts(connection)
    link_contact(mapping, "1")  # not in Salesforce yet, so nothing can differ
    row = fail_ada(connection)
    client = as_user("viewer")

    def rows() -> dict[str, bool]:
        """Whether each property's row is marked."""
        page = client.get(address(row)).content.decode()
        table = page[page.index('id="values-title"') : page.index('id="attempts-title"')]
        found = {}
        for part in table.split('<th scope="row">')[1:]:
            name = re.search(r'<span class="mono">(\w+)</span>', part)
            assert name is not None
            found[name[1]] = "Keeps the record from syncing" in part
        return found

    assert not any(rows().values())
    for named in (
        {"hubspot_property": "jobtitle", "salesforce_field": "Title"},
        {"hubspot_property": "jobtitle"},
        {"salesforce_field": "Title"},
    ):
        SyncError.objects.update(details=named)
        assert [name for name, marked in rows().items() if marked] == ["jobtitle"]
    SyncError.objects.update(details={"hubspot_property": "jobtitle", "salesforce_field": "Fax"})
    assert not any(rows().values())
    SyncError.objects.update(details=named)
    record(connection, synced(ADA))
    assert not any(rows().values())


def test_only_differences_are_shown_when_asked_for(connection: Connection, as_user: LogIn) -> None:
    mapping = map_contacts(connection)
    link_contact(mapping, "1", "003A")

    page = as_user("viewer").get(address(fail_ada(connection)) + "?values=differing")

    assert page.content.decode().count('<th scope="row"><span>') == 2


def test_crm_data_is_escaped(connection: Connection, as_user: LogIn) -> None:
    evil = '<img src=x onerror="alert(1)">'
    mapping = map_contacts(connection)
    RecordLink.objects.create(
        object_mapping=mapping,
        hubspot_id="1",
        label=evil,
        hubspot_values={"email:Email": evil, "firstname:FirstName": evil + "y" * 300},
    )
    record(connection, failed(contact(1, label=evil), "picklists/a", message=evil))

    page = as_user("viewer").get(address(AffectedRecord.objects.get())).content.decode()

    assert "<img" not in page.replace('<img src="/static', "")
    assert page.count("&lt;img src=x") >= 5


def test_no_call_is_made_for_the_page(connection: Connection, as_user: LogIn) -> None:
    map_contacts(connection)

    as_user("viewer").get(address(fail_ada(connection)))  # its CRMs are at .invalid

    assert not UsageBucket.objects.exists()


# --- errors and tries -------------------------------------------------------------------------


def test_every_row_of_a_record_leads_to_all_of_it(connection: Connection, as_user: LogIn) -> None:
    early = contact("", salesforce_id="003A", label="Ada Byron")
    record(connection, failed(early, "other/b", direction=Direction.TO_HUBSPOT))
    mapping = map_contacts(connection)
    link_contact(mapping, "1", "003A")
    fail_ada(connection)
    assert AffectedRecord.objects.values("record_key").distinct().count() == 2

    for row in AffectedRecord.objects.all():
        shown = record_page(connection=connection, row=row)
        assert len(shown.open_errors) == 2
        assert len(shown.runs) == 2
        assert as_user("viewer").get(address(row)).status_code == 200


def test_open_and_earlier_errors_are_told_apart(connection: Connection) -> None:
    fail_ada(connection, "picklists/a", "other/b")
    row = fail_ada(connection, "other/b")

    shown = record_page(connection=connection, row=row)

    assert [one.error.type for one in shown.open_errors] == ["other"]
    assert [one.error.type for one in shown.earlier_errors] == ["picklists"]


def test_tries_are_told_newest_first_and_page_by_page(
    connection: Connection, as_user: LogIn
) -> None:
    for number in range(15):
        fail_ada(connection, f"other/{number}")
        record(connection, synced(ADA))
    row = AffectedRecord.objects.all()[0]

    first = as_user("viewer").get(address(row))
    shown = first.context["page"]
    assert [one.run.result for one in shown.runs[:2]] == ["synced", "failed"]
    assert len(shown.runs) == 20

    older = as_user("viewer").get(address(row) + f"?cursor={shown.attempts.next_cursor}")
    assert len(older.context["page"].runs) == 10
    assert older.context["page"].attempts.next_cursor is None


def test_of_two_directions_the_one_that_was_tried_last_comes_first(
    connection: Connection,
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        row = fail_ada(connection)
        clock.shift(timedelta(minutes=5))
        record(connection, synced(ADA, direction=Direction.TO_HUBSPOT))
        clock.shift(timedelta(minutes=5))
        fail_ada(connection)

    runs = [one.run for one in record_page(connection=connection, row=row).runs]

    assert [(run.result, run.times) for run in runs] == [("failed", 2), ("synced", 1)]


def test_a_run_says_how_often_since_when_and_what(connection: Connection, as_user: LogIn) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(37):
            row = fail_ada(connection)
            clock.shift(timedelta(minutes=15))

        page = as_user("viewer").get(address(row)).content.decode()

    assert "37 times" in page
    assert "since 1 Mar 2026, " in page
    assert "HubSpot → Salesforce" in page


def test_a_record_without_an_open_error_says_so_and_has_nothing_to_press(
    connection: Connection, as_user: LogIn
) -> None:
    row = fail_ada(connection)
    record(connection, synced(ADA))

    page = as_user("operator").get(address(row)).content.decode()

    assert "No open error" in page
    assert "Resync this record" not in page


def test_objects_that_are_not_mapped_any_more_have_no_values(
    connection: Connection, as_user: LogIn
) -> None:
    page = as_user("viewer").get(address(fail_ada(connection))).content.decode()

    assert "not mapped any more" in page


def test_queries_grow_neither_with_properties_nor_with_errors_nor_with_tries(
    connection: Connection, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    mapping = map_contacts(connection)
    link_contact(mapping, "1", "003A")
    row = fail_ada(connection)
    client = as_user("operator")
    client.get(address(row))

    # Session, user, connection, role; the row; mapping, link; tries, open rows, earlier rows, batches at
    # work, errors of the tries; pairs, labels; switcher.
    with django_assert_num_queries(15):
        client.get(address(row))
    PropertyMapping.objects.bulk_create(
        PropertyMapping(
            object_mapping=mapping, hubspot_property=f"p{n}", salesforce_field=f"F{n}__c"
        )
        for n in range(60)
    )
    for number in range(30):
        fail_ada(connection, *(f"other/{number}-{n}" for n in range(3)))
    with django_assert_num_queries(15):
        client.get(address(row))


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 10**6, 2**63, 10**40])
def test_an_unknown_record_is_404(connection: Connection, as_user: LogIn, number: int) -> None:
    client = as_user("operator")
    at = f"/connections/{connection.pk}/records/{number}/"

    assert client.get(at).status_code == 404
    assert client.post(at + "resync/").status_code == 404


def test_a_record_of_another_connection_is_404(
    connection: Connection, people: People, as_user: LogIn
) -> None:
    row = fail_ada(connection)
    elsewhere = Connection.objects.exclude(pk=connection.pk).get()

    assert (
        as_user("stranger").get(f"/connections/{elsewhere.pk}/records/{row.pk}/").status_code == 404
    )


# --- resync -----------------------------------------------------------------------------------


def test_pressing_resync_stores_a_batch_of_this_record(
    connection: Connection, as_user: LogIn
) -> None:
    record(connection, *(failed(contact(n), "picklists/a") for n in range(5, 9)))
    row = fail_ada(connection)
    client = as_user("operator")

    answer = client.post(address(row, resync=True), {"idempotency_key": "k"})

    batch = ResyncBatch.objects.get()
    assert answer.headers["Location"] == f"{address(row)}?batch={batch.public_id}"
    assert (batch.record_key, batch.total, batch.records_total) == ("contacts:hs:1", 1, 1)
    page = client.get(address(row)).content.decode()
    assert str(batch.public_id) in page
    assert "Resync this record" not in page
    told = client.get(f"/connections/{connection.pk}/resync/{batch.public_id}/").content.decode()
    assert address(row) in told


def test_pressing_twice_makes_one_batch(connection: Connection, as_user: LogIn) -> None:
    row = fail_ada(connection)
    client = as_user("operator")

    for _ in range(2):
        client.post(address(row, resync=True), {"idempotency_key": "k"})

    assert ResyncBatch.objects.count() == 1


def test_an_error_in_a_live_batch_is_refused_in_place(
    connection: Connection, as_user: LogIn
) -> None:
    row = fail_ada(connection)
    client = as_user("operator")
    client.post(address(row, resync=True), {"idempotency_key": "k"})

    answer = client.post(address(row, resync=True), {"idempotency_key": "other"})

    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    assert "Ada Byron" in answer.content.decode()


def test_a_resolved_record_is_refused_in_place(connection: Connection, as_user: LogIn) -> None:
    row = fail_ada(connection)
    record(connection, synced(ADA))

    answer = as_user("operator").post(address(row, resync=True), {"idempotency_key": "k"})

    assert answer.status_code == 409
    assert "nothing to resync" in answer.content.decode()


def test_a_viewer_sees_no_button_and_may_not_press(connection: Connection, as_user: LogIn) -> None:
    row = fail_ada(connection)
    client = as_user("viewer")

    assert "Resync this record" not in client.get(address(row)).content.decode()
    assert client.post(address(row, resync=True)).status_code == 403


def test_the_end_of_a_resync_is_said_once(connection: Connection, as_user: LogIn) -> None:
    row = fail_ada(connection)
    client = as_user("viewer")
    htmx = {"HX-Request": "true"}

    said = client.get(address(row) + "?said=1", headers=htmx).content.decode()
    SyncError.objects.update(status="open")

    assert "<html" not in said
    assert "the record still fails" in said
    assert "still fails" not in client.get(address(row)).content.decode()


def test_how_its_resync_ended_is_shown_and_nothing_else_stands_beside_it(
    connection: Connection, as_user: LogIn
) -> None:
    row = fail_ada(connection)
    client = as_user("operator")
    at = client.post(address(row, resync=True), {"idempotency_key": "k"}).headers["Location"]
    asked, fails = "has been asked for", "Resync finished: the record still fails."
    page = client.get(at).content.decode()
    assert asked in page
    assert fails not in page

    batch = ResyncBatch.objects.get()
    batch.items.update(state="failed")
    ResyncBatch.objects.update(state="finished", failed=1)

    page = client.get(at).content.decode()
    assert 'class="notice bad' in page
    assert fails in page
    assert asked not in page
    record(connection, synced(ADA))
    page = client.get(at).content.decode()
    assert 'class="notice good' in page
    assert "Resync finished: the record has no open error." in page


def test_a_resync_of_something_else_in_the_address_is_told(
    connection: Connection, as_user: LogIn
) -> None:
    record(connection, failed(contact(5), "other/b"))
    other = AffectedRecord.objects.get(record_key="contacts:hs:5")
    row = fail_ada(connection)
    client = as_user("operator")
    client.post(address(other, resync=True), {"idempotency_key": "k"})

    for wanted in (ResyncBatch.objects.get().public_id, "nonsense"):
        answer = client.get(f"{address(row)}?batch={wanted}")
        assert answer.status_code == 400
        assert "a resync that this record never had" in answer.content.decode()

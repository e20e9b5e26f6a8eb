"""Static lists in HubSpot of a view's records, made by a job against the simulator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from common import clock
from errors import saved_views
from errors.jobs import pause_job, texts
from errors.jobs.running import run_job
from errors.jobs.sweeping import sweep_jobs
from errors.jobs.texts import texts_of
from errors.models import AffectedRecord, BulkJob, SavedView
from errors.recording import record_outcomes
from errors.saved_views import ViewRefused
from errors.tests.children import die, end_of, start_child
from errors.tests.fakes import contact, failed
from errors.view_lists import ask_for_lists, list_job, shown_lists
from integrations.clients import HubSpotClient
from integrations.models import Connection, ObjectMapping, RecordLink
from integrations.outcomes import RecordRef
from integrations.testing import HUBSPOT_SECRET, make_connection
from simulators.testing import Simulators

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("judge"),
]


@pytest.fixture
def connection(transactional_db: None, simulators: Simulators) -> Connection:
    return make_connection()


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("errors.jobs.sweeping.nudge", lambda *args: True)


def make_records(connection: Connection, object_type: str, number: int) -> list[str]:
    """Records that HubSpot has; answers their ids."""
    name = {"contacts": "email", "companies": "domain"}[object_type]
    suffix = "@example.com" if object_type == "contacts" else ".example.com"
    client = HubSpotClient(connection=connection)
    made = client.batch_create(
        object_type, [{"properties": {name: f"r{n}{suffix}"}} for n in range(number)]
    )
    client.close()
    return [row.id for row in made]


def view_of(connection: Connection, *records: RecordRef, name: str = "Partners") -> SavedView:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(record, "picklists/a") for record in records],
    )
    return saved_views.create_view(
        connection_id=connection.pk,
        name=name,
        user=None,
        records=AffectedRecord.objects.all(),
    )


def contacts(ids: list[str]) -> list[RecordRef]:
    return [contact(one) for one in ids]


def company(hubspot_id: str, salesforce_id: str = "") -> RecordRef:
    return contact(
        hubspot_id,
        salesforce_id=salesforce_id,
        hubspot_object="companies",
        salesforce_object="Account",
    )


def made_lists(connection: Connection, view: SavedView) -> list[dict[str, Any]]:
    view.refresh_from_db()
    return [one for one in view.hubspot_lists if one["object"]]


def run(view: SavedView, name: str = "") -> BulkJob:
    job = ask_for_lists(view=view, user=None, name=name)
    assert run_job(job_id=job.pk)
    job.refresh_from_db()
    return job


def in_hubspot(connection: Connection, list_id: str) -> dict[str, Any]:
    client = HubSpotClient(connection=connection)
    found = client.list_get(list_id)
    client.close()
    return found


def calls(simulators: Simulators, method: str, part: str) -> int:
    listed = simulators.control("GET", "calls?system=hubspot&limit=1000")
    rows = listed["calls"] if isinstance(listed, dict) else listed
    return sum(row["method"] == method and part in row["path"] for row in rows)


def test_2500_members_are_added_in_three_calls(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2500)))

    job = run(view)

    assert (job.state, job.total, job.done, job.failed) == ("finished", 2500, 2500, 0)
    [made] = made_lists(connection, view)
    assert (made["name"], made["added"], made["complete"]) == ("Partners", 2500, True)
    found = in_hubspot(connection, made["list_id"])
    assert (found["size"], found["processingType"], found["objectTypeId"]) == (
        2500,
        "MANUAL",
        "0-1",
    )
    assert calls(simulators, "PUT", "/memberships/add") == 3
    assert simulators.control("GET", "calls/count?system=salesforce")["count"] == 0
    [shown] = shown_lists(view=view, connection=connection)
    assert shown.url.endswith(f"/contacts/1/objectLists/{made['list_id']}")


def test_several_objects_are_several_lists(connection: Connection) -> None:
    people, firms = (
        make_records(connection, "contacts", 3),
        make_records(connection, "companies", 2),
    )
    view = view_of(connection, *contacts(people), *(company(one) for one in firms))

    assert run(view).state == "finished"

    assert [(one["object"], one["name"], one["added"]) for one in made_lists(connection, view)] == [
        ("companies", "Partners (companies)", 2),
        ("contacts", "Partners (contacts)", 3),
    ]


def test_records_that_are_not_in_hubspot_are_told_and_the_others_are_added(
    connection: Connection,
) -> None:
    [known, late] = make_records(connection, "contacts", 2)
    mapping = ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    RecordLink.objects.create(
        object_mapping=mapping, hubspot_id=late, salesforce_id="003000000000000002"
    )
    view = view_of(
        connection,
        contact(known),
        contact("987654321"),  # deleted there meanwhile
        contact("", salesforce_id="003000000000000001"),  # never came there
        contact("", salesforce_id="003000000000000002"),  # came there after it had failed
    )

    job = run(view)

    [made] = made_lists(connection, view)
    assert (made["added"], made["not_there"], made["unknown_ids"]) == (2, 1, ["987654321"])
    assert (job.state, job.done, job.failed) == ("finished", 2, 2)
    assert in_hubspot(connection, made["list_id"])["size"] == 2


def test_without_any_record_in_hubspot_there_is_no_empty_list(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, contact("", salesforce_id="003000000000000001"))

    assert run(view).state == "finished"

    [made] = made_lists(connection, view)
    assert (made["list_id"], made["not_there"], made["complete"]) == ("", 1, True)
    assert calls(simulators, "POST", "/crm/lists/") == 0


def test_a_record_with_two_errors_is_added_once(connection: Connection) -> None:
    [one] = make_records(connection, "contacts", 1)
    record_outcomes(
        connection_id=connection.pk, outcomes=[failed(contact(one), "picklists/a", "other/b")]
    )
    view = saved_views.create_view(
        connection_id=connection.pk, name="Two", user=None, records=AffectedRecord.objects.all()
    )

    job = run(view)

    assert (view.total, job.done) == (2, 2)
    assert made_lists(connection, view)[0]["added"] == 1


def test_a_name_that_is_taken_is_refused_in_hubspots_words_and_another_one_does_it(
    connection: Connection, simulators: Simulators
) -> None:
    client = HubSpotClient(connection=connection)
    theirs = client.list_create(name="PARTNERS", object_type_id="0-1")
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))

    assert run(view).state == "finished"

    view.refresh_from_db()
    [shown] = shown_lists(view=view, connection=connection)
    assert "must be unique" in shown.refusal
    assert "Choose another name" in shown.advice
    assert (shown.list_id, shown.complete) == ("", False)
    assert in_hubspot(connection, theirs["listId"])["size"] == 0

    run(view, name="Partners 2")

    [made] = made_lists(connection, view)
    assert (made["name"], made["added"], made["refusal"]) == ("Partners 2", 2, "")
    client.close()


def test_a_missing_right_is_named(connection: Connection, simulators: Simulators) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))
    token = {"token": HUBSPOT_SECRET["key"], "kind": "service_key"}
    simulators.control(
        "POST", "hubspot/tokens", json={**token, "scopes": ["crm.objects.contacts.read"]}
    )

    job = run(view)
    assert job.state == "finished"

    view.refresh_from_db()
    [shown] = shown_lists(view=view, connection=connection)
    assert "scopes" in shown.refusal
    assert "crm.lists.write" in shown.advice
    assert texts.state_of(job) == "Finished: all failed"
    connection.refresh_from_db()
    assert connection.state == "active"

    simulators.control(
        "POST",
        "hubspot/tokens",
        json={**token, "scopes": ["crm.lists.read", "crm.lists.write"]},
    )
    run(view)
    assert made_lists(connection, view)[0]["added"] == 2


def test_only_the_right_that_hubspot_asks_for_is_said_to_be_missing(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))
    token = {"token": HUBSPOT_SECRET["key"], "kind": "service_key"}
    simulators.control("POST", "hubspot/tokens", json={**token, "scopes": ["crm.lists.read"]})

    run(view)

    view.refresh_from_db()
    [shown] = shown_lists(view=view, connection=connection)
    assert "lacks the right crm.lists.write:" in shown.advice


def test_an_answer_that_is_lost_makes_no_second_list(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))
    simulators.control(
        "POST",
        "faults",
        json={
            "system": "hubspot",
            "method": "POST",
            "path": "/crm/lists/",
            "kind": "drop",
            "count": 1,
        },
    )

    job = run(view)
    assert (job.state, job.hold_reason) == ("queued", "crm_unavailable")
    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        assert run_job(job_id=job.pk)

    assert [one["added"] for one in made_lists(connection, view)] == [2]
    assert calls(simulators, "POST", "/crm/lists/") == 1


def _die_after_create() -> None:
    create = HubSpotClient.list_create

    def create_and_die(self: HubSpotClient, **values: Any) -> Any:
        create(self, **values)
        die()

    HubSpotClient.list_create = create_and_die  # type: ignore[method-assign]


def _die_before_create() -> None:
    HubSpotClient.list_create = lambda self, **values: die()  # type: ignore[method-assign, assignment]


def _die_after_add() -> None:
    add = HubSpotClient.list_add

    def add_and_die(self: HubSpotClient, *args: Any) -> Any:
        add(self, *args)
        die()

    HubSpotClient.list_add = add_and_die  # type: ignore[method-assign, assignment]


@pytest.mark.crash
@pytest.mark.parametrize(
    ("arm", "taken"),
    [
        (_die_before_create, False),
        (_die_before_create, True),
        (_die_after_create, False),
        (_die_after_add, False),
    ],
    ids=["before create", "before the refusal", "after create", "after add"],
)
def test_a_killed_worker_leaves_one_list_with_every_member(
    connection: Connection, simulators: Simulators, arm: Callable[[], None], taken: bool
) -> None:
    ids = make_records(connection, "contacts", 3)
    view = view_of(connection, *contacts(ids))
    theirs = None
    if taken:
        client = HubSpotClient(connection=connection)
        theirs = client.list_create(name="Partners", object_type_id="0-1")
        client.close()
    job = ask_for_lists(view=view, user=None)

    assert end_of(start_child(partial(_run_armed, job.pk, arm))) == -9
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert sweep_jobs() == 1
        assert run_job(job_id=job.pk)

    job.refresh_from_db()
    assert job.state == "finished"
    [made] = made_lists(connection, view)
    if theirs is not None:
        # It was there before we began, so it is not taken for ours after the kill either.
        assert "must be unique" in made["refusal"]
        assert in_hubspot(connection, theirs["listId"])["size"] == 0
        return
    assert (made["added"], made["refusal"], job.done) == (3, "", 3)
    assert in_hubspot(connection, made["list_id"])["size"] == 3
    assert calls(simulators, "POST", "/crm/lists/") == 1


def _run_armed(job_id: int, arm: Callable[[], None]) -> None:
    arm()
    run_job(job_id=job_id)


def test_the_jobs_row_is_locked_before_the_views_as_by_whoever_asks_anew(
    connection: Connection,
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 3)))
    job = ask_for_lists(view=view, user=None)

    with CaptureQueriesContext(database) as captured:
        run_job(job_id=job.pk)

    updated = [
        query["sql"].split('"')[1]
        for query in captured.captured_queries
        if query["sql"].startswith("UPDATE")
    ]
    after = {before for before, table in pairwise(updated) if table == "errors_savedview"}
    assert after == {"errors_bulkjob"}


def test_asking_twice_is_one_job_and_a_stopped_one_is_taken_up(connection: Connection) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 1)))

    first = ask_for_lists(view=view, user=None)
    assert ask_for_lists(view=view, user=None).pk == first.pk

    pause_job(job=first)
    assert ask_for_lists(view=view, user=None).pk == first.pk
    first.refresh_from_db()
    assert first.state == "queued"

    pause_job(job=first)
    other = ask_for_lists(view=view, user=None, name="Another")
    first.refresh_from_db()
    assert (first.state, other.pk != first.pk) == ("cancelled", True)
    assert list_job(view=view) == other


def test_a_list_that_was_begun_is_gone_on_with(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))
    client = HubSpotClient(connection=connection)
    begun = client.list_create(name="Partners", object_type_id="0-1")["listId"]
    client.close()
    entry = {
        "object": "contacts", "name": "Partners", "list_id": begun, "added": 0, "not_there": 0,
        "unknown": 0, "unknown_ids": [], "refusal": "", "refusal_code": "", "complete": False,
    }  # fmt: skip
    with transaction.atomic():
        saved_views.note_list(view_id=view.pk, entry=entry)

    run(view)

    [made] = made_lists(connection, view)
    assert (made["list_id"], made["added"]) == (begun, 2)
    assert in_hubspot(connection, begun)["size"] == 2


def begin_list(connection: Connection, view: SavedView, name: str) -> str:
    """A list that an earlier job has begun under that name."""
    client = HubSpotClient(connection=connection)
    begun = str(client.list_create(name=name, object_type_id="0-1")["listId"])
    client.close()
    entry = {
        "object": "contacts", "name": name, "list_id": begun, "added": 0, "not_there": 0,
        "unknown": 0, "unknown_ids": [], "refusal": "", "refusal_code": "", "complete": False,
    }  # fmt: skip
    with transaction.atomic():
        saved_views.note_list(view_id=view.pk, entry=entry)
    return begun


def test_a_list_that_was_begun_gets_the_name_under_which_it_is_asked_for_again(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))
    begun = begin_list(connection, view, "Partners")

    job = run(view, name="Partners of May")

    assert job.state == "finished"
    [made] = made_lists(connection, view)
    assert (made["list_id"], made["name"], made["added"]) == (begun, "Partners of May", 2)
    assert in_hubspot(connection, begun)["name"] == "Partners of May"


def test_a_list_that_was_begun_keeps_its_name_where_hubspot_refuses_the_other(
    connection: Connection, simulators: Simulators
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 2)))
    begun = begin_list(connection, view, "Partners")
    client = HubSpotClient(connection=connection)
    client.list_create(name="Taken", object_type_id="0-1")
    client.close()

    run(view, name="Taken")

    [made] = made_lists(connection, view)
    assert (made["list_id"], made["name"], made["complete"]) == (begun, "Partners", False)
    assert "Taken" in made["refusal"]
    assert in_hubspot(connection, begun)["name"] == "Partners"
    run(view, name="Partners")
    [made] = made_lists(connection, view)
    assert (made["list_id"], made["added"], made["complete"]) == (begun, 2, True)


def test_a_slash_in_the_name_does_not_hide_the_list(connection: Connection) -> None:
    view = view_of(
        connection, *contacts(make_records(connection, "contacts", 1)), name="Q1/Q2 ändern? 100 %"
    )

    run(view)

    [made] = made_lists(connection, view)
    assert made["name"] == "Q1-Q2 ändern? 100 %"
    client = HubSpotClient(connection=connection)
    found = client.list_by_name(made["name"].upper().replace("Ä", "ä"), object_type_id="0-1")
    assert found is not None
    assert found["listId"] == made["list_id"]
    assert client.list_by_name("No such list", object_type_id="0-1") is None
    client.close()


def test_a_view_that_was_deleted_meanwhile_ends_the_job(connection: Connection) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 1)))
    job = ask_for_lists(view=view, user=None)
    saved_views.delete_view(view=view)

    assert run_job(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.detail) == ("failed", "The view was deleted.")


def test_a_list_without_a_name_is_refused(connection: Connection) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 1)))

    with pytest.raises(ViewRefused, match="Give"):
        ask_for_lists(view=view, user=None, name="  ")

    view.refresh_from_db()
    assert view.hubspot_lists == []
    assert not BulkJob.objects.exists()


def test_each_list_job_has_a_page_that_says_what_came_of_it(
    simulators: Simulators, connection: Connection
) -> None:
    view = view_of(connection, *contacts(make_records(connection, "contacts", 3)))
    made = texts_of(run(view))

    assert ("Saved view", view.name) in made.chosen
    assert [one.value for one in made.results] == ["3 added"]
    assert made.links

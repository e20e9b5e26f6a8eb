"""What the pages say is so: of what is ignored, resolved, tried and under way."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from errors import saved_views, selectors
from errors.ignoring import ignore_errors
from errors.models import BulkJob, ResyncBatch, SavedView, SyncError
from errors.recording import record_outcomes
from errors.resync import create_batch
from errors.types import ErrorType
from errors.view_lists import ask_for_lists
from integrations.models import Connection
from integrations.outcomes import Outcome, Status
from tests.people import People, refusal

LogIn = Callable[[str], Client]


@pytest.fixture
def at(connection: Connection) -> str:
    return f"/connections/{connection.pk}"


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def the_error(connection: Connection, kind: ErrorType = ErrorType.PICKLISTS) -> SyncError:
    return SyncError.objects.get(connection=connection, type=kind)


def test_a_panel_whose_errors_are_all_ignored_does_not_claim_that_every_record_syncs(
    connection: Connection, at: str, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    client = as_user("viewer")
    panel = f"{at}/sync-health/picklists/"
    full = page_of(client.get(panel))
    ignore_errors(
        connection_id=connection.pk, error_ids=[the_error(connection).pk], reason="Known."
    )

    with django_assert_num_queries(14):  # the batches of no row are not asked for
        told = page_of(client.get(panel))
    filtered = page_of(client.get(f"{panel}?search=nowhere"))

    assert "still do not sync" not in full
    assert "Every record that could have one of these errors syncs." not in told
    assert "their records still do not sync" in told
    assert f'href="{panel}?status=ignored"' in told[told.index("No open errors of this type") :]
    assert "No error fits these filters" in filtered


def test_a_panel_without_any_error_says_that_every_record_syncs(
    connection: Connection, at: str, as_user: LogIn
) -> None:
    SyncError.objects.filter(type=ErrorType.PICKLISTS).delete()

    told = page_of(as_user("viewer").get(f"{at}/sync-health/picklists/"))

    assert "Every record that could have one of these errors syncs." in told


# --- what was tried --------------------------------------------------------------------------------


def make_view(error: SyncError, name: str = "Partners") -> SavedView:
    return saved_views.create_view(
        connection_id=error.connection_id,
        name=name,
        user=None,
        records=selectors.records_of_error(error_id=error.pk),
        error_id=error.pk,
    )


def resolve(connection: Connection, kind: ErrorType) -> None:
    """The record of `record_every_type` that fails with an error of `kind` syncs."""
    failed = refusal(kind, list(ErrorType).index(kind))
    outcome = Outcome(record=failed.record, direction=failed.direction, status=Status.SYNCED)
    record_outcomes(connection_id=connection.pk, outcomes=[outcome])


def test_no_list_with_resolved_records_says_that_they_were_last_tried_when_they_failed(
    connection: Connection, at: str, as_user: LogIn
) -> None:
    error = the_error(connection)
    view = make_view(error)
    client = as_user("viewer")
    lists = (f"{at}/errors/{error.pk}/records/", f"{at}/views/{view.public_id}/")
    exports = [f"{address}export/" for address in lists]
    open_ones = page_of(client.get(lists[0])) + page_of(client.get(f"{lists[1]}?state=open"))
    resolve(connection, ErrorType.PICKLISTS)

    mixed = page_of(client.get(lists[1]))
    resolved = page_of(client.get(f"{lists[0]}?state=resolved"))
    files = [
        b"".join(client.get(f"{address}?state={state}").streaming_content).decode()  # type: ignore[attr-defined]
        for address, state in zip(exports, ("resolved", "all"), strict=True)
    ]
    record = page_of(client.get(f"{at}/records/{error.records.get().pk}/"))

    assert open_ones.count('<th scope="col">Last tried</th>') == 2
    for page in (mixed, resolved):
        assert "Last tried" not in page
        assert '<th scope="col">Last failed</th>' in page
        assert '<th scope="col">Last failure</th>' in page
    for file in files:
        assert "Last failed (UTC)" in file
        assert "Last tried" not in file
    assert '<th scope="col">Last failure</th>' in record[record.index("record-errors") :]


def test_a_list_that_could_not_be_made_says_when_and_offers_to_make_it_now(
    connection: Connection, at: str, as_user: LogIn
) -> None:
    view = make_view(the_error(connection))
    job = ask_for_lists(view=view, user=None, name="In HubSpot")
    view.refresh_from_db()
    view.hubspot_lists.append(
        {
            "object": "contacts", "name": "In HubSpot", "list_id": "", "added": 0, "not_there": 1, "unknown": 0,
            "unknown_ids": [], "refusal": "", "refusal_code": "", "complete": True,
        }
    )  # fmt: skip
    view.save()
    BulkJob.objects.filter(pk=job.pk).update(state="finished", finished_at=clock.now())
    here = f"{at}/views/{view.public_id}/"

    told = page_of(as_user("operator").get(here))
    to_viewers = page_of(as_user("viewer").get(here))
    as_user("operator").post(f"{here}hubspot-list/", {"name": "In HubSpot"})
    while_it_works = page_of(as_user("operator").get(here))

    for page in (told, to_viewers):
        assert "There is no list of the contacts: when it was tried, " in page
        assert "none of these records was in HubSpot." in page
    button = told.index("Make the list now")
    form = told[told.rindex("<form", 0, button) : button]
    assert f'action="{here}hubspot-list/"' in form
    assert 'name="name" value="In HubSpot"' in form
    assert "Make the list now" not in to_viewers
    assert "There is no list of the contacts" not in while_it_works
    assert BulkJob.objects.filter(kind="list", state="queued").count() == 1


# --- the information about one error ----------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "dialog"])
def test_the_information_about_a_resolved_error_begins_with_that(
    connection: Connection, at: str, as_user: LogIn, headers: dict[str, str]
) -> None:
    error = the_error(connection)
    about, client = f"{at}/errors/{error.pk}/about/", as_user("viewer")
    while_open = page_of(client.get(about, headers=headers))
    resolve(connection, ErrorType.PICKLISTS)

    told = page_of(client.get(about, headers=headers))

    assert "1 record waits" in while_open
    assert "about-status" not in while_open
    assert told.index("<strong>Resolved ") < told.index("How to resolve it if it comes back")
    assert "wait" not in told[told.index("Show the resolved records") :]
    assert f'{at}/errors/{error.pk}/records/?state=resolved"' in told


def test_the_information_about_an_ignored_error_says_by_whom_why_and_until_when(
    connection: Connection, at: str, as_user: LogIn, people: People
) -> None:
    error = the_error(connection)
    ignore_errors(
        connection_id=connection.pk,
        error_ids=[error.pk],
        by=people.operator,
        reason="The <vendor> mends it.",
        until=clock.now() + timedelta(days=30),
        above=7,
    )
    for_good = the_error(connection, ErrorType.PERMISSIONS)
    ignore_errors(connection_id=connection.pk, error_ids=[for_good.pk], reason="Known.")
    client = as_user("viewer")

    told = page_of(client.get(f"{at}/errors/{error.pk}/about/"))
    of_other = page_of(client.get(f"{at}/errors/{for_good.pk}/about/"))

    status = told[: told.index("How to resolve it")]
    assert f"Ignored by {people.operator}, " in status
    assert "The &lt;vendor&gt; mends it." in status
    assert "It comes back with more than 7 records." in status
    assert status.count("It comes back ") == 2
    assert "Its records still do not sync." in status
    assert "1 record waits" in told
    assert "Until somebody takes it up again." in of_other


# --- what is under way -------------------------------------------------------------------------------


def test_the_strip_of_a_resync_names_who_asked_for_it_to_everybody_else(
    connection: Connection, at: str, as_user: LogIn, people: People
) -> None:
    batch = create_batch(
        connection_id=connection.pk,
        error_ids=[the_error(connection).pk],
        user=people.operator,
        idempotency_key="one",
    ).batch
    panel = f"{at}/sync-health/picklists/"

    while_it_waits = page_of(as_user("viewer").get(f"{at}/resync/strip/?type=picklists"))
    ResyncBatch.objects.filter(pk=batch.pk).update(
        state="finished", done=0, failed=1, finished_at=clock.now()
    )
    to_another = page_of(as_user("viewer").get(panel))
    to_the_asker = page_of(as_user("operator").get(panel))

    for page in (while_it_waits, to_another):
        assert f"asked for by {people.operator}" in page[page.index('id="batch-strip"') :]
    assert 'id="batch-strip"' in to_the_asker
    assert "asked for by" not in to_the_asker


def test_asking_for_a_sync_leaves_no_message_that_outlives_it(
    connection: Connection, at: str, as_user: LogIn
) -> None:
    client = as_user("operator")
    Connection.objects.filter(pk=connection.pk).update(
        next_sync_at=clock.now() + timedelta(hours=1)
    )
    before = page_of(client.get(f"{at}/sync-health/"))

    asked = page_of(client.post(f"{at}/sync/", follow=True))
    Connection.objects.filter(pk=connection.pk).update(
        next_sync_at=clock.now() + timedelta(hours=1), last_sync_finished_at=clock.now()
    )
    after = page_of(client.get(f"{at}/sync/status/", headers={"HX-Request": "true"}))

    assert "Syncing…" not in before
    assert "Syncing…" in asked
    assert (
        'class="notice' not in asked[asked.index('id="messages"') : asked.index('id="sync-status"')]
    )
    assert "Last sync" in after
    assert "Syncing…" not in after


# --- where one is ------------------------------------------------------------------------------------


def test_each_trail_ends_with_the_page_above_this_one(
    connection: Connection, at: str, as_user: LogIn
) -> None:
    error = the_error(connection)
    view, record = make_view(error), error.records.get()
    contacts = connection.object_mappings.create(
        hubspot_object="contacts", salesforce_object="Contact", label="Contacts"
    )
    client = as_user("admin")
    pages = [
        f"{at}/errors/{error.pk}/about/",
        f"{at}/errors/{error.pk}/records/",
        f"{at}/errors/{error.pk}/records/create-view/",
        f"{at}/sync-health/picklists/about/",
        f"{at}/sync-health/picklists/ignore/?errors={error.pk}",
        f"{at}/records/{record.pk}/",
        f"{at}/views/",
        f"{at}/views/{view.public_id}/",
        f"{at}/views/{view.public_id}/delete/",
        f"{at}/import/",
        f"{at}/import/?error={error.pk}",
        f"{at}/import/?type=picklists",
        f"{at}/update/?view={view.public_id}",
        f"{at}/resync/all/?type=picklists",
        f"{at}/mappings/{contacts.pk}/",
        f"{at}/notifications/",
    ]

    for address in pages:
        answer = client.get(address)
        assert answer.status_code == 200, address
        trail = re.search(r'<nav class="crumbs".*?</nav>', page_of(answer), re.S)
        assert trail, address
        links = re.findall(r'href="([^"]+)"', trail[0])
        assert trail[0].endswith("</a></nav>"), address
        assert trail[0].count(">/<") == len(links) - 1, address
        assert address.split("?")[0] not in links, address

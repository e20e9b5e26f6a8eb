"""The tab: its cards, its panel, Resync and the allotment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from errors.catalogue import causes_of
from errors.models import ResyncBatch, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection
from tests.people import People, record_values, refusal

LogIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}


def _tab(connection: Connection, kind: str = "") -> str:
    return f"/connections/{connection.pk}/sync-health/" + (f"{kind}/" if kind else "")


def test_eight_cards_stand_in_the_given_order(connection: Connection, as_user: LogIn) -> None:
    page = as_user("viewer").get(_tab(connection)).content.decode()

    assert re.findall(r'id="card-([a-z-]+)"', page) == [kind.value for kind in ErrorType]


@pytest.mark.parametrize("kind", ErrorType.values)
def test_each_panel_shows_its_error(connection: Connection, as_user: LogIn, kind: str) -> None:
    error = SyncError.objects.get(connection=connection, type=kind)

    page = as_user("viewer").get(_tab(connection, kind)).content.decode()

    assert f'id="error-{error.pk}"' in page
    assert page.count("<h1") == 1


def test_unknown_type_is_404(connection: Connection, as_user: LogIn) -> None:
    assert as_user("viewer").get(_tab(connection, "nonsense")).status_code == 404


def test_home_goes_to_the_connection_looked_at_last(
    connection: Connection, as_user: LogIn, people: People
) -> None:
    client = as_user("viewer")
    client.get(_tab(connection))

    assert client.get("/").headers["Location"] == _tab(connection)
    assert User.objects.get(pk=people.viewer.pk).last_connection_id == connection.pk


def test_swap_gets_the_section_only(connection: Connection, as_user: LogIn) -> None:
    answer = as_user("viewer").get(_tab(connection, "picklists"), headers=HTMX)

    assert "<html" not in answer.content.decode()
    assert answer.content.decode().strip().startswith("<section")
    assert "HX-Request" in answer.headers["Vary"]


def test_words_of_a_crm_are_escaped(connection: Connection, as_user: LogIn) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[refusal(ErrorType.OTHER, 77, label="<script>alert(1)</script>")],
    )
    error = SyncError.objects.get(connection=connection, type=ErrorType.OTHER)

    page = as_user("viewer").get(f"/connections/{connection.pk}/errors/{error.pk}/records/")

    assert "&lt;script&gt;alert" in page.content.decode()
    assert "<script>alert" not in page.content.decode()


def test_search_narrows_the_list(connection: Connection, as_user: LogIn) -> None:
    record_values(connection, 3)

    page = as_user("viewer").get(_tab(connection, "property-values") + "?search=field_1")

    assert page.content.decode().count('<tr id="error-') == 1


def test_queries_do_not_grow_with_errors(
    connection: Connection, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    client = as_user("operator")
    client.get(_tab(connection, "property-values"))  # remembers the connection once
    record_values(connection, 49)

    # session, user, connection, role, objects and members to filter by, page of errors, live batches, newest batch,
    # cards, saved views, API use (2), switcher
    with django_assert_num_queries(14):
        page = client.get(_tab(connection, "property-values"))

    assert page.content.decode().count('<tr id="error-') == 50


def test_looking_at_the_tab_spends_no_call(connection: Connection, as_user: LogIn) -> None:
    as_user("viewer").get(_tab(connection))

    assert not connection.usage.exists()


def _resync(client: Client, connection: Connection, ids: list[int], **more: Any) -> Any:
    data = {"errors": ids, "idempotency_key": "key-1", **more.pop("data", {})}
    return client.post(_tab(connection, "property-values") + "resync/", data, **more)


def test_ticked_errors_become_a_batch(connection: Connection, as_user: LogIn) -> None:
    ids = list(SyncError.objects.values_list("pk", flat=True)[:3])
    client = as_user("operator")

    answer = _resync(client, connection, ids)

    batch = ResyncBatch.objects.get()
    assert answer.headers["Location"] == _tab(connection, "property-values") + "#sync-errors"
    assert batch.total == 3
    assert str(batch.public_id) in client.get(_tab(connection, "property-values")).content.decode()


def test_form_sent_twice_makes_one_batch(connection: Connection, as_user: LogIn) -> None:
    ids = list(SyncError.objects.values_list("pk", flat=True)[:2])
    client = as_user("operator")

    _resync(client, connection, ids)
    _resync(client, connection, ids)

    assert ResyncBatch.objects.count() == 1


def test_nothing_selected_is_told_in_place(connection: Connection, as_user: LogIn) -> None:
    answer = _resync(as_user("operator"), connection, [])

    assert answer.status_code == 400
    assert "Nothing is selected" in answer.content.decode()


def test_more_than_100_is_refused_and_the_ticks_stay(
    connection: Connection, as_user: LogIn
) -> None:
    record_values(connection, 101)
    ids = list(
        SyncError.objects.filter(type=ErrorType.PROPERTY_VALUES).values_list("pk", flat=True)
    )

    answer = _resync(as_user("operator"), connection, ids, data={"size": "200"})

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "at most 100" in page
    assert len(re.findall(r'name="errors" value="\d+" checked', page)) == len(ids)
    assert not ResyncBatch.objects.exists()


def test_refusal_is_swapped_in_by_htmx(connection: Connection, as_user: LogIn) -> None:
    answer = _resync(as_user("operator"), connection, [], headers=HTMX)

    assert answer.status_code == 200
    assert "Nothing is selected" in answer.content.decode()


def test_error_of_another_connection_is_refused(connection: Connection, as_user: LogIn) -> None:
    answer = _resync(as_user("operator"), connection, [987654])

    assert answer.status_code == 400
    assert "987654" in answer.content.decode()


def test_progress_asks_again_until_the_batch_has_finished(
    connection: Connection, as_user: LogIn
) -> None:
    error = SyncError.objects.first()
    assert error is not None
    client = as_user("operator")
    _resync(client, connection, [error.pk])
    strip = f"/connections/{connection.pk}/resync/strip/?type=property-values"

    running = client.get(strip, headers=HTMX)
    ResyncBatch.objects.update(state="finished", done=1, finished_at=clock.now())
    finished = client.get(strip, headers=HTMX)

    assert "hx-trigger" in running.content.decode()
    assert 'id="type-cards"' in running.content.decode()
    assert "load delay" not in finished.content.decode()
    assert finished.headers["HX-Retarget"] == "#sync-errors"
    assert 'id="usage-figures"' in finished.content.decode()


def test_the_end_of_a_batch_is_told_where_its_errors_are(
    connection: Connection, as_user: LogIn
) -> None:
    error = SyncError.objects.get(type=ErrorType.PICKLISTS)
    client = as_user("operator")
    _resync(client, connection, [error.pk])
    panels = [
        f"/connections/{connection.pk}/sync-health/{kind.value}/"
        for kind in (ErrorType.PICKLISTS, ErrorType.DUPLICATES)
    ]

    def told() -> list[bool]:
        return ['id="batch-strip"' in client.get(one).content.decode() for one in panels]

    assert told() == [True, True]
    ResyncBatch.objects.update(state="finished", done=1, finished_at=clock.now())
    assert told() == [True, False]


def test_batch_page_says_what_became_of_each_error(connection: Connection, as_user: LogIn) -> None:
    error = SyncError.objects.get(type=ErrorType.PICKLISTS)
    _resync(as_user("operator"), connection, [error.pk])
    batch = ResyncBatch.objects.get()
    batch.items.update(state="failed", reason="Still not <an option>.")

    page = as_user("viewer").get(f"/connections/{connection.pk}/resync/{batch.public_id}/")

    assert "Still not &lt;an option&gt;." in page.content.decode()
    assert "Still failing" in page.content.decode()


@pytest.mark.parametrize("bad", ["", "abc", "-1", "1.5", "999999999"])
def test_bad_allotment_stays_in_the_field_with_the_reason(
    connection: Connection, as_user: LogIn, bad: str
) -> None:
    answer = as_user("operator").post(
        f"/connections/{connection.pk}/allotment/", {"allotted_to_hubspot": bad}, headers=HTMX
    )

    connection.refresh_from_db()
    page = answer.content.decode()
    assert 'id="allotted-error"' in page
    assert f'value="{bad}"' in page
    assert connection.allotment == 10_000


def test_allotment_is_updated(connection: Connection, as_user: LogIn) -> None:
    as_user("operator").post(
        f"/connections/{connection.pk}/allotment/", {"allotted_to_hubspot": "12 000"}
    )

    connection.refresh_from_db()
    assert connection.allotment == 12_000


def test_viewer_sees_no_way_to_change_anything(connection: Connection, as_user: LogIn) -> None:
    page = as_user("viewer").get(_tab(connection, "picklists")).content.decode()

    assert 'name="errors"' not in page
    assert 'name="allotted_to_hubspot"' not in page
    assert "Sync now" not in page


def test_sync_now_makes_the_connection_due(connection: Connection, as_user: LogIn) -> None:
    Connection.objects.update(next_sync_at=clock.now() + timedelta(hours=1))

    as_user("operator").post(f"/connections/{connection.pk}/sync/")

    connection.refresh_from_db()
    assert connection.next_sync_at <= clock.now()


def test_suspension_says_what_to_do(connection: Connection, as_user: LogIn) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        state="suspended", suspended_code="API_DISABLED_FOR_ORG", suspended_detail="Off."
    )

    page = as_user("admin").get(_tab(connection)).content.decode()

    assert "API Enabled" in page
    assert "Try again" in page


def test_page_is_in_the_readers_language(
    connection: Connection, as_user: LogIn, people: People
) -> None:
    User.objects.filter(pk=people.viewer.pk).update(language="pl")

    page = as_user("viewer").get(_tab(connection)).content.decode()

    assert '<html lang="pl"' in page
    assert "Błędy synchronizacji" in page


def test_export_is_a_csv_of_the_filter(connection: Connection, as_user: LogIn) -> None:
    answer = as_user("viewer").get(_tab(connection, "picklists") + "export/")

    text = answer.getvalue().decode("utf-8-sig")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Photonics" in text
    assert "anna@example.com" not in text


@pytest.mark.parametrize("kind", ErrorType.values)
def test_each_type_says_what_it_is_about_and_what_to_do(
    connection: Connection, as_user: LogIn, kind: str
) -> None:
    client = as_user("viewer")
    address = _tab(connection, kind) + "about/"

    assert f'href="{address}"' in client.get(_tab(connection, kind)).content.decode()
    for answer in (client.get(address), client.get(address, headers=HTMX)):
        text = answer.content.decode()
        assert text.count('<ol class="steps">') == 1 + len(causes_of(kind))
        assert "How to resolve such errors" in text


def test_a_type_that_is_none_has_no_explanation(connection: Connection, as_user: LogIn) -> None:
    assert as_user("viewer").get(_tab(connection, "nonsense") + "about/").status_code == 404

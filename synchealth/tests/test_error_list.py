"""The panel as a workplace: its views, filters, orders, and what is done with ticked errors."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from errors.ignoring import ignore_errors
from errors.models import AffectedRecord, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
from integrations.outcomes import Outcome, Status
from tests.people import People, record_values, refusal

LogIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
KIND = ErrorType.PROPERTY_VALUES


@pytest.fixture
def panel(connection: Connection) -> str:
    record_values(connection, 5)
    return f"/connections/{connection.pk}/sync-health/{KIND.value}/"


@pytest.fixture
def errors(panel: str, connection: Connection) -> list[SyncError]:
    return list(SyncError.objects.filter(connection=connection, type=KIND).order_by("pk"))


def listed(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr id="error-(\d+)"', page)]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def in_order(client: Client, address: str) -> list[int]:
    """The errors of every page of a list, by following its "next" links."""
    found: list[int] = []
    while address:
        page = text(client.get(address))
        found += listed(page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    return found


# --- filters and orders


@pytest.mark.parametrize("sort", ["newest", "records", "first-seen", "last-seen"])
def test_each_order_is_followed_over_all_pages(
    panel: str, connection: Connection, as_user: LogIn, sort: str
) -> None:
    record_values(connection, 120)
    now = clock.now()
    for number, error in enumerate(SyncError.objects.filter(type=KIND).order_by("pk")):
        SyncError.objects.filter(pk=error.pk).update(
            opened_at=now - timedelta(minutes=number * 7 % 50),
            first_seen_at=now - timedelta(days=1, minutes=number * 11 % 50),
            last_seen_at=now - timedelta(minutes=number * 13 % 50),
            open_records=number * 17 % 40,
        )
    order = {
        "newest": ("-opened_at", "-pk"),
        "records": ("-open_records", "-pk"),
        "first-seen": ("first_seen_at", "pk"),
        "last-seen": ("-last_seen_at", "-pk"),
    }[sort]
    expected = list(
        SyncError.objects.filter(type=KIND).order_by(*order).values_list("pk", flat=True)
    )

    assert in_order(as_user("viewer"), f"{panel}?sort={sort}") == expected


def test_cursor_of_another_order_is_404(panel: str, connection: Connection, as_user: LogIn) -> None:
    record_values(connection, 60)
    client = as_user("viewer")
    cursor = re.search(r"cursor=([^\"&]+)", text(client.get(f"{panel}?sort=records")))
    assert cursor

    assert client.get(f"{panel}?sort=records&cursor={cursor[1]}").status_code == 200
    assert client.get(f"{panel}?cursor={cursor[1]}").status_code == 404


def test_headings_sort_and_say_how(panel: str, as_user: LogIn) -> None:
    client = as_user("viewer")

    plain = text(client.get(panel))
    by_records = text(client.get(f"{panel}?sort=records&search=field"))
    first = text(client.get(f"{panel}?sort=first-seen"))

    assert "aria-sort" not in plain
    assert f'href="{panel}?sort=records"' in plain
    assert 'aria-sort="descending"' in by_records
    assert f'href="{panel}?search=field"' in by_records  # the same heading again: newest first
    assert 'aria-sort="ascending"' in first


def test_filters_narrow_the_list_and_each_can_be_taken_away(
    panel: str,
    connection: Connection,
    as_user: LogIn,
    people: People,
    errors: list[SyncError],
) -> None:
    ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        salesforce_object="Contact",
        label="Contacts",
    )
    mine = errors[1]
    SyncError.objects.filter(pk=mine.pk).update(assigned_to=people.operator)
    client = as_user("operator")

    page = text(
        client.get(
            f"{panel}?assigned=me&object=Contact&age=24h&direction=to_salesforce&code={mine.code}"
        )
    )

    assert listed(page) == [mine.pk]
    assert "4 active" in page
    assert re.search(r'<details class="more-filters" open>', page)
    assert '<option value="contacts" selected>Contacts' in page
    assert page.count('class="chip"') == 5
    without_age = (
        f"{panel}?code={mine.code}&amp;object=Contact&amp;direction=to_salesforce&amp;assigned=me"
    )
    assert f'href="{without_age}"' in page
    assert listed(text(client.get(f"{panel}?age=over-7d"))) == []
    assert mine.pk not in listed(text(client.get(f"{panel}?assigned=nobody")))
    assert listed(text(client.get(f"{panel}?assigned={people.operator.pk}"))) == [mine.pk]
    assert listed(text(as_user("viewer").get(f"{panel}?assigned=me"))) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("code=nonsense", "Cause: “nonsense” is not known here"),
        ("object=cars", "Object: “cars” is not known here"),
        ("direction=up", "Choose one of: HubSpot → Salesforce, Salesforce → HubSpot"),
        ("age=soon", "Within 24 hours"),
        ("assigned=stranger@example.com", "Assigned to: “stranger@example.com”"),
        ("status=gone", "Choose one of: Open, Resolved, Ignored, All"),
        ("sort=up", "Order: “up”"),
        ("size=7", "50, 100, 200"),
        ("search=" + "x" * 201, "Search: Search for at most 200"),
        ("search=%00", "Search: Search for at most 200"),
        ("age=%3Cscript%3E", "“&lt;script&gt;”"),
    ],
)
def test_filter_that_makes_no_sense_is_told_above_the_list(
    panel: str, as_user: LogIn, errors: list[SyncError], query: str, said: str
) -> None:
    client = as_user("viewer")

    answer = client.get(f"{panel}?{query}")
    swapped = client.get(f"{panel}?{query}", headers=HTMX)

    page = text(answer)
    assert (answer.status_code, swapped.status_code) == (400, 200)
    assert said in page
    assert said in text(swapped)
    assert len(listed(page)) == len(errors)  # what made sense is followed, here: all
    # A file of more than was asked for would be taken for what was asked for.
    assert client.get(f"{panel}export/?{query}").status_code == 400


def test_address_of_a_search_holds_no_more_than_it_must(panel: str, as_user: LogIn) -> None:
    sent = f"{panel}?search=x&code=&sort=newest&object=&direction=&age=&assigned=&size=50"

    answer = as_user("viewer").get(sent, headers={**HTMX, "HX-Trigger": "panel-filter"})

    assert answer.headers["HX-Push-Url"] == f"{panel}?search=x"


def test_views_are_links_that_keep_the_filter(
    panel: str, connection: Connection, as_user: LogIn, errors: list[SyncError]
) -> None:
    ignore_errors(connection_id=connection.pk, error_ids=[errors[0].pk], reason="Known.")
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            Outcome(
                record=refusal(KIND, 5001).record,
                direction="to_salesforce",
                status=Status.SYNCED,
            )
        ],
    )
    client = as_user("viewer")

    pages = {
        status: text(client.get(f"{panel}?status={status}"))
        for status in ("open", "ignored", "resolved", "all")
    }

    assert listed(pages["ignored"]) == [errors[0].pk]
    assert len(listed(pages["resolved"])) == 1
    assert len(listed(pages["open"])) == len(errors) - 2
    assert len(listed(pages["all"])) == len(errors)
    assert re.search(r'aria-current="page">Ignored', pages["ignored"])
    assert f'href="{panel}?search=x&amp;status=ignored"' in text(client.get(f"{panel}?search=x"))


def test_ignored_view_says_who_when_why_and_until_when(
    panel: str, connection: Connection, as_user: LogIn, people: People, errors: list[SyncError]
) -> None:
    ignore_errors(
        connection_id=connection.pk,
        error_ids=[errors[0].pk],
        by=people.operator,
        reason="The <vendor> mends it.",
        until=clock.now() + timedelta(days=30),
        above=7,
    )

    page = text(as_user("viewer").get(f"{panel}?status=ignored"))

    assert "The &lt;vendor&gt; mends it." in page
    assert "Operator ·" in page
    assert "Comes back:" in page
    assert "Comes back with more than 7 records" in page


def test_an_error_that_came_back_says_how_often_and_since_when(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    SyncError.objects.filter(pk=errors[0].pk).update(times_reopened=2)

    page = text(as_user("viewer").get(panel))

    assert page.count("Came back") == 1
    assert re.search(r"Came back</span> 2 times, <time[^>]+>open since ", page)


# --- ticked errors


def test_ticked_errors_are_ignored_with_a_reason(
    panel: str, as_user: LogIn, people: People, errors: list[SyncError]
) -> None:
    ids = [error.pk for error in errors[:2]]
    client = as_user("operator")
    ticked: dict[str, Any] = {"errors": ids, "search": "field"}

    asked = client.get(f"{panel}ignore/", ticked)
    answer = client.post(
        f"{panel}ignore/",
        {"errors": ids, "search": "field", "reason": " Known. ", "ends": "growth"},
        follow=True,
    )

    assert "Ignore 2 errors" in text(asked)
    assert text(asked).count('name="errors"') == 2
    assert answer.redirect_chain == [(f"{panel}?search=field", 302)]
    assert "2 errors are ignored." in text(answer)
    ignored = SyncError.objects.get(pk=ids[0])
    assert (ignored.status, ignored.ignore_reason) == ("ignored", "Known.")
    assert (ignored.ignored_by, ignored.ignored_above) == (people.operator, 1)


def test_day_of_return_begins_where_the_reader_is(
    panel: str, as_user: LogIn, people: People, errors: list[SyncError]
) -> None:
    User.objects.filter(pk=people.operator.pk).update(time_zone="Asia/Tokyo")
    day = (clock.now() + timedelta(days=40)).date()

    as_user("operator").post(
        f"{panel}ignore/",
        {"errors": [errors[0].pk], "reason": "Known.", "ends": "date", "until": day.isoformat()},
    )

    until = SyncError.objects.get(pk=errors[0].pk).ignored_until
    assert until is not None
    assert until.isoformat() == f"{day - timedelta(days=1)}T15:00:00+00:00"


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"reason": "", "ends": "never"}, "Say why"),
        ({"reason": "x" * 501, "ends": "never"}, "501 characters"),
        ({"reason": "Why", "ends": ""}, "Choose what ends it"),
        ({"reason": "Why", "ends": "sometime"}, "sometime is not one of"),
        ({"reason": "Why", "ends": "date", "until": ""}, "Choose a day."),
        ({"reason": "Why", "ends": "date", "until": "31.12.x"}, "This is not a day"),
        ({"reason": "Why", "ends": "date", "until": "2020-01-01"}, "from tomorrow on"),
        ({"reason": "Why", "ends": "date", "until": "9999-12-31"}, "from tomorrow on"),
        ({"reason": "Why", "ends": "growth", "above": "many"}, "whole number of records"),
        ({"reason": "Why", "ends": "growth", "above": "0"}, "whole number of records"),
        ({"reason": "Why", "ends": "growth", "above": "9" * 30}, "whole number of records"),
        ({"reason": "Why", "ends": "never", "until": "2099-01-01"}, "filled in, but not chosen"),
    ],
)
def test_ignoring_that_makes_no_sense_is_told_beside_the_field(
    panel: str, as_user: LogIn, errors: list[SyncError], filled: dict[str, str], said: str
) -> None:
    data = {"errors": [errors[0].pk], **filled}
    client = as_user("operator")

    answer = client.post(f"{panel}ignore/", data)
    swapped = client.post(f"{panel}ignore/", data, headers=HTMX)

    assert (answer.status_code, swapped.status_code) == (400, 200)
    for page in (text(answer), text(swapped)):
        assert said in page
        assert "field-error" in page
        assert filled["reason"] in page
    assert not SyncError.objects.filter(status="ignored").exists()


def test_number_that_is_passed_already_is_told_beside_the_field(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    SyncError.objects.filter(pk=errors[0].pk).update(open_records=9)
    data = {"errors": [errors[0].pk], "reason": "Why", "ends": "growth", "above": "4"}

    answer = as_user("operator").post(f"{panel}ignore/", data)

    assert answer.status_code == 400
    assert "affect more than 4 records already" in text(answer)


def test_dialog_that_did_its_work_closes_and_the_list_is_swapped(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    data = {"errors": [errors[0].pk], "reason": "Known.", "ends": "never"}

    answer = as_user("operator").post(f"{panel}ignore/", data, headers=HTMX)

    assert answer.headers["HX-Retarget"] == "#sync-errors"
    assert answer.headers["HX-Trigger"] == "close-dialog"
    assert "1 error is ignored." in text(answer)
    assert errors[0].pk not in listed(text(answer))


def test_ignored_errors_are_taken_up_again(
    panel: str, connection: Connection, as_user: LogIn, errors: list[SyncError]
) -> None:
    ids = [error.pk for error in errors[:2]]
    ignore_errors(connection_id=connection.pk, error_ids=ids, reason="Known.")

    answer = as_user("operator").post(
        f"{panel}take-up/",
        {"errors": [*ids, errors[2].pk], "status": "ignored"},
        follow=True,
    )

    assert "2 errors are taken up again." in text(answer)
    assert "1 of the selected errors had changed meanwhile" in text(answer)
    assert answer.redirect_chain == [(f"{panel}?status=ignored", 302)]
    assert not SyncError.objects.filter(status="ignored").exists()


def test_ticked_errors_are_given_to_a_member_and_to_nobody(
    panel: str, as_user: LogIn, people: People, errors: list[SyncError]
) -> None:
    ids = [error.pk for error in errors[:2]]
    client = as_user("operator")

    asked = text(client.get(f"{panel}assign/", {"errors": ids}))
    given = client.post(f"{panel}assign/", {"errors": ids, "to": people.viewer.pk}, follow=True)
    row = re.search(r'<span class="initials"[^>]*>(\w+)</span>', text(given))
    taken = client.post(f"{panel}assign/", {"errors": ids[:1], "to": "nobody"}, follow=True)

    assert "Admin" in asked
    assert "Stranger" not in asked
    assert "2 errors are assigned to Viewer." in text(given)
    assert row is not None
    assert row[1] == "V"
    assert "1 error is assigned to nobody." in text(taken)
    assert SyncError.objects.get(assigned_to=people.viewer).pk == ids[1]


@pytest.mark.parametrize("who", ["", "stranger@example.com", "999999", "x"])
def test_person_who_cannot_have_an_error_is_refused_in_place(
    panel: str, as_user: LogIn, people: People, errors: list[SyncError], who: str
) -> None:
    data = {"errors": [errors[0].pk], "to": who}

    answer = as_user("operator").post(f"{panel}assign/", data)

    assert answer.status_code == 400
    assert 'id="id_to_error"' in text(answer)
    assert not SyncError.objects.exclude(assigned_to=None).exists()


def test_export_of_the_ticked_is_those_and_no_others(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    ids = [error.pk for error in errors[1:3]]

    ticked: dict[str, Any] = {"errors": ids, "search": "zzz"}

    answer = as_user("viewer").get(f"{panel}export/selected/", ticked)

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert answer.headers["Content-Type"].startswith("text/csv")
    chosen = AffectedRecord.objects.filter(error_id__in=ids).values_list("hubspot_id", flat=True)
    assert sorted(row[7] for row in rows[1:]) == sorted(chosen)


@pytest.mark.parametrize(
    ("action", "method"),
    [
        ("ignore", "get"),
        ("ignore", "post"),
        ("assign", "post"),
        ("take-up", "post"),
        ("export/selected", "get"),
    ],
)
@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([], "Nothing is selected"),
        (["x"], "not errors of this connection"),
        ([987654], "987654"),
        (["9" * 30], "not errors of this connection"),
        (list(range(1, 202)), "at most 200"),
    ],
    ids=["none", "text", "unknown", "huge", "many"],
)
def test_selection_that_cannot_be_is_told_above_the_list(
    panel: str, as_user: LogIn, action: str, method: str, ids: list[Any], said: str
) -> None:
    client = as_user("operator")
    data = {"errors": ids, "reason": "Why", "ends": "never", "to": "nobody"}

    answer = getattr(client, method)(f"{panel}{action}/", data)
    swapped = getattr(client, method)(f"{panel}{action}/", data, headers=HTMX)

    assert (answer.status_code, swapped.status_code) == (400, 200)
    assert said in text(answer)
    assert said in text(swapped)
    assert swapped.headers["HX-Retarget"] == "#sync-errors"


@pytest.mark.parametrize("action", ["ignore", "assign", "take-up"])
def test_viewer_changes_no_error(
    panel: str, as_user: LogIn, errors: list[SyncError], action: str
) -> None:
    client = as_user("viewer")
    data: dict[str, Any] = {"errors": [errors[0].pk], "reason": "Why", "ends": "never"}

    assert client.post(f"{panel}{action}/", data).status_code == 403
    assert client.get(f"{panel}{action}/", data).status_code in (403, 405)
    assert not SyncError.objects.filter(status="ignored").exists()


def test_bar_offers_what_fits_the_view(
    panel: str, connection: Connection, as_user: LogIn, errors: list[SyncError]
) -> None:
    ignore_errors(connection_id=connection.pk, error_ids=[errors[0].pk], reason="Known.")
    SyncError.objects.filter(pk=errors[1].pk).update(status="resolved", resolved_at=clock.now())
    client = as_user("operator")

    def buttons(status: str) -> list[str]:
        bar = text(client.get(f"{panel}?status={status}")).partition('class="row actions"')[2]
        found = re.findall(r"<button[^>]*>(?:<svg.*?</svg>)?([^<]+)</button>", bar)
        return [label.strip() for label in found]

    assert buttons("open") == ["Resync", "Export", "Ignore", "Assign"]
    assert buttons("ignored") == ["Take up again", "Export", "Assign"]
    assert buttons("resolved") == ["Export"]


def test_token_against_forgery_is_no_hidden_field_of_the_list(panel: str, as_user: LogIn) -> None:
    """Else the buttons that only read would put it into the address."""
    form = text(as_user("operator").get(panel)).partition("data-selection")[2]

    assert 'type="hidden" name="csrfmiddlewaretoken"' not in form
    assert '<button class="button primary" name="csrfmiddlewaretoken"' in form


def test_pressed_button_carries_the_token(
    panel: str, people: People, errors: list[SyncError]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.operator)
    page = text(client.get(panel))
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', page.partition("data-selection")[2]
    )
    assert token
    data = {"errors": [errors[0].pk], "idempotency_key": "k"}

    assert client.post(f"{panel}resync/", data).status_code == 403
    assert (
        client.post(f"{panel}resync/", {**data, "csrfmiddlewaretoken": token[1]}).status_code == 302
    )


# --- cost


@pytest.mark.parametrize("status", ["open", "ignored", "resolved", "all"])
def test_queries_of_a_view_do_not_grow_with_errors(
    panel: str,
    connection: Connection,
    as_user: LogIn,
    people: People,
    django_assert_num_queries: Any,
    status: str,
) -> None:
    client = as_user("operator")
    client.get(panel)  # remembers the connection once
    address = f"{panel}?status={status}&assigned=me&sort=records&age=24h"

    for number in (2, 40):
        record_values(connection, number)
        errors = SyncError.objects.filter(type=KIND)
        errors.update(
            status="open" if status == "all" else status,
            assigned_to=people.operator,
            ignored_by=people.admin,
            resolved_at=clock.now(),
        )
        with django_assert_num_queries(13):  # as without a filter, see test_tab.py
            page = text(client.get(address))
        assert len(listed(page)) == errors.count()


@pytest.mark.parametrize("action", ["ignore", "assign"])
def test_queries_of_a_dialog_do_not_grow_with_errors(
    panel: str, connection: Connection, as_user: LogIn, django_assert_num_queries: Any, action: str
) -> None:
    record_values(connection, 150)
    ids = list(SyncError.objects.filter(type=KIND).values_list("pk", flat=True))
    client = as_user("operator")

    for chosen in (ids[:2], ids[:150]):
        # session, user, connection, role, errors, and the members or nothing
        with django_assert_num_queries(5 + (action == "assign")):
            client.get(f"{panel}{action}/", {"errors": chosen}, headers=HTMX)

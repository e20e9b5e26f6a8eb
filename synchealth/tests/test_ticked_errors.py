"""What is done with ticked errors: ignored, taken up, assigned, exported."""

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
from errors.types import ErrorType
from integrations.models import Connection
from tests.people import People, record_values

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
        ({"reason": "Why", "ends": "growth", "above": "9" * 20}, "from 1 to 2,147,483,647"),
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


def test_two_wrong_fields_are_told_of_with_a_sentence_each(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    data = {"errors": [errors[0].pk], "reason": "", "ends": "date", "until": "2020-01-01"}

    page = text(as_user("operator").post(f"{panel}ignore/", data))

    assert page.count("Say why") == 1
    assert page.count("from tomorrow on") == 1


def test_number_that_is_passed_already_is_told_beside_the_field(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    SyncError.objects.filter(pk=errors[0].pk).update(open_records=9)
    data = {"errors": [errors[0].pk], "reason": "Why", "ends": "growth", "above": "4"}

    answer = as_user("operator").post(f"{panel}ignore/", data)

    assert answer.status_code == 400
    assert "This error affects more than 4 records already." in text(answer)


def test_a_number_that_some_of_several_errors_have_passed_is_told_of_as_that(
    panel: str, as_user: LogIn, errors: list[SyncError]
) -> None:
    SyncError.objects.filter(pk=errors[0].pk).update(open_records=9)
    ticked = [error.pk for error in errors[:2]]
    data = {"errors": ticked, "reason": "Why", "ends": "growth", "above": "4"}

    answer = as_user("operator").post(f"{panel}ignore/", data)

    assert "Some of these errors affect more than 4 records already." in text(answer)


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

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert answer.headers["Content-Type"].startswith("text/csv")
    chosen = AffectedRecord.objects.filter(error_id__in=ids).values_list("hubspot_id", flat=True)
    assert sorted(row["HubSpot ID"] for row in rows) == sorted(chosen)


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
        (["9" * 5000], "not errors of this connection"),
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

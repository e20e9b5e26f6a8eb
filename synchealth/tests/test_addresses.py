"""Parts of an address that make no sense are told on the page, and what is left is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from errors.models import AffectedRecord, SavedView, SyncError
from integrations.models import Connection

LogIn = Callable[[str], Client]

LISTS = [
    "sync-health/picklists/",
    "errors/{error}/records/",
    "records/{record}/",
    "resync/",
    "jobs/",
    "views/",
    "views/{view}/",
]
NO_SUCH_PAGE = "names a page that this list does not have"


@pytest.fixture
def at(connection: Connection) -> Callable[[str], str]:
    error = SyncError.objects.filter(type="picklists").latest("pk")
    view = SavedView.objects.create(connection=connection, name="Some", error=error)
    named = {
        "error": error.pk,
        "record": AffectedRecord.objects.filter(error=error).latest("pk").pk,
        "view": view.public_id,
    }
    return lambda path: f"/connections/{connection.pk}/" + path.format(**named)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_that_a_list_does_not_have_is_told_above_its_first_one(
    path: str, at: Callable[[str], str], as_user: LogIn
) -> None:
    client = as_user("viewer")

    plain = client.get(at(path))
    answer = client.get(at(path) + "?cursor=x%3Cb%3E")

    assert (plain.status_code, answer.status_code) == (200, 400)
    assert NO_SUCH_PAGE not in plain.content.decode()
    assert NO_SUCH_PAGE in answer.content.decode()


CHOICES = [
    ("history/?days=8", "Period: “8” is not known here. Choose one of: 7 days, 30 days, 90 days"),
    ("history/?type=moods", "Error type: “moods” is not known here. Choose one of: Associations,"),
    ("history/?type=<b>", "Error type: “&lt;b&gt;” is not known here."),
    (
        "views/{view}/?state=broken",
        "Records: “broken” is not known here. Choose one of: All, Still",
    ),
    ("records/{record}/?values=odd", "Values: “odd” is not known here."),
    ("sync-health/picklists/?sort=mood", "“mood” is not known here."),
]


@pytest.mark.parametrize(("path", "told"), CHOICES)
def test_a_choice_that_there_is_not_is_told_with_those_that_there_are(
    path: str, told: str, at: Callable[[str], str], as_user: LogIn
) -> None:
    answer = as_user("viewer").get(at(path))

    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert "A part of this address makes no sense and was left out." in answer.content.decode()


@pytest.mark.parametrize("search", ["%00", "x" * 201], ids=["NUL", "too long"])
@pytest.mark.parametrize("path", ["errors/{error}/records/", "views/{view}/"])
def test_a_search_for_what_nothing_can_hold_is_told_and_left_out(
    path: str, search: str, at: Callable[[str], str], as_user: LogIn
) -> None:
    answer = as_user("viewer").get(at(path) + f"?search={search}")

    assert answer.status_code == 400
    assert "Search: Search for at most 200 printable characters." in answer.content.decode()
    assert 'name="search" value=""' in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("views/{view}/export/?state=broken", "“broken” is not known here"),
        ("views/{view}/export/?search=%00", "at most 200 printable characters"),
        ("errors/{error}/records/export/?search=%00", "at most 200 printable characters"),
    ],
)
def test_no_file_is_made_of_more_than_was_asked_for(
    path: str, told: str, at: Callable[[str], str], as_user: LogIn
) -> None:
    answer = as_user("viewer").get(at(path))

    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert told in answer.content.decode()


def test_no_view_is_made_of_more_than_was_asked_for(
    at: Callable[[str], str], as_user: LogIn
) -> None:
    address = at("errors/{error}/records/create-view/") + "?search=%00"

    answer = as_user("operator").post(address, {"name": "All of them"})

    assert answer["Location"] == at("errors/{error}/records/") + "?search=%00"
    assert not SavedView.objects.filter(name="All of them").exists()

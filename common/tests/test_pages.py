"""Keyset pages: complete, without repeats, in both directions, whatever is added meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from common.pages import BadCursor, Key, Page, keyset_page

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = (Key("date_joined", datetime, descending=True), Key("id", int, descending=True))


def people(number: int) -> list[int]:
    """`number` users, three at each moment, newest first as ids."""
    for index in range(number):
        User.objects.create(email=f"{index}@x.test", date_joined=NOON + timedelta(hours=index // 3))
    return list(User.objects.order_by("-date_joined", "-id").values_list("id", flat=True))


def page(cursor: str | None = None, limit: int = 4) -> Page[User]:
    return keyset_page(User.objects.all(), keys=KEYS, listing="people", cursor=cursor, limit=limit)


def test_pages_hold_every_row_once_in_order() -> None:
    expected = people(11)

    seen, cursor = [], None
    while True:
        shown = page(cursor)
        seen += [user.pk for user in shown.items]
        cursor = shown.next_cursor
        if cursor is None:
            break

    assert seen == expected


def test_the_way_back_shows_the_same_pages() -> None:
    people(11)
    first = page()
    second = page(first.next_cursor)
    third = page(second.next_cursor)

    assert third.next_cursor is None
    back = page(third.previous_cursor)
    assert back.items == second.items
    assert page(back.previous_cursor).items == first.items
    assert page(back.previous_cursor).previous_cursor is None


def test_a_row_that_comes_meanwhile_neither_repeats_nor_hides_another() -> None:
    expected = people(8)
    first = page()
    User.objects.create(email="new@x.test", date_joined=NOON + timedelta(days=9))

    second = page(first.next_cursor)

    assert [user.pk for user in first.items + second.items] == expected


def test_an_empty_listing_has_no_cursors() -> None:
    assert page() == Page(items=[])


@pytest.mark.parametrize("cursor", ["nonsense", "a:b", "WyI+IiwxXQ:x", "é"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        page(cursor)


def test_a_cursor_of_another_listing_is_refused() -> None:
    people(5)
    cursor = page().next_cursor

    with pytest.raises(BadCursor):
        keyset_page(User.objects.all(), keys=KEYS, listing="others", cursor=cursor)

"""Leaving by a link that needs no login: signed, expiring, and by one click (RFC 8058)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from common import clock
from integrations.models import Connection
from notifications import links
from notifications.models import Digest, Subscription
from notifications.tests.helpers import cut_all, fail

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(instant: Subscription) -> str:
    return urlsplit(links.unsubscribe_url(instant)).path


@pytest.fixture
def anyone() -> Client:
    """Nobody is logged in, and a missing CSRF token would be refused."""
    return Client(enforce_csrf_checks=True)


def test_one_click_post_of_a_mail_program_leaves(
    anyone: Client, path: str, connection: Connection, instant: Subscription
) -> None:
    fail(connection, 1)
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        cut_all()

    answer = anyone.post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    instant.refresh_from_db()
    assert (instant.enabled, instant.turned_off_reason) == (False, "unsubscribed")
    assert Digest.objects.get().state == "cancelled"
    assert anyone.post(path).status_code == 200


def test_following_the_link_changes_nothing_yet(
    anyone: Client, path: str, instant: Subscription
) -> None:
    page = anyone.get(path)

    assert b"<form" in page.content
    assert b"reader@example.com" in page.content
    instant.refresh_from_db()
    assert instant.enabled


def test_old_link_says_that_it_is_too_old(anyone: Client, path: str, instant: Subscription) -> None:
    with time_machine.travel(clock.now() + timedelta(days=181)):
        answer = anyone.post(path)

    assert answer.status_code == 410
    instant.refresh_from_db()
    assert instant.enabled


@pytest.mark.parametrize("change", ["", "xx", "/../", ":"])
def test_forged_link_does_nothing(
    change: str, anyone: Client, path: str, instant: Subscription
) -> None:
    forged = path[:-6] + change + path[-5:]

    assert anyone.post(forged).status_code == 404
    instant.refresh_from_db()
    assert instant.enabled


def test_the_link_leaves_this_subscription_alone(
    anyone: Client, path: str, instant: Subscription
) -> None:
    from integrations.testing import make_connection
    from notifications.tests.helpers import subscribe

    assert instant.user is not None
    other = make_connection(name="Other", hub_id="7", sf_org_id="00D000000000007AAA")
    other.memberships.create(user=instant.user, role="viewer")
    kept = subscribe(other, instant.user)

    anyone.post(path)

    kept.refresh_from_db()
    assert kept.enabled

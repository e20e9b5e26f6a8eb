"""The dialog, digests on the web, and what admins see."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User
from integrations.models import Connection
from notifications import delivery, notices
from notifications.models import Digest, Subscription
from notifications.tests.helpers import subscribe
from simulators.mailbox.testing import Mailbox

pytestmark = pytest.mark.django_db
CHOICE = {
    "enabled": "on",
    "frequency": "daily",
    "hour": "7",
    "weekday": "0",
    "types": ["picklists", "other"],
}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("views", "admin_views"):
        monkeypatch.setattr(f"notifications.{module}.nudge", lambda *args: True)


@pytest.fixture
def client(reader: User) -> Client:
    client = Client()
    client.force_login(reader)
    return client


@pytest.fixture
def page(connection: Connection) -> str:
    return f"/connections/{connection.pk}/notifications/"


def test_dialog_is_a_fragment_for_htmx_and_a_page_without(client: Client, page: str) -> None:
    whole = client.get(page).content.decode()
    fragment = client.get(page, headers={"HX-Request": "true"}).content.decode()

    assert "<html" in whole
    assert "<html" not in fragment
    for text in ("Turn on notifications", "Instantly", "Daily", "Weekly", "Save"):
        assert text in whole
        assert text in fragment


def test_saving_stores_the_choice_and_says_when_the_next_digest_comes(
    client: Client, page: str, reader: User
) -> None:
    answer = client.post(page, CHOICE, headers={"HX-Request": "true"})

    row = Subscription.objects.get(user=reader)
    assert (row.enabled, row.frequency, row.hour, row.types) == (
        True,
        "daily",
        7,
        ["picklists", "other"],
    )
    assert "The next digest is due:" in answer.content.decode()
    assert client.post(page, CHOICE).status_code == 302


def test_mistake_is_told_in_place_and_nothing_is_saved(client: Client, page: str) -> None:
    answer = client.post(page, {**CHOICE, "types": [], "hour": "99"})

    assert "Choose at least one error type." in answer.content.decode()
    assert not Subscription.objects.exists()


def test_turning_off_asks_for_nothing_else(client: Client, page: str, reader: User) -> None:
    client.post(page, CHOICE)
    client.post(page, {"frequency": "daily", "hour": "7", "weekday": "0"})

    assert not Subscription.objects.get(user=reader).enabled


@pytest.mark.django_db(transaction=True)
def test_test_mail_reaches_the_mailbox_although_notifications_are_off(
    client: Client, page: str, mailbox: Mailbox
) -> None:
    answer = client.post(page + "test/", headers={"HX-Request": "true"})
    assert "A test mail is on its way to reader@example.com." in answer.content.decode()

    delivery.deliver_due()

    (mail,) = mailbox.messages()
    assert mail["subject"] == "Test message from Sync Health – Acme"
    digest = Digest.objects.get()
    shown = client.get(f"{page}sent/{digest.public_id}/").content.decode()
    assert "This is a test" in shown
    assert "250 OK: kept" in shown


def test_a_digest_is_its_readers_and_the_admins_alone(
    client: Client, page: str, connection: Connection, instant: Subscription
) -> None:
    digest = notices.send_test(subscription=instant)
    other = User.objects.create_user("other@example.com", "x")
    other.memberships.create(connection=connection, role=Role.OPERATOR)
    admin = User.objects.create_user("admin@example.com", "x")
    admin.memberships.create(connection=connection, role=Role.ADMIN)
    seen = []
    for user in (other, admin):
        theirs = Client()
        theirs.force_login(user)
        seen.append(theirs.get(f"{page}sent/{digest.public_id}/").status_code)

    assert client.get(f"{page}sent/{digest.public_id}/").status_code == 200
    assert seen == [404, 200]


def test_failed_message_is_sent_again_from_its_page(
    client: Client, page: str, instant: Subscription
) -> None:
    digest = notices.send_test(subscription=instant)
    Digest.objects.update(state="failed", reason="refused", last_error="550 no such user")
    shown = client.get(f"{page}sent/{digest.public_id}/").content.decode()
    assert "550 no such user" in shown
    assert "Send again" in shown

    client.post(f"{page}sent/{digest.public_id}/again/")

    digest.refresh_from_db()
    assert (digest.state, digest.attempts) == ("pending", 0)


def test_admin_sees_who_is_told_what_and_whose_address_is_refused(
    page: str, connection: Connection, reader: User, instant: Subscription
) -> None:
    Subscription.objects.update(refused_at="2026-01-01T00:00Z", refused_detail="550 no such user")
    quiet = User.objects.create_user("quiet@example.com", "x")
    quiet.memberships.create(connection=connection, role=Role.VIEWER)
    admin = User.objects.create_user("admin@example.com", "x")
    admin.memberships.create(connection=connection, role=Role.ADMIN)
    client = Client()
    client.force_login(admin)

    shown = client.get(page + "readers/").content.decode()

    for text in ("reader@example.com", "Instantly", "550 no such user", "quiet@example.com"):
        assert text in shown


def test_admin_sets_the_defaults_of_new_members(page: str, connection: Connection) -> None:
    admin = User.objects.create_user("admin@example.com", "x")
    admin.memberships.create(connection=connection, role=Role.ADMIN)
    client = Client()
    client.force_login(admin)

    assert client.post(page + "defaults/", CHOICE).status_code == 302

    new = User.objects.create_user("new@example.com", "x")
    new.memberships.create(connection=connection, role=Role.VIEWER)
    assert Subscription.objects.get(user=new).types == ["picklists", "other"]


def test_dialog_costs_few_queries(
    client: Client, page: str, instant: Subscription, django_assert_max_num_queries: Any
) -> None:
    # session, user, connection, role, subscription, recent messages
    with django_assert_max_num_queries(6):
        client.get(page, headers={"HX-Request": "true"})


def test_first_look_at_the_dialog_shows_the_admins_defaults_turned_off(
    client: Client, page: str, connection: Connection, reader: User
) -> None:
    row = subscribe(connection, reader, frequency="weekly")
    row.delete()

    assert 'name="enabled" checked' not in client.get(page).content.decode()

"""Login, preferences and API tokens."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import ApiToken, User

PASSWORD = "correct horse battery"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ann@example.com", PASSWORD, name="Ann")


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_mail_address_logs_in_whatever_its_case(client: Client, user: User) -> None:
    answer = client.post("/login/", {"username": " Ann@Example.com", "password": PASSWORD})

    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_wrong_password_is_told_and_the_address_is_kept(client: Client, user: User) -> None:
    answer = client.post("/login/", {"username": "ann@example.com", "password": "wrong"})

    assert answer.status_code == 200
    assert "do not belong together" in answer.content.decode()
    assert 'value="ann@example.com"' in answer.content.decode()


def test_login_does_not_lead_to_another_site(client: Client, user: User) -> None:
    answer = client.post(
        "/login/",
        {"username": "ann@example.com", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert answer.headers["Location"] == "/"


def test_preferences_are_saved_and_the_theme_is_on_the_page(browser: Client, user: User) -> None:
    browser.post(
        "/account/",
        {"name": "Ann", "language": "pl", "time_zone": "Europe/Warsaw", "theme": "dark"},
    )

    page = browser.get("/account/").content.decode()

    assert 'data-theme="dark"' in page
    assert '<html lang="pl"' in page


def test_unknown_time_zone_changes_nothing(browser: Client, user: User) -> None:
    answer = browser.post(
        "/account/", {"name": "Bob", "language": "", "time_zone": "Mars/Olympus", "theme": "auto"}
    )

    user.refresh_from_db()
    assert answer.status_code == 200
    assert user.time_zone == "UTC"
    assert user.name == "Ann"


def test_new_token_is_shown_once(browser: Client, user: User) -> None:
    shown = browser.post("/account/tokens/", {"name": "script"}).content.decode()

    assert "shp_" in shown
    assert ApiToken.objects.get().user == user
    assert "shp_" not in browser.get("/account/tokens/").content.decode()


def test_token_of_another_person_cannot_be_revoked(browser: Client) -> None:
    other = User.objects.create_user("eve@example.com", PASSWORD)
    token, _text = ApiToken.issue(user=other, name="hers")

    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_token_is_revoked(browser: Client, user: User) -> None:
    token, _text = ApiToken.issue(user=user, name="mine")

    browser.post(f"/account/tokens/{token.pk}/revoke/")

    assert not ApiToken.objects.exists()

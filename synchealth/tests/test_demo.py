"""The demo's set-up: safe to repeat, and refused where it does not belong."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import ApiToken, User
from synchealth.demo.banner import banner
from synchealth.demo.people import PEOPLE, make_password, make_people
from synchealth.demo.state import DemoState

pytestmark = pytest.mark.django_db


def test_the_command_refuses_anywhere_but_in_the_demo(settings: Any) -> None:
    settings.SIMULATOR_URL = ""
    with pytest.raises(CommandError, match="make run"):
        call_command("demo")
    assert not User.objects.exists()


def test_people_and_token_are_made_once() -> None:
    state = DemoState()
    make_people(state=state)
    password, token = state.password, state.api_token
    make_people(state=state)
    assert (state.password, state.api_token) == (password, token)
    assert User.objects.count() == len(PEOPLE)
    assert ApiToken.objects.get().digest == ApiToken.digest_of(token)
    assert all(user.check_password(password) for user in User.objects.all())


def test_a_token_whose_row_is_gone_is_made_anew() -> None:
    state = DemoState()
    make_people(state=state)
    token = state.api_token
    ApiToken.objects.all().delete()
    make_people(state=state)
    assert state.api_token != token
    assert ApiToken.objects.get().digest == ApiToken.digest_of(state.api_token)


def test_the_state_outlives_a_restart_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "demo.json"
    state = DemoState(password="p", api_token="t", connection=3, seeded=True)
    state.write(path)
    state.write(path)
    assert DemoState.read(path) == state
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(file.name for file in path.parent.iterdir()) == ["demo.json"]


def test_a_state_of_another_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text('{"api_token": "t", "mood": "calm"}')
    assert DemoState.read(path) == DemoState(api_token="t")


def test_passwords_differ_and_can_be_typed() -> None:
    passwords = {make_password() for _ in range(50)}
    assert len(passwords) == 50
    assert all(set(password) <= set("abcdefghijkmnpqrstuvwxyz23456789-") for password in passwords)


def test_the_banner_has_the_address_every_login_the_token_and_three_things() -> None:
    state = DemoState(password="pass-word", api_token="shp_x", connection=7)
    text = banner(
        state=state,
        site_url="http://127.0.0.1:8000",
        simulator_url="http://127.0.0.1:8100",
        mails="mails are files.",
    )
    assert "API token: shp_x\n" in text
    assert "http://127.0.0.1:8000/connections/7/sync-health/picklists/" in text
    assert all(person.email in text for person in PEOPLE)
    assert all(f"\n  {number}. " in text for number in (1, 2, 3))

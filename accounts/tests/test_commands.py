"""Users, members and tokens from the command line."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, Role, User
from integrations.testing import make_connection

pytestmark = pytest.mark.django_db


def told(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue().strip()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@firm.example", "a long password")


def test_a_printed_token_opens_the_api(ada: User) -> None:
    token = told("create_token", "Ada@Firm.example")

    answer = Client().get("/api/v1/connections/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_token_for_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match="no user with the mail address nobody@"):
        told("create_token", "nobody@firm.example")


def test_a_member_is_added_given_another_role_and_removed(ada: User) -> None:
    connection = make_connection()
    told("add_member", ada.email, connection=connection.pk, role="viewer")
    told("add_member", ada.email, connection=connection.pk, role="operator")

    assert Membership.objects.get(user=ada).role == Role.OPERATOR

    told("add_member", ada.email, connection=connection.pk, remove=True)
    assert not Membership.objects.exists()


def test_a_member_of_a_connection_that_is_not_there_is_refused(ada: User) -> None:
    with pytest.raises(CommandError, match="no connection 999"):
        told("add_member", ada.email, connection=999)


def test_a_made_user_can_log_in_with_the_printed_password() -> None:
    password = told("create_user", "ben@firm.example", name="Ben").rsplit(" ", 1)[1]

    assert Client().login(username="ben@firm.example", password=password)


def test_the_same_mail_address_is_not_made_twice(ada: User) -> None:
    with pytest.raises(CommandError, match="already"):
        told("create_user", ada.email.upper())

"""The demo's logins: one of each role, and a token for the admin."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from accounts.models import ApiToken, Membership, Role, User
from notifications.models import Subscription, all_types
from notifications.subscriptions import ChosenValues, choose
from synchealth.demo.state import DemoState


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: Role
    may: str
    language: str = ""


PEOPLE = (
    Person("admin@demo.example", "Ada Nowak", Role.ADMIN, "everything"),
    Person(
        "ops@demo.example", "Olga Weber", Role.OPERATOR, "Resync, the allotment; in Polish", "pl"
    ),
    Person("viewer@demo.example", "Victor Lang", Role.VIEWER, "look and export"),
)
# No l, 1, o, 0: it is typed from a terminal.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def make_password() -> str:
    """Three groups of five letters: 75 bits, for the demo may be opened to a network with HOST."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def make_people(*, state: DemoState) -> User:
    """Make the demo's logins as far as they are missing, and the admin's token; returns the admin.

    All share one password, `state.password`; `state.api_token` holds the token. Both are made once."""
    state.password = state.password or make_password()
    for person in PEOPLE:
        user, made = User.objects.get_or_create(
            email=person.email, defaults={"name": person.name, "language": person.language}
        )
        if made or not user.check_password(state.password):
            user.set_password(state.password)
            user.save(update_fields=["password"])
    admin = User.objects.get(email=PEOPLE[0].email)
    digest = ApiToken.digest_of(state.api_token)
    if not state.api_token or not ApiToken.objects.filter(user=admin, digest=digest).exists():
        _token, state.api_token = ApiToken.issue(user=admin, name="demo")
    return admin


def join(*, connection_id: int) -> None:
    """Give each login its role on the connection, as far as it has none there."""
    for person in PEOPLE:
        Membership.objects.get_or_create(
            user=User.objects.get(email=person.email),
            connection_id=connection_id,
            defaults={"role": person.role},
        )


def turn_notifications_on(*, connection_id: int) -> None:
    """The admin is told at once and ops daily, so that the demo's mailbox soon holds a mail; once, as a start."""
    if Subscription.objects.filter(connection_id=connection_id).exists():
        return
    for person, frequency in zip(PEOPLE, ("instant", "daily"), strict=False):
        choose(
            connection_id=connection_id,
            user=User.objects.get(email=person.email),
            values=ChosenValues(
                enabled=True, frequency=frequency, hour=8, weekday=0, types=all_types()
            ),
        )

"""What the tests of this app do again and again."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership, Role, User
from errors.recording import record_outcomes
from errors.tests.fakes import contact, failed, synced
from errors.types import ErrorType
from integrations.models import Connection
from notifications import cutting
from notifications.models import Digest, Subscription, all_types
from notifications.subscriptions import ChosenValues, choose


def subscribe(connection: Connection, user: User, **values: Any) -> Subscription:
    """Turns notifications on for a user; instantly unless told."""
    chosen = {"enabled": True, "frequency": "instant", "hour": 8, "weekday": 0, **values}
    chosen.setdefault("types", all_types())
    return choose(connection_id=connection.pk, user=user, values=ChosenValues(**chosen))


def make_readers(connection: Connection, number: int, **values: Any) -> list[Subscription]:
    """Members who all chose the same."""
    rows = []
    for index in range(number):
        user = User.objects.create(email=f"reader{index}@example.com", time_zone="UTC")
        Membership.objects.create(user=user, connection=connection, role=Role.VIEWER)
        rows.append(subscribe(connection, user, **values))
    return rows


def fail(
    connection: Connection,
    *numbers: int,
    kind: str = "picklists",
    message: str = "",
    cause: str = "option-missing-in-salesforce",
) -> None:
    """An error for each number, each of a record of its own."""
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(n), f"{kind}/{cause}", message=message or f"Problem {n}")
            for n in numbers
        ],
    )


def resolve(connection: Connection, *numbers: int) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(n)) for n in numbers])


def cut_all() -> list[Digest]:
    """Looks for news and cuts everything that is due; answers the digests that are not sent yet."""
    cutting.look_for_news()
    while cutting.cut_due():
        pass
    return list(Digest.objects.filter(state=Digest.State.PENDING).order_by("id"))


KINDS = [str(kind) for kind in ErrorType]

"""Fixtures of the notifications app's tests: a real mail server on loopback, people, and errors to tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Membership, Role, User
from errors.tests.fakes import simple_judge
from integrations.models import Connection
from integrations.testing import make_connection
from notifications.models import Subscription
from notifications.tests.helpers import subscribe
from simulators.mailbox.testing import Mailbox, start_mailbox


@pytest.fixture(autouse=True)
def _judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are judged by the rules of `fakes.simple_judge`: the code says type and cause."""
    monkeypatch.setattr("errors.folding.judge", simple_judge)


@pytest.fixture(scope="session")
def mailbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    with start_mailbox(tmp_path_factory.mktemp("mailbox")) as running:
        yield running


@pytest.fixture
def mailbox(mailbox_process: Mailbox, settings: Any) -> Iterator[Mailbox]:
    """The mail server, empty and without faults, with the settings pointing at it."""
    assert mailbox_process.process is not None
    if mailbox_process.process.poll() is not None:
        mailbox_process.start()
    mailbox_process.control("POST", "reset")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = mailbox_process.smtp_port
    settings.EMAIL_TIMEOUT = 10
    yield mailbox_process
    if mailbox_process.process.poll() is None:
        mailbox_process.control("DELETE", "faults")


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection(name="Acme")


@pytest.fixture
def reader(connection: Connection) -> User:
    """A member who reads English in Warsaw."""
    user = User.objects.create_user(
        "reader@example.com", "x", name="Rita", language="en", time_zone="Europe/Warsaw"
    )
    Membership.objects.create(user=user, connection=connection, role=Role.VIEWER)
    return user


@pytest.fixture
def instant(connection: Connection, reader: User) -> Subscription:
    return subscribe(connection, reader, frequency="instant")

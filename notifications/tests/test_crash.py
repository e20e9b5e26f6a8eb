"""A worker killed with kill -9 at each step. Counted by Message-ID at the mail server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest
import time_machine

from common import clock
from errors.tests.children import die, end_of, start_child
from integrations.models import Connection
from notifications import cutting, delivery, smtp, tasks
from notifications.models import Digest, Subscription
from notifications.tests.helpers import fail
from simulators.mailbox.testing import Mailbox
from tests.processes import CeleryWorker, wait_until

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

LATER = timedelta(seconds=65)


def tick_and_die(at: str) -> None:
    """A tick of a worker that loses its power at a line of ours."""

    def after(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            original(*args, **kwargs)
            die()

        return run

    patches = {
        "in the transaction of the cut": (Digest.objects, "create", after(Digest.objects.create)),
        "cut": (cutting, "cut", after(cutting.cut)),
        "claimed": (smtp, "build_mail", lambda digest: die()),
        "marked, before DATA": (delivery, "_mark", after(delivery._mark)),
        "before settle": (delivery, "settle", lambda **_: die()),
        "in the transaction of settle": (delivery, "_note_reader", lambda *_: die()),
        "settled": (delivery, "settle", after(delivery.settle)),
    }
    owner, name, instead = patches[at]
    with time_machine.travel(clock.now() + LATER), mock.patch.object(owner, name, instead):
        tasks.tick()


def recover() -> None:
    """What the next workers do when the leases have run out, twice, since nothing may come of the second."""
    for minutes in (6, 12):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
            tasks.tick()


# How often the server has the mail: with DIGEST_WHEN_UNCERTAIN=resend, and with hold.
MOMENTS = {
    "in the transaction of the cut": (1, 1),
    "cut": (1, 1),
    "claimed": (1, 1),
    # Handed over or not, nobody knows: here it was not, so holding it keeps it from the reader until people decide.
    "marked, before DATA": (1, 0),
    # The one documented instant: accepted by the server and not yet noted by us.
    "before settle": (2, 1),
    "in the transaction of settle": (2, 1),
    "settled": (1, 1),
}


@pytest.mark.parametrize("policy", ["resend", "hold"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_worker_killed_at_a_line_of_ours(
    moment: str,
    policy: str,
    connection: Connection,
    instant: Subscription,
    mailbox: Mailbox,
    settings: Any,
) -> None:
    settings.DIGEST_WHEN_UNCERTAIN = policy
    fail(connection, 1)

    assert end_of(start_child(partial(tick_and_die, moment))) == -signal.SIGKILL
    recover()

    digest = Digest.objects.get()
    copies = MOMENTS[moment][policy == "hold"]
    wanted = {f"<{digest.public_id}@testserver>": copies} if copies else {}
    assert mailbox.by_message_id() == wanted
    held = policy == "hold" and MOMENTS[moment][0] != MOMENTS[moment][1]
    assert digest.state == ("uncertain" if held else "sent")


@pytest.mark.parametrize(
    ("step", "copies"),
    [("connect", 1), ("mail", 1), ("rcpt", 1), ("data", 1), ("message", 1), ("reply", 2)],
)
def test_worker_killed_while_the_server_is_at_a_step(
    step: str, copies: int, connection: Connection, instant: Subscription, mailbox: Mailbox
) -> None:
    mailbox.fault(step, "delay", seconds=3)
    fail(connection, 1)

    def work() -> None:
        with time_machine.travel(clock.now() + LATER):
            tasks.tick()

    child = start_child(work)
    wait_until(lambda: mailbox.faults()[0]["struck"], within=20, what="the server is at the step")
    os.kill(child, signal.SIGKILL)
    assert end_of(child) == -signal.SIGKILL
    recover()

    digest = Digest.objects.get()
    assert digest.state == "sent"
    # "reply": the server had kept it and was about to say so.
    assert mailbox.by_message_id() == {f"<{digest.public_id}@testserver>": copies}


@pytest.mark.broker
def test_real_worker_killed_before_data_and_another_one_sends_it_once(
    connection: Connection,
    instant: Subscription,
    mailbox: Mailbox,
    celery_worker_process: Callable[..., CeleryWorker],
) -> None:
    environment = {
        "EMAIL_URL": mailbox.email_url,
        "INSTANT_GATHER_SECONDS": "0",
        "DIGEST_LEASE_SECONDS": "2",
    }
    worker = celery_worker_process(queues="mail", environment=environment)
    mailbox.fault("rcpt", "delay", seconds=30)
    with time_machine.travel(clock.now() - timedelta(minutes=1)):
        fail(connection, 1)
    tasks.tick.delay()
    wait_until(lambda: mailbox.faults()[0]["struck"], within=30, what="the worker is sending")
    worker.kill()
    assert Digest.objects.get().state == "sending"

    second = celery_worker_process(queues="mail", environment=environment)

    def sent() -> bool:
        tasks.tick.delay()
        return Digest.objects.get().state == "sent"

    wait_until(sent, within=30, what="another worker sends it")
    second.kill()  # it would work off the other ticks first
    assert list(mailbox.by_message_id().values()) == [1]

"""The fixtures that start real processes do share the test's database, broker and simulators."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest

from accounts.models import User
from scripts.paths import PROJECT
from simulators.testing import Simulators
from synchealth.celery import app
from tests.processes import (
    BrokerAddress,
    CeleryWorker,
    alive_in_group,
    test_database_url,
    wait_until,
)


@pytest.mark.django_db(transaction=True)
def test_another_process_reads_the_rows_of_a_transactional_test() -> None:
    User.objects.create_user("ada@example.com")
    code = "from accounts.models import User; print(list(User.objects.values_list('email', flat=True)))"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": test_database_url()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['ada@example.com']"


@pytest.mark.broker
@pytest.mark.parametrize("attempt", ["first", "again, after the first worker is gone"])
def test_a_message_of_this_process_is_done_by_a_worker_process(
    celery_worker_process: Callable[..., CeleryWorker], attempt: str
) -> None:
    worker = celery_worker_process(queues="default")
    app.send_task("celery.accumulate", args=[1, 2], queue="default")
    wait_until(
        lambda: (
            "celery.accumulate" in worker.log.read_text() and "succeeded" in worker.log.read_text()
        ),
        within=20,
        what="the task ran",
    )


@pytest.mark.broker
def test_a_message_waits_while_no_worker_runs(broker: BrokerAddress) -> None:
    assert broker.length("resync") == 0
    app.send_task("celery.accumulate", args=[1], queue="resync")
    assert broker.length("resync") == 1


@pytest.mark.broker
@pytest.mark.crash
def test_a_killed_worker_leaves_no_child(
    celery_worker_process: Callable[..., CeleryWorker],
) -> None:
    worker = celery_worker_process(concurrency=2)
    assert worker.process is not None
    group = worker.process.pid
    assert len(alive_in_group(group)) == 3
    worker.kill()
    wait_until(lambda: not alive_in_group(group), within=5, what="no process of the group runs")


@pytest.mark.parametrize("use", [1, 2])
def test_every_test_finds_the_simulators_reset(
    simulators: Simulators, use: int, settings: object
) -> None:
    def calls() -> int:
        with urllib.request.urlopen(f"{simulators.base_url}/control/calls/count") as answer:
            return int(json.loads(answer.read())["count"])

    assert calls() == 0
    assert simulators.hubspot_url == settings.HUBSPOT_API_BASE_URL  # type: ignore[attr-defined]

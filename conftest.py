"""Fixtures for every app's tests. Processes that they start are in tests/processes.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulators.testing import Simulators
    from tests.processes import BrokerAddress, CeleryWorker


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """SQLite's test database is a file: one in memory could not be shared with a worker process."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"] == "django.db.backends.sqlite3":
        default.setdefault("TEST", {})["NAME"] = str(
            tmp_path_factory.mktemp("database") / "test.sqlite3"
        )


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test finds what another one cached."""
    yield
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def simulators_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    """The simulators, one process for the session; it takes about a second to start."""
    from simulators.testing import start_simulators

    with start_simulators(tmp_path_factory.mktemp("simulators")) as running:
        yield running


@pytest.fixture
def simulators(simulators_process: Simulators, settings: Any) -> Simulators:
    """The simulators, reset, with the settings pointing at them."""
    simulators_process.control("POST", "reset")
    settings.HUBSPOT_API_BASE_URL = simulators_process.hubspot_url
    settings.HUBSPOT_APP_BASE_URL = simulators_process.hubspot_url
    settings.SALESFORCE_LOGIN_URL = simulators_process.salesforce_url
    return simulators_process


@pytest.fixture(scope="session")
def broker_server() -> Iterator[BrokerAddress]:
    """A Redis-like server: the one that CELERY_BROKER_URL names, else the embedded Valkey on a socket."""
    from tests.processes import broker_for_tests

    with broker_for_tests() as address:
        yield address


@pytest.fixture
def broker(
    broker_server: BrokerAddress, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BrokerAddress]:
    """The broker, empty, with this process's Celery application publishing to it."""
    from tests.processes import celery_publishes_to

    broker_server.empty()
    # Celery prefers the variable to its configuration.
    monkeypatch.setenv("CELERY_BROKER_URL", broker_server.celery_url)
    with celery_publishes_to(broker_server):
        yield broker_server


@pytest.fixture
def celery_worker_process(
    transactional_db: None, broker: BrokerAddress, tmp_path: Path
) -> Iterator[Callable[..., CeleryWorker]]:
    """A function that starts a real `celery worker` on the test database and the broker.

    Call it after the settings are as the worker should see them (the addresses of the CRMs are handed over). It takes
    `queues`, `concurrency` and further `environment`, returns when the worker is ready, and each worker is stopped at
    the end of the test. The test runs without a transaction of its own, so that the worker sees its rows."""
    from tests.processes import CeleryWorker

    started: list[CeleryWorker] = []

    def start(**options: Any) -> CeleryWorker:
        worker = CeleryWorker(folder=tmp_path, number=len(started) + 1, broker=broker, **options)
        started.append(worker)
        worker.start()
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The installed Chromium, which asks nobody for updates and, as in most CI, runs as root."""
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    # Playwright's loop lives in this thread from now on, and Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "args": ["--no-sandbox", "--disable-dev-shm-usage", *quiet],
    }


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of the product, served by this process to a browser."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return str(live_server.url)

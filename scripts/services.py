"""The processes of the demo. A new one is one more entry here."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

from scripts.demo_env import MailboxPorts
from scripts.paths import DemoPaths
from scripts.supervisor import Service

QUEUES = "default,sync,resync,mail"


def http_answers(url: str) -> bool:
    """Whether a server answers there with a status below 500."""
    # No proxy of the shell stands between this machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def simulators(*, paths: DemoPaths, port: int) -> Service:
    return Service(
        name="simulators",
        command=[
            *(sys.executable, "-m", "simulators"),
            *("--port", str(port)),
            *("--state", str(paths.simulators)),
        ],
        ready=lambda: http_answers(f"http://127.0.0.1:{port}/control/calls/count"),
    )


def mailbox(*, paths: DemoPaths, listens: MailboxPorts) -> Service:
    return Service(
        name="mailbox",
        command=[
            *(sys.executable, "-m", "simulators.mailbox"),
            *("--smtp-port", str(listens.smtp), "--http-port", str(listens.http)),
            *("--state", str(paths.mailbox), "--ports-file", str(paths.mailbox_ports)),
        ],
        ready=lambda: http_answers(f"http://127.0.0.1:{listens.http}/control/faults"),
    )


def web(*, host: str, port: int, url: str) -> Service:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Service(
        name="web",
        # Threads, so that a long export does not hold a whole worker.
        command=[
            *(sys.executable, "-m", "gunicorn", "synchealth.wsgi:application"),
            *("--bind", bind),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            # It would lie in the home folder, shared by every gunicorn of this user.
            "--no-control-socket",
        ],
        ready=lambda: http_answers(f"{url}/healthz"),
    )


def worker() -> Service:
    return Service(
        name="worker",
        revived=True,
        command=[
            *(sys.executable, "-m", "celery", "-A", "synchealth", "worker"),
            *("--queues", QUEUES, "--concurrency", "2", "--loglevel", "INFO"),
            *("--hostname", "demo@%h", "--without-gossip", "--without-mingle"),
        ],
    )


def beat(*, paths: DemoPaths) -> Service:
    return Service(
        name="beat",
        revived=True,
        command=[
            *(sys.executable, "-m", "celery", "-A", "synchealth", "beat"),
            *("--schedule", str(paths.beat_schedule), "--pidfile", "", "--loglevel", "INFO"),
        ],
    )

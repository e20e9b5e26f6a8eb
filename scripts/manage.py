"""`make manage ARGS="sync"`: a management command with the environment of the demo, beside a running one or not."""

from __future__ import annotations

import os
import sys

from scripts import ports
from scripts.broker import Broker
from scripts.demo_env import MailboxPorts, demo_environment, read_or_make_secrets
from scripts.paths import PROJECT, DemoPaths
from scripts.problems import Problem


def main() -> None:
    paths = DemoPaths.from_environment()
    if not paths.secrets.exists():
        sys.exit("There is no demo yet. Start it once with:  make run")
    socket = paths.broker / "broker.sock"
    # Nudges to the worker are optional: without a reachable broker the schedule picks the work up.
    url = f"redis+socket://{socket}" if socket.exists() else "memory://"
    redis_url = f"unix://{socket}" if socket.exists() else ""
    try:
        environment = demo_environment(
            paths=paths,
            keys=read_or_make_secrets(paths),
            broker=Broker(celery_url=url, redis_url=redis_url, service=None),
            host=os.environ.get("HOST") or "127.0.0.1",
            port=ports.read("PORT", os.environ.get("PORT") or "8000"),
            simulator_port=ports.read("SIMULATOR_PORT", os.environ.get("SIMULATOR_PORT") or "8100"),
            inherited=os.environ,
            mailbox=MailboxPorts.of_running(paths),
        )
    except Problem as error:
        sys.exit(str(error))
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "manage.py", *sys.argv[1:]], environment)  # noqa: S606


if __name__ == "__main__":
    main()

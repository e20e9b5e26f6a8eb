"""`make run`: the demo, everything on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from scripts import ports, services
from scripts.broker import choose_broker, server_binary
from scripts.demo_env import (
    NOT_INHERITED,
    MailboxPorts,
    demo_environment,
    read_or_make_secrets,
    site_url,
)
from scripts.lock import demo_lock
from scripts.paths import PROJECT, DemoPaths
from scripts.problems import Problem
from scripts.static import collect_if_changed
from scripts.supervisor import ServiceFailed, StopRequested, Supervisor, die_with_parent


def say(text: str = "") -> None:
    print(text, flush=True)


def manage(*arguments: str) -> Sequence[str]:
    return [sys.executable, "manage.py", *arguments]


def run_demo(paths: DemoPaths) -> None:
    """Start everything and watch it. Raises Problem, ServiceFailed; returns never but by StopRequested."""
    started = time.monotonic()
    host = os.environ.get("HOST") or "127.0.0.1"
    port = ports.read("PORT", os.environ.get("PORT") or "8000")
    simulator_port = ports.read("SIMULATOR_PORT", os.environ.get("SIMULATOR_PORT") or "8100")
    if port == simulator_port:
        raise Problem(f"PORT and SIMULATOR_PORT are both {port}; they must differ.")
    ports.require_free(variable="PORT", host=host, port=port, what="the web pages")
    ports.require_free(
        variable="SIMULATOR_PORT", host="127.0.0.1", port=simulator_port, what="the simulators"
    )
    mailbox = MailboxPorts(
        smtp=ports.any_free(), http=ports.near(simulator_port + 25, but_not=(port, simulator_port))
    )
    ignored = [name for name in NOT_INHERITED if os.environ.get(name)]
    if ignored:
        say(f"Set in your shell and left alone, the demo has its own: {', '.join(ignored)}.")

    keys = read_or_make_secrets(paths)
    broker = choose_broker(
        folder=paths.broker, password=keys["BROKER_PASSWORD"], binary=server_binary()
    )
    if broker.notice:
        say(broker.notice)
    environment = demo_environment(
        paths=paths,
        keys=keys,
        broker=broker,
        host=host,
        port=port,
        simulator_port=simulator_port,
        inherited=os.environ,
        mailbox=mailbox,
    )
    first = not paths.state.exists()
    say("Starting the demo for the first time: about a minute." if first else "Starting the demo.")
    verbose = bool(os.environ.get("VERBOSE"))
    with Supervisor(
        environment=environment, log_folder=paths.logs, cwd=PROJECT, verbose=verbose
    ) as supervisor:
        if broker.service:
            supervisor.start(broker.service)
        supervisor.run("migrate", manage("migrate", "--no-input"))
        collect_if_changed(supervisor, paths, manage("collectstatic", "--no-input", "--clear"))
        supervisor.start(services.simulators(paths=paths, port=simulator_port))
        supervisor.start(services.mailbox(paths=paths, listens=mailbox))
        banner = supervisor.run("demo", manage("demo"), show_progress=True)
        url = site_url(host, port)
        supervisor.start(services.web(host=host, port=port, url=url))
        supervisor.start(services.worker())
        supervisor.start(services.beat(paths=paths))
        say(banner.rstrip())
        say()
        say(
            f"Started in {time.monotonic() - started:.0f} seconds. Logs: {paths.logs}. Ctrl-C stops everything."
        )
        supervisor.watch()


def main() -> NoReturn:
    if os.environ.pop("STOP_WITH_PARENT", ""):
        # So that a make that is killed outright leaves nothing running.
        die_with_parent()
    paths = DemoPaths.from_environment()
    try:
        with demo_lock(paths, otherwise="Stop it there with Ctrl-C first."):
            run_demo(paths)
    except (StopRequested, KeyboardInterrupt):
        say("\nStopped.")
        sys.exit(0)
    except ServiceFailed as error:
        say(f"\n{error}\nEverything else was stopped. Whole logs: {paths.logs}")
        sys.exit(1)
    except Problem as error:
        say(str(error))
        sys.exit(1)
    sys.exit(0)


if __name__ == "__main__":
    main()

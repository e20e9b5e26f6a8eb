"""Runs the simulators under gunicorn: one process, many threads, so that all state has one owner."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from simulators.app import create_app


def write_port(path: str, port: int) -> None:
    """Write the port so that a reader never sees half of it."""
    half = Path(path + ".part")
    half.write_text(f"{port}\n")
    os.replace(half, path)


class SimulatorServer(BaseApplication):  # type: ignore[misc]
    """gunicorn embedded, without its files in the user's home."""

    def __init__(
        self, *, host: str, port: int, state: str, port_file: str | None, threads: int
    ) -> None:
        self.host, self.port, self.state = host, port, state
        self.port_file, self.threads = port_file, threads
        super().__init__()

    def load_config(self) -> None:
        values: dict[str, Any] = {
            "bind": f"{self.host}:{self.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": self.threads,
            "timeout": 0,
            "keepalive": 75,
            "graceful_timeout": 1,
            "loglevel": "warning",
            "control_socket_disable": True,
            # 0: no limit. gunicorn's own is at most 8,190 and Salesforce takes 16,384 (see salesforce/api.py).
            "limit_request_line": 0,
            "limit_request_field_size": 0,
            "post_worker_init": self.ready,
            "proc_name": "simulators",
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self.state)

    def ready(self, worker: Any) -> None:
        host, port = worker.sockets[0].getsockname()[:2]
        if self.port_file:
            write_port(self.port_file, port)
        print(
            f"Simulators ready: Salesforce http://{host}:{port}/salesforce"
            f" HubSpot http://{host}:{port}/hubspot control http://{host}:{port}/control/",
            flush=True,
        )

"""`make run` from outside: what it prints, that it goes on with its data, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.management import get_commands

from scripts import ports
from scripts.paths import PROJECT
from tests.processes import alive, wait_until

# The first start syncs the whole world of the demo, on a machine that may be busy.
STARTS_WITHIN_SECONDS = 240.0
pytestmark = [
    pytest.mark.broker,
    pytest.mark.crash,
    pytest.mark.skipif("sync" not in get_commands(), reason="there is no sync to fill the demo by"),
]


@dataclass
class Demo:
    """A demo in a folder of its own, started by the very target that people use."""

    folder: Path
    port: int = field(default_factory=ports.any_free)
    simulator_port: int = field(default_factory=ports.any_free)
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def start(self) -> None:
        make = shutil.which("make")
        assert make, "make is what is tested"
        # The environment of this test run is ready: its own Python stands for .venv.
        (self.folder / "venv/bin").mkdir(parents=True, exist_ok=True)
        python = self.folder / "venv/bin/python"
        if not python.exists():
            python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            python.chmod(0o755)
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO", "CELERY", "PYTEST"))
        }
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                # -o: the environment is not made anew.
                [make, "-o", "venv", "run", f"VENV={self.folder / 'venv'}"],
                cwd=PROJECT,
                env={
                    **environment,
                    "VAR_DIR": str(self.folder / "var"),
                    "PORT": str(self.port),
                    "SIMULATOR_PORT": str(self.simulator_port),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self.process
        wait_until(
            lambda: "Ctrl-C stops everything" in self.output or process.poll() is not None,
            within=STARTS_WITHIN_SECONDS,
            what="the demo is up",
        )
        assert process.poll() is None, self.output

    def members(self) -> list[int]:
        """Every living process that was given this demo's folder, however it came to be."""
        mark = f"VAR_DIR={self.folder / 'var'}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return [pid for pid in found if alive(pid)]

    def stop(self, number: signal.Signals) -> int:
        assert self.process is not None
        # A terminal's Ctrl-C reaches make and what it started.
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=60)

    @property
    def token(self) -> str:
        found = re.search(r"^\s*API token: (\S+)$", self.output, flags=re.MULTILINE)
        assert found, self.output
        return found.group(1)

    def api(self, path: str) -> tuple[int, object]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, None


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    started = Demo(folder=tmp_path)
    yield started
    for pid in started.members():
        os.kill(pid, signal.SIGKILL)


def test_the_demo_starts_prints_goes_on_and_stops_without_a_trace(demo: Demo) -> None:
    demo.start()
    first_token = demo.token
    for expected in (f"http://127.0.0.1:{demo.port}", "admin@demo.example", "Things to try"):
        assert expected in demo.output
    status, cards = demo.api("connections/1/error-types/")
    assert status == 200
    rows = cards["results"] if isinstance(cards, dict) else cards
    assert isinstance(rows, list)
    assert len(rows) == 8
    assert [row["type"] for row in rows if row["errors"] == 0] == [], "a type without a real error"
    for name in ("demo.env", "demo.json"):
        assert stat.S_IMODE((demo.folder / "var" / name).stat().st_mode) == 0o600
    assert len(demo.members()) > 5
    demo.stop(signal.SIGINT)
    assert demo.members() == []

    demo.start()
    assert demo.token == first_token
    assert "First sync" not in demo.output
    # Killing make outright is the worst that a person can do to it.
    assert demo.process is not None
    demo.process.kill()
    wait_until(lambda: demo.members() == [], within=30, what="nothing of the demo runs")

"""Simulators as a subprocess, for anybody's tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class ControlRefused(AssertionError):
    """A control call was answered with an error; the text holds status and body."""


@dataclass
class Simulators:
    """A running pair. `process` may be killed and `start()`ed again: the state file stays."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def salesforce_url(self) -> str:
        return self.base_url + "/salesforce"

    @property
    def hubspot_url(self) -> str:
        return self.base_url + "/hubspot"

    def start(self) -> None:
        """Start, and return when ready. A second start uses the port of the first."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        log = (self.folder / "simulators.log").open("ab")
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "simulators", "--port", str(self.port),
                "--state", str(self.folder / "simulators.sqlite3"), "--port-file", str(port_file),
            ],
            cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        log.close()
        end = time.monotonic() + 60
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(
                    f"the simulators did not start:\n{(self.folder / 'simulators.log').read_text()}"
                )
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def stop(self) -> None:
        """Stop as an operator would, with SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def control(self, method: str, path: str, json_body: Any = None, **kwargs: Any) -> Any:
        """Call `/control/` + path; answers the parsed JSON. Raises ControlRefused on an error.

        The body may be given as third argument or as `json=`.
        """
        body = kwargs.pop("json", json_body)
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"{self.base_url}/control/{path.lstrip('/')}",
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=600) as answer:
                raw = answer.read()
        except urllib.error.HTTPError as error:
            raise ControlRefused(f"{error.code} {error.read().decode()}") from error
        return json.loads(raw) if raw else None


@contextmanager
def start_simulators(tmp_path: Path | str | None = None) -> Iterator[Simulators]:
    """A pair of simulators on a free port with fresh state; stopped at the end.

    Start it once a session and `control("POST", "reset")` between tests: a start takes about a second.
    """
    with tempfile.TemporaryDirectory(prefix="simulators-") as fallback:
        simulators = Simulators(folder=Path(tmp_path or fallback))
        simulators.folder.mkdir(parents=True, exist_ok=True)
        try:
            simulators.start()
            yield simulators
        finally:
            simulators.stop()

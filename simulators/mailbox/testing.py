"""The mailbox as a subprocess, for anybody's tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.testing import ROOT, ControlRefused


@dataclass
class Mailbox:
    """A running mailbox. It may die and be `start()`ed again: messages and ports stay, faults do not."""

    folder: Path
    smtp_port: int = 0
    http_port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def email_url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.smtp_port}"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def start(self) -> None:
        """Start, and return when both ports answer."""
        ports_file = self.folder / "ports"
        ports_file.unlink(missing_ok=True)
        with (self.folder / "mailbox.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "simulators.mailbox"),
                    *("--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)),
                    *("--state", str(self.folder / "mailbox.sqlite3")),
                    *("--ports-file", str(ports_file)),
                ],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        end = time.monotonic() + 60
        while not ports_file.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError((self.folder / "mailbox.log").read_text())
            time.sleep(0.02)
        ports = json.loads(ports_file.read_text())
        self.smtp_port, self.http_port = ports["smtp"], ports["http"]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait_for_death(self) -> None:
        """Return when a fault of kind `die` has struck."""
        assert self.process is not None
        self.process.wait(timeout=30)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call `/control/` + path; answers the parsed JSON. Raises ControlRefused on an error."""
        asked = urllib.request.Request(
            f"{self.base_url}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise ControlRefused(f"{error.code} {error.read().decode()}") from error

    def fault(self, at: str, kind: str, **more: Any) -> None:
        """Ask for a fault, see simulators.mailbox.faults."""
        self.control("POST", "faults", {"at": at, "kind": kind, **more})

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "faults")
        return found

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """What was kept, oldest first."""
        found: list[dict[str, Any]] = self.control("GET", f"messages?to={to}")
        return found

    def by_message_id(self) -> Counter[str]:
        """How often each message was kept."""
        return Counter(message["message_id"] for message in self.messages())

    def raw(self, number: int) -> bytes:
        with urllib.request.urlopen(f"{self.base_url}/messages/{number}/raw", timeout=60) as answer:
            content: bytes = answer.read()
        return content


@contextmanager
def start_mailbox(folder: Path) -> Iterator[Mailbox]:
    """A mailbox on free ports with fresh state; stopped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(folder=folder)
    try:
        mailbox.start()
        yield mailbox
    finally:
        mailbox.stop()

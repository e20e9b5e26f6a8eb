"""Starts the demo's processes, watches them, and stops all of them together.

Written here instead of taken from honcho because three promises need it: a process starts only when those before it
answer, a death is reported with the process's last lines, and nothing outlives the supervisor, not even its kill -9.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

POLL_SECONDS = 0.1
STOP_WITHIN_SECONDS = 10.0
LAST_LINES = 20
MOST_REVIVALS = 5  # within REVIVALS_SECONDS, of all processes together
REVIVALS_SECONDS = 60.0
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class StopRequested(Exception):
    """Somebody pressed Ctrl-C, or a signal asked the supervisor to stop."""


class ServiceFailed(Exception):
    """A process ended, or did not answer in time. `str()` is fit to be shown, with the last lines of its output."""


def die_with_parent() -> None:
    """Ask the kernel for a SIGTERM to this process when the thread that started it ends (Linux only)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class Service:
    """One long-running process.

    `ready` is asked until it says True; the next service starts only then. `stdin` is what the process reads on
    its standard input (a configuration that must not show in the process list). `revived`: one that somebody
    kills is started again, since what it held is made to be taken up by another."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] | None = None
    ready_within: float = 60.0
    stdin: str = ""
    revived: bool = False


@dataclass
class Running:
    service: Service
    process: subprocess.Popen[str]
    reader: threading.Thread
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    def failure(self, what: str) -> ServiceFailed:
        self.reader.join(timeout=1.0)
        said = "\n".join(f"    {line}" for line in self.tail) or "    (it printed nothing)"
        return ServiceFailed(f"{self.service.name} {what}. Its last lines:\n{said}")


class Supervisor:
    """Runs services in order; use as a context manager, so that leaving it stops them in reverse order."""

    def __init__(
        self, *, environment: Mapping[str, str], log_folder: Path, cwd: Path, verbose: bool = False
    ) -> None:
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._log_folder = log_folder
        self._cwd = cwd
        self._verbose = verbose
        self._running: list[Running] = []
        self._stop_requested = False
        self._signals = 0
        self._revivals: list[float] = []

    def __enter__(self) -> Supervisor:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # Only a flag: an exception raised here could fall between a fork and the note of its process id.
        self._stop_requested = True
        self._signals += 1

    def check(self) -> None:
        """Raise StopRequested if a signal came, ServiceFailed if a process has ended."""
        if self._stop_requested:
            raise StopRequested
        for running in self._running:
            code = running.process.poll()
            if code is not None:
                raise running.failure(_ended(code))

    def start(self, service: Service) -> None:
        """Start a service and return when it is ready. Raises ServiceFailed, StopRequested."""
        running = self._spawn(service)
        self._running.append(running)
        deadline = time.monotonic() + service.ready_within
        while service.ready is not None and not service.ready():
            self.check()
            if time.monotonic() > deadline:
                raise running.failure(f"did not answer within {service.ready_within:.0f} seconds")
            time.sleep(POLL_SECONDS)
        self.check()

    def run(self, name: str, command: Sequence[str], *, show_progress: bool = False) -> str:
        """Run a command to its end and return what it wrote on standard output.

        Its standard error goes to the log, and to the terminal with `show_progress`. Raises ServiceFailed when it
        ends with an error, StopRequested when a signal came; the command is then stopped first."""
        output = self._log_folder / f"{name}.out"
        with output.open("w+", encoding="utf-8") as out:
            running = self._spawn(
                Service(name=name, command=command), stdout=out, show=show_progress
            )
            try:
                while running.process.poll() is None:
                    self.check()
                    time.sleep(POLL_SECONDS / 2)
            finally:
                _end(running.process, time.monotonic() + STOP_WITHIN_SECONDS)
            out.seek(0)
            said = out.read()
        output.unlink()
        if running.process.returncode:
            running.tail.extend(said.splitlines()[-LAST_LINES:] if not running.tail else [])
            raise running.failure(_ended(running.process.returncode))
        return said

    def watch(self) -> None:
        """Block while all is well. Raises ServiceFailed when a process ends, StopRequested on a signal."""
        while True:
            self._revive()
            self.check()
            time.sleep(POLL_SECONDS)

    def _revive(self) -> None:
        """Starts killed processes again. One that is killed again and again is left to `check`."""
        for place, running in enumerate(self._running):
            code = running.process.poll()
            if not running.service.revived or code is None or code >= 0 or self._stop_requested:
                continue
            now = time.monotonic()
            self._revivals = [
                moment for moment in self._revivals if now - moment < REVIVALS_SECONDS
            ]
            if len(self._revivals) == MOST_REVIVALS:
                return
            self._revivals.append(now)
            _end(running.process, now)  # whatever is left of its group
            running.reader.join(timeout=1.0)
            print(f"{running.service.name} {_ended(code)}: started again.", flush=True)
            self._running[place] = self._spawn(running.service)

    def stop(self) -> None:
        """Stop everything, last started first. A second signal meanwhile kills what still runs at once."""
        signals_before = self._signals
        while self._running:
            process = self._running[-1].process
            deadline = time.monotonic() + STOP_WITHIN_SECONDS
            _end(process, deadline, hurry=lambda: self._signals > signals_before)
            self._running.pop().reader.join(timeout=1.0)

    def _spawn(
        self, service: Service, stdout: int | object = subprocess.PIPE, *, show: bool = False
    ) -> Running:
        split = stdout is not subprocess.PIPE
        # A group of its own: Ctrl-C in the terminal reaches only the supervisor, which then stops them in order.
        process = subprocess.Popen(  # noqa: S603 - the commands are written in this package
            list(service.command),
            env=self._environment,
            cwd=self._cwd,
            stdin=subprocess.PIPE if service.stdin else subprocess.DEVNULL,
            stdout=stdout,  # type: ignore[arg-type]
            stderr=subprocess.PIPE if split else subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(service.stdin)
                process.stdin.close()
        running = Running(service=service, process=process, reader=threading.Thread(daemon=True))
        pipe = process.stderr if split else process.stdout
        if pipe is None:  # not reachable with the arguments above
            raise RuntimeError("a supervised process has no output pipe")
        lines = iter(pipe.readline, "")
        running.reader = threading.Thread(
            target=self._read, args=(running, lines, show or self._verbose), daemon=True
        )
        running.reader.start()
        return running

    def _read(self, running: Running, lines: Sequence[str], show: bool) -> None:
        path = self._log_folder / f"{running.service.name}.log"
        with contextlib.suppress(FileNotFoundError):
            path.replace(path.with_suffix(".log.1"))
        with path.open("w", encoding="utf-8", buffering=1) as log:
            for line in lines:
                log.write(line)
                running.tail.append(line.rstrip())
                if show:
                    prefix = f"{running.service.name:>10} | " if self._verbose else "  "
                    sys.stdout.write(prefix + line)
                    sys.stdout.flush()


def _ended(code: int) -> str:
    if code < 0:
        return f"was killed by signal {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _end(
    process: subprocess.Popen[str], deadline: float, hurry: Callable[[], bool] = lambda: False
) -> None:
    """SIGTERM, wait until `deadline` (monotonic seconds), then SIGKILL to its whole group, so that no child stays."""
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is None:
            process.terminate()
        while process.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(POLL_SECONDS / 4)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

"""The supervisor: order, death, stop, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.paths import PROJECT
from tests.processes import alive, wait_until

# A program under the supervisor: two children, each with a child of its own.
PROGRAM = """
import os, sys, pathlib
from scripts.supervisor import Service, ServiceFailed, StopRequested, Supervisor

folder = pathlib.Path(sys.argv[1])
CHILD = (
    "import subprocess, sys, time, pathlib, signal;"
    "{trap}"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "pathlib.Path(sys.argv[1]).write_text(f'{{__import__(\\"os\\").getpid()}} {{p.pid}}');"
    "print('hello from', sys.argv[1], flush=True);"
    "{then}"
)
def child(name, then="time.sleep(600)", trap="", revived=False):
    file = folder / name
    return Service(name=name, revived=revived, command=[sys.executable, "-c", CHILD.format(then=then, trap=trap), str(file)],
                   ready=lambda: file.exists() and len(file.read_text().split()) == 2)
try:
    with Supervisor(environment=dict(os.environ), log_folder=folder / "log", cwd=folder) as supervisor:
        supervisor.start(child("one"))
        supervisor.start(child("two", **eval(sys.argv[2])))
        (folder / "ready").touch()
        supervisor.watch()
except StopRequested:
    print("stopped")
    sys.exit(0)
except ServiceFailed as error:
    print(error)
    sys.exit(1)
"""


def start(folder: Path, second: str = "{}") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), second],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def pids(folder: Path) -> list[int]:
    return [int(pid) for name in ("one", "two") for pid in (folder / name).read_text().split()]


def none_alive(folder: Path) -> bool:
    return not any(alive(pid) for pid in pids(folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    program = start(tmp_path)
    wait_until((tmp_path / "ready").exists, within=20, what="both run")
    program.send_signal(number)
    said, _ = program.communicate(timeout=20)
    assert (program.returncode, said) == (0, "stopped\n")
    assert none_alive(tmp_path)


def test_a_process_that_dies_is_named_with_its_last_lines_and_all_stops(tmp_path: Path) -> None:
    program = start(
        tmp_path,
        "{'then': 'time.sleep(0.5); print(chr(100) + \"isk full\", file=sys.stderr); sys.exit(7)'}",
    )
    said, _ = program.communicate(timeout=30)
    assert program.returncode == 1
    assert "two ended with exit code 7. Its last lines:" in said
    assert "disk full" in said
    wait_until(lambda: none_alive(tmp_path), within=5, what="nothing runs any more")


def test_a_process_killed_from_outside_is_named_with_the_signal(tmp_path: Path) -> None:
    program = start(tmp_path)
    wait_until((tmp_path / "ready").exists, within=20, what="both run")
    os.kill(pids(tmp_path)[0], signal.SIGKILL)
    said, _ = program.communicate(timeout=30)
    assert program.returncode == 1
    assert "one was killed by signal SIGKILL" in said
    wait_until(lambda: none_alive(tmp_path), within=5, what="nothing runs any more")


def test_a_process_that_is_to_be_revived_starts_again_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    program = start(tmp_path, "{'revived': True}")
    wait_until((tmp_path / "ready").exists, within=20, what="both run")
    one, _, two, child_of_two = pids(tmp_path)
    os.kill(two, signal.SIGKILL)
    wait_until(
        lambda: len(pids(tmp_path)) == 4 and pids(tmp_path)[2] != two,
        within=20,
        what="it runs again",
    )
    assert pids(tmp_path)[0] == one
    assert not alive(child_of_two)
    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=20)
    assert (program.returncode, said) == (
        0,
        "two was killed by signal SIGKILL: started again.\nstopped\n",
    )
    assert none_alive(tmp_path)


def test_a_process_that_is_killed_again_and_again_ends_it_all(tmp_path: Path) -> None:
    program = start(
        tmp_path,
        "{'revived': True, 'then': 'time.sleep(1); os.kill(os.getpid(), 9)', 'trap': 'import os;'}",
    )
    said, _ = program.communicate(timeout=60)
    assert program.returncode == 1
    assert said.count("started again.") == 5
    assert "two was killed by signal SIGKILL. Its last lines:" in said


def test_a_second_signal_does_not_wait_for_a_process_that_will_not_end(tmp_path: Path) -> None:
    program = start(tmp_path, "{'trap': 'signal.signal(signal.SIGTERM, signal.SIG_IGN);'}")
    wait_until((tmp_path / "ready").exists, within=20, what="both run")
    program.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert program.poll() is None
    started = time.monotonic()
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=20)
    assert time.monotonic() - started < 5
    assert none_alive(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_kill_minus_nine_of_the_supervisor_takes_its_processes_with_it(tmp_path: Path) -> None:
    program = start(tmp_path)
    wait_until((tmp_path / "ready").exists, within=20, what="both run")
    direct = pids(tmp_path)[::2]
    program.kill()
    program.communicate(timeout=20)
    wait_until(lambda: not any(map(alive, direct)), within=5, what="the children are gone")
    for pid in pids(tmp_path)[1::2]:  # grandchildren of the test's own making
        os.kill(pid, signal.SIGKILL)

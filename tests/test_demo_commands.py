"""What `make run` and its fellows say when something is in the way, and what they keep."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import ports
from scripts.broker import LONGEST_SOCKET_PATH, answers, choose_broker, server_binary
from scripts.demo_env import demo_environment, read_or_make_secrets
from scripts.demo_reset import reset
from scripts.lock import demo_lock
from scripts.paths import PROJECT, DemoPaths
from scripts.problems import Problem
from scripts.supervisor import Supervisor


@pytest.fixture
def paths(tmp_path: Path) -> DemoPaths:
    return DemoPaths(folder=tmp_path / "var")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def run_demo(paths: DemoPaths, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=PROJECT,
        env={**os.environ, "VAR_DIR": str(paths.folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("variable", ["PORT", "SIMULATOR_PORT"])
def test_a_taken_port_is_named_with_the_variable_that_moves_it(
    paths: DemoPaths, taken_port: int, variable: str
) -> None:
    other = {"PORT": "SIMULATOR_PORT", "SIMULATOR_PORT": "PORT"}[variable]
    done = run_demo(paths, **{variable: str(taken_port), other: str(ports.any_free())})
    assert done.returncode == 1
    assert f"Port {taken_port}" in done.stdout
    assert f"{variable}=" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("value", ["0", "65536", "-1", "eighty", "８０００"])
def test_a_port_that_is_none_is_refused_by_name(paths: DemoPaths, value: str) -> None:
    done = run_demo(paths, PORT=value)
    assert done.returncode == 1
    assert f"PORT={value!r} is not a port" in done.stdout


def test_equal_ports_are_refused(paths: DemoPaths) -> None:
    done = run_demo(paths, PORT="9100", SIMULATOR_PORT="9100")
    assert done.returncode == 1
    assert "must differ" in done.stdout


def test_a_second_demo_in_the_same_folder_is_refused(paths: DemoPaths) -> None:
    with demo_lock(paths, otherwise=""):
        done = run_demo(paths, PORT=str(ports.any_free()), SIMULATOR_PORT=str(ports.any_free()))
    assert done.returncode == 1
    assert f"A demo runs already in {paths.folder} (process {os.getpid()})" in done.stdout


def test_reset_refuses_while_a_demo_runs_and_removes_nothing(paths: DemoPaths) -> None:
    read_or_make_secrets(paths_with_folder(paths))
    # Another open file of the lock is another holder, as in another process.
    with demo_lock(paths, otherwise=""), pytest.raises(Problem, match="runs already"):
        reset(paths)
    assert paths.secrets.exists()


def test_reset_removes_the_demos_files_and_no_others(paths: DemoPaths) -> None:
    read_or_make_secrets(paths_with_folder(paths))
    paths.database.touch()
    for beside in ("synchealth.sqlite3-wal", "simulators.sqlite3.calls", "beat-schedule.dat"):
        paths.folder.joinpath(beside).touch()
    (paths.broker / "appendonlydir").mkdir(parents=True)
    mine = paths.folder / "my-notes.txt"
    mine.touch()
    assert reset(paths) == 6
    assert sorted(path.name for path in paths.folder.iterdir()) == ["my-notes.txt", "run.lock"]
    assert reset(paths) == 0


def test_secrets_are_made_once_and_for_their_owner_alone(paths: DemoPaths) -> None:
    first = read_or_make_secrets(paths_with_folder(paths))
    assert read_or_make_secrets(paths) == first
    assert stat.S_IMODE(paths.secrets.stat().st_mode) == 0o600
    assert len(set(first.values())) == 3


def test_data_without_its_keys_is_said_plainly(paths: DemoPaths) -> None:
    paths_with_folder(paths).database.touch()
    with pytest.raises(Problem, match="make demo-reset"):
        read_or_make_secrets(paths)
    assert not paths.secrets.exists()


def test_the_demo_takes_over_no_database_broker_or_mail_server_from_the_shell(
    paths: DemoPaths,
) -> None:
    keys = read_or_make_secrets(paths_with_folder(paths))
    theirs = dict.fromkeys(
        ("DATABASE_URL", "CELERY_BROKER_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY"),
        "postgres://elsewhere/real",
    )
    environment = demo_environment(
        paths=paths,
        keys=keys,
        broker=choose_broker(folder=paths.broker, password="p", binary=None),
        host="127.0.0.1",
        port=8000,
        simulator_port=8100,
        inherited={**theirs, "PATH": "/bin"},
    )
    assert not [name for name, value in environment.items() if "elsewhere" in value]
    assert environment["PATH"] == "/bin"


@pytest.mark.broker
@pytest.mark.parametrize("deep", [False, True], ids=["socket", "port"])
def test_the_embedded_broker_answers_on_a_socket_or_where_the_path_is_long_on_a_port(
    tmp_path: Path, paths: DemoPaths, deep: bool
) -> None:
    folder = (
        Path("/tmp") / f"sh-{os.getpid()}" if not deep else tmp_path / ("d" * LONGEST_SOCKET_PATH)
    )
    broker = choose_broker(folder=folder, password="a secret/with:signs", binary=server_binary())
    assert broker.service is not None
    assert broker.redis_url.startswith("redis://" if deep else "unix://")
    with Supervisor(environment=os.environ, log_folder=paths.logs, cwd=PROJECT) as supervisor:
        supervisor.start(broker.service)
        assert answers(broker.redis_url)
        if deep:
            without_password = broker.redis_url.replace(":a%20secret%2Fwith%3Asigns@", "")
            assert not answers(without_password)
            assert "secret" not in " ".join(broker.service.command)
    assert not answers(broker.redis_url)


def test_without_any_server_messages_go_through_files_and_the_notice_says_so(
    tmp_path: Path,
) -> None:
    broker = choose_broker(folder=tmp_path / "broker", password="p", binary=None)
    assert broker.celery_url == "filesystem://"
    assert broker.service is None
    assert "through files" in broker.notice


def paths_with_folder(paths: DemoPaths) -> DemoPaths:
    paths.folder.mkdir(parents=True, exist_ok=True)
    return paths

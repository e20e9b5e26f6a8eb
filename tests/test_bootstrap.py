"""scripts/bootstrap.sh, against a Python, a pip and an apt-get that are scripts of the test."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.paths import PROJECT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what bootstrap.sh needs, and an empty bin/ that is all of its PATH beside the system's."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("requirements.txt", "requirements-dev.txt", "scripts/bootstrap.sh"):
        shutil.copy(PROJECT / name, tmp_path / name)
    for tool in ("sh", "cat", "cksum", "dirname", "id", "mkdir", "chmod"):
        found = shutil.which(tool)
        assert found
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def program(checkout: Path, name: str, body: str) -> None:
    path = checkout / "bin" / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


# Acts as python3: answers the version check, the look for ensurepip, and makes a venv whose python acts as pip.
PYTHON = """
case "$*" in
  *"import ensurepip"*) [ -f {here}/venv-installed ] || exit {no_venv} ;;
  *python3-venv*) echo python3-venv ;;
  *version_info*) exit {old} ;;
  -V) echo Python 3.{minor}.0 ;;
  "-m venv"*) for last; do :; done; mkdir -p "$last/bin"
     printf '#!/bin/sh\\necho "$*" >> {here}/pip-calls\\ncase "$*" in -V) echo Python 3.12.0;; *install*) exit {pip};; esac\\n' > "$last/bin/python"
     chmod +x "$last/bin/python" ;;
esac
"""


def fake_python(
    checkout: Path, *, old: int = 0, no_venv: int = 0, pip: int = 0, name: str = "python3"
) -> None:
    minor = 9 if old else 12
    program(
        checkout, name, PYTHON.format(old=old, no_venv=no_venv, pip=pip, minor=minor, here=checkout)
    )


def bootstrap(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/bootstrap.sh", "requirements.txt"],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def installs(checkout: Path) -> int:
    calls = checkout / "pip-calls"
    return calls.read_text().count("pip install") if calls.exists() else 0


def test_it_makes_the_environment_and_installs_once(checkout: Path) -> None:
    fake_python(checkout)
    first = bootstrap(checkout)
    assert first.returncode == 0, first.stderr
    assert installs(checkout) == 1
    second = bootstrap(checkout)
    assert (second.returncode, second.stdout + second.stderr) == (0, "")
    assert installs(checkout) == 1


def test_a_changed_lock_installs_again(checkout: Path) -> None:
    fake_python(checkout)
    bootstrap(checkout)
    with (checkout / "requirements.txt").open("a") as file:
        file.write("another==1.0  # reason\n")
    assert bootstrap(checkout).returncode == 0
    assert installs(checkout) == 2


def test_an_install_that_failed_is_tried_again(checkout: Path) -> None:
    fake_python(checkout, pip=1)
    failed = bootstrap(checkout)
    assert failed.returncode == 1
    assert "pip could not install requirements.txt" in failed.stderr
    assert bootstrap(checkout).returncode == 1
    assert installs(checkout) == 2


def test_a_python_that_is_too_old_is_named_with_its_version(checkout: Path) -> None:
    fake_python(checkout, old=1)
    done = bootstrap(checkout)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; found here: Python 3.9.0" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_a_newer_python_beside_an_old_one_is_taken(checkout: Path) -> None:
    fake_python(checkout, old=1)
    fake_python(checkout, name="python3.12")
    assert bootstrap(checkout).returncode == 0


def test_no_python_at_all_is_said_plainly(checkout: Path) -> None:
    done = bootstrap(checkout)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_without_root_the_one_command_is_printed(checkout: Path) -> None:
    fake_python(checkout, no_venv=1)
    program(checkout, "apt-get", f"touch {checkout}/apt-was-called")
    program(checkout, "id", "echo 1000")
    done = bootstrap(checkout)
    assert done.returncode == 1
    assert "    sudo apt-get install -y python3-venv" in done.stderr
    assert not (checkout / "apt-was-called").exists()


def test_as_root_the_package_is_installed_after_an_update_if_need_be(checkout: Path) -> None:
    fake_python(checkout, no_venv=1)
    program(checkout, "id", "echo 0")
    program(
        checkout,
        "apt-get",
        f'case "$1" in update) : > {checkout}/updated;;'
        f" install) [ -f {checkout}/updated ] || exit 100; : > {checkout}/venv-installed;; esac",
    )
    program(checkout, "touch", "")
    done = bootstrap(checkout)
    assert done.returncode == 0, done.stderr
    assert installs(checkout) == 1


def test_the_real_script_leaves_a_ready_environment_alone() -> None:
    # The environment these tests run in was made by it, or by a developer; syntax is what is looked at here.
    assert (
        subprocess.run(["sh", "-n", "scripts/bootstrap.sh"], cwd=PROJECT, check=False).returncode
        == 0
    )
    assert os.access(PROJECT / "scripts/bootstrap.sh", os.X_OK)

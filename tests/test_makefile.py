"""What the Makefile hands down to the commands it runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from scripts.paths import PROJECT


def handed_down(tmp_path: Path, *arguments: str, **environment: str) -> dict[str, str]:
    """The environment of a recipe: the interpreter of the target is `env`."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    python = tmp_path / "bin/python"
    python.write_text("#!/bin/sh\nexec env\n")
    python.chmod(0o755)
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        ["make", "-s", "-o", "venv", "run", f"VENV={tmp_path}", *arguments],
        cwd=PROJECT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_a_name_without_a_value_is_not_handed_down_as_an_empty_setting(tmp_path: Path) -> None:
    names = {"PORT", "SIMULATOR_PORT", "HOST", "VAR_DIR", "PYTHON"}
    assert names & handed_down(tmp_path).keys() == set()


def test_a_port_may_be_set_before_make_or_after_it(tmp_path: Path) -> None:
    assert handed_down(tmp_path, PORT="8001")["PORT"] == "8001"
    assert handed_down(tmp_path, "PORT=8002", PORT="8001")["PORT"] == "8002"

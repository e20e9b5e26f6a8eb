"""Collects static files when there is something new: compressing all of them takes seconds that a second start can save."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from scripts.paths import PROJECT, DemoPaths
from scripts.supervisor import Supervisor


def fingerprint_of_sources(project: Path = PROJECT) -> str:
    """A digest over names, sizes and times of our static files, and over the pinned packages that bring theirs."""
    digest = hashlib.sha256((project / "requirements.txt").read_bytes())
    for folder in [project / "static", *sorted(project.glob("*/static"))]:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            stat = file.stat()
            digest.update(
                f"{file.relative_to(project)} {stat.st_size} {stat.st_mtime_ns}\n".encode()
            )
    return digest.hexdigest()


def collect_if_changed(supervisor: Supervisor, paths: DemoPaths, command: Sequence[str]) -> None:
    """Run `command` unless the collected files are those of these sources. Raises ServiceFailed."""
    stamp = paths.static / ".sources"
    wanted = fingerprint_of_sources()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    paths.static.mkdir(parents=True, exist_ok=True)
    supervisor.run("collectstatic", command)
    stamp.write_text(wanted)

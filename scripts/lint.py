"""`make lint`: every check, each to its end, so that one run shows all there is to mend."""

from __future__ import annotations

import os
import subprocess
import sys
import time

CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--output-format", "concise", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "--output-format", "concise", "."],
    "mypy": ["-m", "mypy", "."],
    "layers": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "missing migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "Django's checks": ["manage.py", "check", "--fail-level", "WARNING"],
}


def main() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    failed = []
    for name, arguments in CHECKS.items():
        started = time.monotonic()
        done = subprocess.run(  # noqa: S603 - commands written above
            [sys.executable, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(
            f"{'ok   ' if done.returncode == 0 else 'FAILS'} {name} ({time.monotonic() - started:.1f} s)",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout, flush=True)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

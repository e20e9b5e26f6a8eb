"""`make demo-reset`: removes what the demo made; the next `make run` starts over."""

from __future__ import annotations

import shutil
import sys

from scripts.lock import demo_lock
from scripts.paths import DemoPaths
from scripts.problems import Problem


def reset(paths: DemoPaths) -> int:
    """Remove the demo's files and folders; returns how many. Raises Problem while a demo runs."""
    with demo_lock(paths, otherwise="Stop it with Ctrl-C, then reset."):
        removed = paths.data()
        for path in removed:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    return len(removed)


def main() -> None:
    paths = DemoPaths.from_environment()
    try:
        removed = reset(paths)
    except Problem as error:
        sys.exit(str(error))
    if removed:
        print(f"The demo's data in {paths.folder} is gone. `make run` starts over.")
    else:
        print("There was no demo data. `make run` makes some.")


if __name__ == "__main__":
    main()

"""One demo at a time in one folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from scripts.paths import DemoPaths
from scripts.problems import Problem


@contextlib.contextmanager
def demo_lock(paths: DemoPaths, *, otherwise: str) -> Iterator[None]:
    """Hold the folder's lock. Raises Problem with `otherwise` when another process holds it.

    The kernel frees it when the holder dies, however that happens."""
    # Customers' data lies below: nobody else on this machine looks in.
    paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with paths.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Problem(
                f"A demo runs already in {paths.folder} (process {holder}). {otherwise}"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield

"""Real processes for tests, forked so that they have the fakes of the test and no start-up time."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

from django.db import connections


def start_child(work: Callable[[], object]) -> int:
    """Runs `work` in a process of its own with database connections of its own; returns its pid."""
    connections.close_all()  # a connection that two processes share is broken for both
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        connections.close_all()
        status = 0
    except BaseException:  # noqa: BLE001 - the child must end here, whatever happened
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def end_of(pid: int) -> int:
    """Waits for a child: 0 when all went well, -9 when it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die() -> None:
    """What a power cut does: no handler runs, nothing is flushed, no transaction is rolled back politely."""
    os.kill(os.getpid(), signal.SIGKILL)

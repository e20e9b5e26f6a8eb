"""A kind of job for the runner's tests: so many steps, each noted in a file that outlives a killed worker.

    request   {"steps": n, "notes": path}
    position  {"at": steps done}

`at` runs a function at a named moment of a step: "step 2", "in transaction 2", "stored 2".
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from errors.jobs import Turn

at: dict[str, Callable[[Turn], object]] = {}


def run(turn: Turn) -> None:
    notes = Path(turn.job.request["notes"])
    for number in range(turn.job.position.get("at", 0) + 1, turn.job.request["steps"] + 1):
        turn.check()
        _reach(f"step {number}", turn)
        with notes.open("a") as file:
            file.write(f"{number} {os.getpid()}\n")
        with transaction.atomic():
            turn.step(position={"at": number}, done=1)
            _reach(f"in transaction {number}", turn)
        _reach(f"stored {number}", turn)


def _reach(moment: str, turn: Turn) -> None:
    if moment in at:
        at[moment](turn)

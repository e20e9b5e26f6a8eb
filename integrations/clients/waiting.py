"""Waiting between tries: one place, so that tests need not wait."""

from __future__ import annotations

import random
import time

# Seconds before the second and the third try of a call that is safe to repeat.
PAUSES = (0.5, 2.0)


def pause(seconds: float) -> None:
    """Sleep for `seconds`."""
    if seconds > 0:
        time.sleep(seconds)


def with_jitter(seconds: float) -> float:
    """`seconds` and up to a quarter more, so that workers which failed together do not come back together."""
    return seconds * (1 + random.random() / 4)  # noqa: S311

"""How the commands say that they cannot go on."""

from __future__ import annotations


class Problem(Exception):
    """A reason to stop that the person at the terminal can act on. `str()` is shown as it is."""

"""What a client needs to log in: a token and its number, got from a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """A token and which one of the credential's it is: who was refused asks for a newer one than that."""

    token: str = field(repr=False)
    version: int
    instance_url: str = ""


# Gives the current access, or one newer than the version named, which was refused.
AskAccess = Callable[[int | None], Access]

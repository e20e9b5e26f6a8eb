"""What the engine yields: outcomes, and how to store what they leave behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from integrations.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class EnginePage:
    """The outcomes of some records. `apply` stores their links and moves the cursor; call it inside the
    transaction that records the outcomes, so that both happen or neither."""

    outcomes: list[Outcome]
    apply: Callable[[], None]
    records: int
    label: str = ""  # the mapping and direction, for people
    gone: bool = False  # these records are not in their own system any more

"""What the demo remembers between two starts, in VAR_DIR/demo.json, readable by its owner alone."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class DemoState:
    """Steps that are done, and the two secrets that are printed at each start."""

    password: str = ""
    api_token: str = ""
    connection: int | None = None
    seeded: bool = False
    synced: bool = False

    @classmethod
    def read(cls, path: Path) -> DemoState:
        """The stored state, or an empty one where none is stored yet."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        return cls(**{name: stored[name] for name in asdict(cls()) if name in stored})

    def write(self, path: Path) -> None:
        """Store it, whole or not at all: a demo that is killed here goes on with the step before."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".json.part")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            json.dump(asdict(self), file, indent=2)
        unfinished.replace(path)

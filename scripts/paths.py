"""Where the demo keeps what it makes: everything below var/, or below VAR_DIR."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DemoPaths:
    """Files of one demo. Only what is named here is ever removed by a reset."""

    folder: Path

    @classmethod
    def from_environment(cls) -> DemoPaths:
        """The folder that VAR_DIR names, else var/ in the project."""
        return cls(folder=Path(os.environ.get("VAR_DIR") or PROJECT / "var").resolve())

    @property
    def database(self) -> Path:
        return self.folder / "synchealth.sqlite3"

    @property
    def simulators(self) -> Path:
        return self.folder / "simulators.sqlite3"

    @property
    def secrets(self) -> Path:
        return self.folder / "demo.env"

    @property
    def state(self) -> Path:
        return self.folder / "demo.json"

    @property
    def lock(self) -> Path:
        return self.folder / "run.lock"

    @property
    def broker(self) -> Path:
        return self.folder / "broker"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def mailbox(self) -> Path:
        return self.folder / "mailbox.sqlite3"

    @property
    def mailbox_ports(self) -> Path:
        return self.folder / "mailbox.json"

    @property
    def static(self) -> Path:
        return self.folder / "static"

    @property
    def beat_schedule(self) -> Path:
        return self.folder / "beat-schedule"

    def data(self) -> list[Path]:
        """What a reset removes, as far as it exists. The lock stays: it is held meanwhile."""
        # With the files that SQLite and beat put beside their own.
        bases = ("synchealth.sqlite3", "simulators.sqlite3", "mailbox.sqlite3", "beat-schedule")
        files = [path for base in bases for path in sorted(self.folder.glob(f"{base}*"))]
        folders = [self.broker, self.logs, self.static]
        candidates = [*files, *folders, self.mailbox_ports, self.secrets, self.state]
        return [path for path in candidates if path.exists() or path.is_symlink()]

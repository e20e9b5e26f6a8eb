"""What a call to a CRM comes to: a result for each row of a write, or one fault for the whole call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.outcomes import Failure


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one row of a batch write.

    `failure` is the first thing that is wrong with the row and `more` the rest; `values` and `modified_at`
    are what the API says the record holds now (HubSpot only: Salesforce's collections tell nothing).
    """

    ok: bool
    id: str = ""
    failure: Failure | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    modified_at: datetime | None = None
    created: bool = False
    more: tuple[Failure, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that is wrong with the row."""
        return (self.failure, *self.more) if self.failure else ()


def refused(failures: Sequence[Failure], *, record_id: str = "") -> WriteResult:
    """The result of a row that was refused for `failures` (at least one)."""
    return WriteResult(ok=False, id=record_id, failure=failures[0], more=tuple(failures[1:]))


class CrmFault(Exception):
    """A call that came to nothing as a whole. The text holds code and message, never a secret.

    A batch write that stops halfway sets `results`, in the order of its inputs: what is known of each row,
    None where nothing is; and `uncertain`, the positions of the rows that may have been written all the same.
    """

    def __init__(
        self, code: str, message: str, system: str, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{system}: {code}: {message}")
        self.code = code
        self.message = message
        self.system = system
        self.retry_after = retry_after  # seconds, where the API names them
        self.results: list[WriteResult | None] = []
        self.uncertain: list[int] = []


class ConnectionFault(CrmFault):
    """The connection cannot go on until somebody (or the next day) changes something: login refused, session
    invalid even after a renewal, the org's or the account's daily calls used up, API access switched off."""

    @property
    def passes(self) -> bool:
        """A daily limit: it ends by itself (facts: "sync typically resumes by itself when calls are free")."""
        return self.code in {"REQUEST_LIMIT_EXCEEDED", "DAILY_LIMIT"}


class TransientFault(CrmFault):
    """No answer, or a server's error, after the retries that are safe. Later the same call may work.

    `maybe_applied`: the call was a write and may have happened: look it up before repeating a create.
    """

    def __init__(
        self,
        code: str,
        message: str,
        system: str,
        retry_after: float | None = None,
        *,
        maybe_applied: bool = False,
    ) -> None:
        super().__init__(code, message, system, retry_after)
        self.maybe_applied = maybe_applied


class CallRefused(CrmFault):
    """The API understood the call and refused it: an object that is gone, a field that a query may not name.

    Batch writes answer it row by row instead of raising it. `failures` has at least one entry.
    """

    def __init__(self, failures: Sequence[Failure], *, status: int) -> None:
        first = failures[0]
        super().__init__(first.code, first.message, first.system)
        self.failures = tuple(failures)
        self.status = status

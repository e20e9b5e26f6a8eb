"""A CRM and an engine for the worker's tests, behind the interface of the real ones.

What was written is kept in a file, one line a write, so that it outlives a killed worker. Records listed in
`broken` are refused with that code; `stop_at` runs a function at a named moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors.tests.fakes import failure
from integrations.outcomes import Outcome, RecordRef, Status


@dataclass
class FakePage:
    outcomes: list[Outcome]
    apply: Callable[[], None]
    records: int
    gone: bool = False


@dataclass
class FakeSalesforce:
    calls_made: int = 0


@dataclass
class FakeClients:
    salesforce: FakeSalesforce = field(default_factory=FakeSalesforce)


@dataclass
class FakeCrm:
    written: Path
    page_size: int = 200
    broken: dict[str, str] = field(default_factory=dict)  # HubSpot id -> code of the refusal
    skipped: set[str] = field(
        default_factory=set
    )  # HubSpot ids of records that are not to be synced
    at: dict[str, Callable[[], None]] = field(default_factory=dict)
    clients: FakeClients = field(default_factory=FakeClients)
    asked_to_refresh: list[bool] = field(default_factory=list)
    applied: int = 0

    def reach(self, moment: str) -> None:
        if moment in self.at:
            self.at[moment]()

    @contextmanager
    def open_clients(self, connection: Any) -> Iterator[FakeClients]:
        self.reach("opened")
        yield self.clients

    def retry_pages(
        self,
        *,
        connection: Any,
        clients: Any,
        records: Iterable[tuple[str, RecordRef]],
        reread: Collection[str],
    ) -> Iterator[FakePage]:
        targets = list(records)
        self.asked_to_refresh.append(bool(reread))
        for start in range(0, len(targets), self.page_size):
            part = targets[start : start + self.page_size]
            self.reach("before write")
            self.clients.salesforce.calls_made += 1
            with self.written.open("a") as file:
                file.writelines(f"{record.hubspot_id}\n" for _, record in part)
            self.reach("after write")
            yield FakePage(
                outcomes=[self._outcome(direction, record) for direction, record in part],
                apply=self._apply,
                records=len(part),
            )
            self.reach("after page")

    def writes(self) -> list[str]:
        return self.written.read_text().split() if self.written.exists() else []

    def _apply(self) -> None:
        self.applied += 1
        self.reach("in transaction")

    def _outcome(self, direction: str, record: RecordRef) -> Outcome:
        code = self.broken.get(record.hubspot_id)
        return Outcome(
            record=record,
            direction=direction,
            status=Status.FAILED
            if code
            else Status.SKIPPED
            if record.hubspot_id in self.skipped
            else Status.SYNCED,
            failures=(failure(code, f"{code} again"),) if code else (),
        )

"""Import from Salesforce: records of one object read again and synced, as many as there are.

`position` of affected records: "until" (the highest row at the start), "started_at" (the write number then), "last"
(the row behind which the next chunk begins), "writes" (write numbers of the chunk at hand). Of all records and of
changed ones: "until" (an ISO time), "modified" and "last" (the place behind the record that was read last). Of both:
"fresh", once the schemas have been read anew.

`result`: "read", "synced", "skipped" (not to be synced), "failing", "not_in_salesforce", "meanwhile" (no longer
there to import when their turn came), "messages" (the first refusals).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from common import clock
from errors.jobs.import_selection import Chunk, Selection, selection_of
from errors.jobs.import_tally import Tally
from errors.jobs.turn import CannotGoOn, Turn
from errors.models import ErrorStream, RecordAttempt
from errors.recording import record_outcomes
from errors.resync import crm
from errors.resync.claim import ResyncClaim
from errors.resync.releasing import release_children
from integrations import schemas
from integrations.clients import Clients
from integrations.clients.results import CallRefused
from integrations.engine import EnginePage, ImportPage, Place
from integrations.models import ObjectMapping, SystemName
from integrations.outcomes import Outcome, Status

MOST_MESSAGES = 20
_MESSAGE_LIMIT = 500
_NUMBERS = ("read", "synced", "skipped", "failing", "not_in_salesforce", "meanwhile")


def run(turn: Turn) -> None:
    """One turn of an import. Salesforce calls: of affected records one for each 200 (those that failed on the way
    to Salesforce cost their writes as well), of others one for each 2,000; and a describe in the first turn."""
    request = turn.job.request
    mapping = ObjectMapping.objects.filter(
        pk=request["mapping"], connection_id=turn.connection.pk, enabled=True
    ).first()
    if mapping is None:
        raise CannotGoOn(_("These records do not sync any more: their object is switched off."))
    with turn.open_clients() as clients:
        try:
            if request["scope"] == "affected":
                chosen = selection_of(request, mapping=mapping, asked_at=turn.job.created_at)
                _AffectedRun(turn, clients, chosen).run()
            else:
                _RecordsRun(turn, clients, mapping).run()
        except CallRefused:
            # Mostly a field that went since the schemas were read: the next turn reads them anew.
            schemas.forget(connection=turn.connection)
            raise


class _Claim(ResyncClaim):
    """Leaves open what failed after a page was asked for. The lease is renewed by the page's step."""

    def renew(self) -> None:
        return


class _Run:
    """What both kinds of import share: the numbers, and how a page is stored."""

    def __init__(self, turn: Turn, clients: Clients) -> None:
        self.turn = turn
        self.clients = clients
        self.position: dict[str, Any] = dict(turn.job.position)
        stored = turn.job.result
        self.result: dict[str, Any] = {name: stored.get(name, 0) for name in _NUMBERS}
        self.messages: list[dict[str, str]] = list(stored.get("messages", ()))

    def write_no(self) -> int:
        """The connection's committed write number. One query."""
        found = ErrorStream.objects.filter(connection_id=self.turn.connection.pk)
        return found.values_list("write_no", flat=True).first() or 0

    def record(self, page: EnginePage, *, asked_at: int, step: Callable[[], None]) -> None:
        """Stores a page's outcomes, its links and what `step` stores, all or nothing. Raises TurnLost."""

        def also() -> None:
            page.apply()
            release_children(connection_id=self.turn.connection.pk, outcomes=page.outcomes)
            step()

        record_outcomes(
            connection_id=self.turn.connection.pk,
            outcomes=page.outcomes,
            also=also,
            resync_claim=_Claim(batch_id=0, lease_token="", write_no=asked_at),
            source=RecordAttempt.Source.IMPORT,
        )

    def step(
        self, *, done: int = 0, failed: int = 0, total: int | None = None, forward: bool = True
    ) -> None:
        """Progress, in the transaction of what came of it; `forward` as in `Turn.step`."""
        self.turn.step(
            position=dict(self.position),
            total=total,
            done=done,
            failed=failed,
            result={**self.result, "messages": list(self.messages)},
            forward=forward,
        )

    def tell(self, outcome: Outcome) -> None:
        """Keeps a refusal in the CRM's words, while there are few."""
        if outcome.failures and len(self.messages) < MOST_MESSAGES:
            self.messages.append(
                {
                    "label": outcome.record.label,
                    "hubspot_id": outcome.record.hubspot_id,
                    "salesforce_id": outcome.record.salesforce_id,
                    "message": outcome.failures[0].message[:_MESSAGE_LIMIT].replace("\x00", ""),
                }
            )

    def finish(self) -> None:
        """What was counted at the start and was not there any more when its turn came is told as such."""
        job = self.turn.job
        handled = job.done + job.failed
        self.result["meanwhile"] += max(0, (job.total or 0) - handled)
        self.step(total=handled)


class _AffectedRun(_Run):
    """Affected records: a chunk of rows at a time, in as few calls as the engine can."""

    def __init__(self, turn: Turn, clients: Clients, selection: Selection) -> None:
        super().__init__(turn, clients)
        self.selection = selection

    def run(self) -> None:
        if not self.position:
            self._begin()
        while True:
            self.turn.check()
            chunk = self.selection.chunk(
                last=self.position["last"],
                until=self.position["until"],
                started_at=self.position["started_at"],
                writes=self.position["writes"],
            )
            if chunk is None:
                break
            self._carry(chunk)
        self.finish()

    def _begin(self) -> None:
        started_at = self.write_no()
        until, total = self.selection.start()
        self.position = {"until": until, "started_at": started_at, "last": 0, "writes": []}
        self.step(total=total)

    def _carry(self, chunk: Chunk) -> None:
        tally = Tally(chunk.records)
        asked_at = self.write_no()
        for page in crm.retry_pages(
            connection=self.turn.connection,
            clients=self.clients,
            records=[(way, one.record) for one in chunk.records for way in one.directions],
            reread=() if self.position.get("fresh") else tuple(SystemName),
        ):
            self.record(page, asked_at=asked_at, step=lambda page=page: self._page(page, tally))  # type: ignore[misc]
            self.turn.check()
            # Behind a page of parents comes what was read before it.
            if any(tally.knows(outcome) for outcome in page.outcomes):
                asked_at = self.write_no()
        self._end(chunk, tally)

    def _page(self, page: EnginePage, tally: Tally) -> None:
        self.position["fresh"] = True
        if page.outcomes:
            # Behind the stream's lock the number that was handed out last is this recording's own.
            self.position["writes"] = [*self.position["writes"], self.write_no()]
        done = failed = 0
        for outcome in page.outcomes:
            if not tally.knows(outcome):
                continue
            self.tell(outcome)
            came_to, was_read = tally.add(outcome, gone=page.gone)
            if not came_to:
                continue
            self.result[came_to] += 1
            self.result["read"] += was_read
            failed += came_to == "failing"
            done += came_to != "failing"
        self.step(done=done, failed=failed, forward=bool(done or failed))

    def _end(self, chunk: Chunk, tally: Tally) -> None:
        """The chunk is done: records of which no system could be asked are counted, and the next one may begin."""
        left = tally.left()
        still_open = self.selection.still_open(keys=[one.key for one in left])
        for one in left:
            name = "not_in_salesforce" if not one.directions else "synced"
            self.result["failing" if one.key in still_open and one.directions else name] += 1
        self.position |= {"last": chunk.last, "writes": []}
        self.step(done=len(left) - len(still_open), failed=len(still_open))


class _RecordsRun(_Run):
    """All records of an object, or those changed since a time, in the order of their changes."""

    def __init__(self, turn: Turn, clients: Clients, mapping: ObjectMapping) -> None:
        super().__init__(turn, clients)
        self.mapping = mapping

    def run(self) -> None:
        if not self.position:
            self._begin()
        until = datetime.fromisoformat(self.position["until"])
        self.turn.check()
        asked_at = self.write_no()
        for found in crm.import_pages(
            connection=self.turn.connection,
            clients=self.clients,
            mapping=self.mapping,
            place=self._place(),
            until=until,
            reread=() if self.position.get("fresh") else tuple(SystemName),
        ):
            self.record(
                found.page,
                asked_at=asked_at,
                step=lambda found=found: self._page(found),  # type: ignore[misc]
            )
            self.turn.check()
            asked_at = self.write_no()
        self.finish()

    def _begin(self) -> None:
        since = self.turn.job.request["since"]
        now = clock.now()
        start = Place.before(datetime.fromisoformat(since) if since else None)
        total = crm.records_to_import(
            clients=self.clients, mapping=self.mapping, place=start, until=now
        )
        self._put(start)
        self.position["until"] = now.isoformat()
        self.step(total=total)

    def _page(self, found: ImportPage) -> None:
        self.position["fresh"] = True
        if found.place is None:
            # Parents, or a page that was broken off: what it holds comes once more, and is counted then.
            self.step(forward=False)
            return
        self._put(found.place)
        counts = dict.fromkeys(Status, 0)
        for outcome in found.page.outcomes:
            counts[Status(outcome.status)] += 1
            self.tell(outcome)
        failed = counts[Status.FAILED]
        self.result["read"] += found.read
        self.result["failing"] += failed
        self.result["skipped"] += counts[Status.SKIPPED]
        self.result["synced"] += found.read - failed - counts[Status.SKIPPED]
        self.step(done=found.read - failed, failed=failed)

    def _place(self) -> Place:
        modified = self.position["modified"]
        return Place(datetime.fromisoformat(modified) if modified else None, self.position["last"])

    def _put(self, place: Place) -> None:
        modified = place.modified.isoformat() if place.modified else None
        self.position |= {"modified": modified, "last": place.last}

"""Writing one property of many HubSpot records, so that the sync carries them over.

The sync follows by itself wherever HubSpot's record counts as modified. Writing the value that a record has already
does not modify it: so it is in the simulator, and so HubSpot seems to do ("smart enough to only update the properties
that have actually been modified", release notes 1.0.1 of github.com/keghub/hubspot-dotnet-sdk); HubSpot's own pages
do not say what becomes of the modification time then. Nothing here relies on either: each answer's time is compared
with the one that the sync saw last, and records that have not moved, which no sync would read again, are tried again
right here, with what is left to carry over of all their properties. Those calls are the job's own.

A value that somebody writes in HubSpot between the reading and the writing of "touch" (well under a second) would be
written over with the one before it; HubSpot has no conditional writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock
from errors.jobs import update_records, update_requests
from errors.jobs.turn import CannotGoOn, Turn
from errors.jobs.update_modes import TOUCH
from errors.jobs.update_records import Chosen, NoSuchRecords
from errors.jobs.update_requests import Plan, UpdateInvalid
from errors.models import ErrorStream, RecordAttempt
from errors.recording import record_outcomes
from errors.resync import crm
from errors.resync.claim import ResyncClaim
from errors.resync.releasing import release_children
from integrations import schemas
from integrations.clients.hubspot_search import modified_of
from integrations.clients.results import WriteResult
from integrations.models import ObjectMapping
from integrations.outcomes import Direction, RecordRef
from integrations.sync_requests import request_sync

if TYPE_CHECKING:
    from integrations.clients import Clients
    from integrations.engine import EnginePage

# Two HubSpot calls to write, and one full Salesforce call where the records have to be tried again here.
RECORDS_A_STEP = 200
# So that the sync does not begin only when the last of very many records is written.
ASK_FOR_SYNC_AFTER = 2000
MOST_REFUSALS = 50
_MESSAGE_LIMIT = 500
# The API's times have milliseconds where some readings have none.
_SAME = timedelta(milliseconds=1)


def run(turn: Turn) -> None:
    """Writes what is left of the job, 200 records a step, and asks for the sync.

    `position`: {"after": key of the last record, "unasked": records written since the sync was asked for}.
    `result`: {"without_hubspot", "tried_again": records that HubSpot left as they were, "refusals": the first 50}.
    """
    with turn.open_clients() as clients:
        begun = bool(turn.job.position)
        plan = _plan(turn, clients, refresh=False) if begun else _begin(turn, clients)
        while records := update_records.next_records(
            rows=plan.selection.rows(plan.mapping),
            after=turn.job.position["after"],
            last_id=turn.job.request["last_id"],
            most=RECORDS_A_STEP,
        ):
            turn.check()
            _Step(turn, clients, plan, records).run()
            if turn.job.position["unasked"] >= ASK_FOR_SYNC_AFTER:
                _ask_for_sync(turn)
        _ask_for_sync(turn)


def _begin(turn: Turn, clients: Clients) -> Plan:
    """Checks the request by the schemas as they are now, and finds out how many records there are."""
    plan = _plan(turn, clients, refresh=True)
    total, without = update_records.numbers(
        rows=plan.selection.rows(plan.mapping), last_id=turn.job.request["last_id"]
    )
    turn.step(
        position={"after": "", "unasked": 0},
        total=total,
        result={"without_hubspot": without, "tried_again": 0, "refusals": []},
    )
    return plan


def _plan(turn: Turn, clients: Clients, *, refresh: bool) -> Plan:
    """The plan by the cached schemas, or by those of now. What is not cached is read: a sync or an import that met a
    field which went has forgotten them all, and a job that waited for hours must not end for that."""

    def read(mapping: ObjectMapping) -> schemas.Seen:
        return schemas.Seen(
            properties=schemas.hubspot_properties(
                connection=turn.connection,
                object_type=mapping.hubspot_object,
                refresh=refresh,
                clients=clients,
            ),
            fields=schemas.salesforce_fields(
                connection=turn.connection,
                sobject=mapping.salesforce_object,
                refresh=refresh,
                clients=clients,
            ),
            read_at=clock.now(),
        )

    try:
        return update_requests.plan_of(turn.job, read=read)
    except NoSuchRecords:
        raise CannotGoOn(_("The error or view that named the records is gone.")) from None
    except UpdateInvalid as invalid:
        raise CannotGoOn(invalid.message) from None


def _ask_for_sync(turn: Turn) -> None:
    """Outside of any transaction. A kill before the note of it asks once more, which costs nothing."""
    request_sync(connection_id=turn.connection.pk)
    turn.step(position={**turn.job.position, "unasked": 0})


@dataclass(frozen=True, slots=True)
class _Claim(ResyncClaim):
    """What a step found counts only while the turn holds the job; a failure newer than the step stays."""

    turn: Turn | None = None

    def renew(self) -> None:
        assert self.turn is not None
        self.turn.step(forward=False)


class _Step:
    """Some records: written in HubSpot, tried again where that moved nothing, and counted."""

    def __init__(self, turn: Turn, clients: Clients, plan: Plan, records: Sequence[Chosen]) -> None:
        self.turn = turn
        self.clients = clients
        self.plan = plan
        self.records = records
        self.refusals: list[dict[str, str]] = []
        self.write_no = (
            ErrorStream.objects.filter(connection_id=turn.connection.pk)
            .values_list("write_no", flat=True)
            .first()
            or 0
        )

    def run(self) -> None:
        values = self._values()
        there = [one for one in self.records if one.hubspot_id in values]
        self.refusals += [
            _refusal(one, "OBJECT_NOT_FOUND", _("HubSpot has no such record (any more)."))
            for one in self.records
            if one.hubspot_id not in values
        ]
        name = self.plan.prop.name
        results = self.clients.hubspot.batch_update(
            self.plan.mapping.hubspot_object,
            [{"id": one.hubspot_id, "properties": {name: values[one.hubspot_id]}} for one in there],
        )
        written: list[tuple[Chosen, WriteResult]] = []
        for one, result in zip(there, results, strict=True):
            if result.failure is None:
                written.append((one, result))
            else:
                failure = result.failure
                self.refusals.append(_refusal(one, failure.code, failure.message))
        unmoved = self._unmoved(written)
        self._try_again(unmoved)
        self._store(len(written), len(unmoved))

    def _values(self) -> dict[str, str]:
        """What is written to each record, by id; with "touch" what HubSpot says that it holds."""
        ids = [one.hubspot_id for one in self.records]
        if self.plan.mode != TOUCH:
            return dict.fromkeys(ids, self.plan.value)
        name = self.plan.prop.name
        found = self.clients.hubspot.batch_read(self.plan.mapping.hubspot_object, ids, [name])
        return {
            one: str((found[one].get("properties") or {}).get(name) or "")
            for one in ids
            if one in found
        }

    def _unmoved(self, written: Sequence[tuple[Chosen, WriteResult]]) -> list[Chosen]:
        """Failing records that are as the sync saw them last: no sync reads them again."""
        links = self.plan.mapping.links.filter(
            hubspot_id__in=[one.hubspot_id for one, _ in written]
        )
        seen = dict(links.values_list("hubspot_id", "hubspot_modified_at"))
        unmoved = []
        for one, result in written:
            before, now = seen.get(one.hubspot_id), self._modified(result)
            if one.failing and (before is None or now is None or now <= before + _SAME):
                unmoved.append(one)
        return unmoved

    def _modified(self, result: WriteResult) -> Any:
        contacts = self.plan.mapping.hubspot_object == "contacts"
        name = "lastmodifieddate" if contacts else "hs_lastmodifieddate"
        if result.values.get(name):
            return modified_of({"properties": result.values}, name)
        return result.modified_at

    def _try_again(self, records: Sequence[Chosen]) -> None:
        if not records:
            return
        mapping = self.plan.mapping
        claim = _Claim(batch_id=0, lease_token="", write_no=self.write_no, turn=self.turn)
        for page in crm.retry_pages(
            connection=self.turn.connection,
            clients=self.clients,
            records=[
                (
                    Direction.TO_SALESFORCE,
                    RecordRef(
                        hubspot_object=mapping.hubspot_object,
                        salesforce_object=mapping.salesforce_object,
                        hubspot_id=one.hubspot_id,
                        salesforce_id=one.salesforce_id,
                        label=one.label,
                    ),
                )
                for one in records
            ],
            reread=(),
        ):
            record_outcomes(
                connection_id=self.turn.connection.pk,
                outcomes=page.outcomes,
                also=partial(self._with_the_page, page),
                resync_claim=claim,
                source=RecordAttempt.Source.RESYNC,
            )

    def _with_the_page(self, page: EnginePage) -> None:
        page.apply()
        release_children(connection_id=self.turn.connection.pk, outcomes=page.outcomes)

    def _store(self, written: int, tried_again: int) -> None:
        job = self.turn.job
        result = dict(job.result)
        result["tried_again"] += tried_again
        result["refusals"] = (result["refusals"] + self.refusals)[:MOST_REFUSALS]
        with transaction.atomic():
            self.turn.step(
                position={
                    "after": self.records[-1].key,
                    "unasked": job.position["unasked"] + written,
                },
                done=written,
                failed=len(self.refusals),
                result=result,
            )


def _refusal(record: Chosen, code: str, message: str) -> dict[str, str]:
    return {
        "label": record.label or record.hubspot_id,
        "hubspot_id": record.hubspot_id,
        "code": code,
        "message": message[:_MESSAGE_LIMIT],
    }

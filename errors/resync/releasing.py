"""What waited for a record goes once that record is on both sides, whichever way it got there.

A sync reads what changed, and a child does not change when its parent syncs: its error is put up for retry, as a batch
like any other that nobody has asked for. Such a batch is stored in the transaction that records the parent, so that no
crash comes between the two; its calls are those of bulk work, which leaves the reserve to people.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from errors.classification.result import Classification
from errors.classifier import classify
from errors.fingerprints import blocking_fingerprint
from errors.ledger import chunks
from errors.models import ResyncBatch, SyncError
from errors.models.resync import RELEASED
from errors.resync.create import create_batch
from errors.resync.refusals import MAX_ERRORS, ResyncRefused
from errors.types import ErrorType
from integrations.engine.failures import parent_not_synced
from integrations.models import AssociationMapping, RecordLink
from integrations.outcomes import Direction, Outcome, RecordRef

_PENDING = (SyncError.Status.OPEN, SyncError.Status.IGNORED)


def release_children(*, connection_id: int, outcomes: Iterable[Outcome]) -> None:
    """Puts up for retry what waits for records of a page that both sides have now. Call it in the transaction that
    records the page. One query, one more for a page of parents; those of `create_batch` where something waits."""
    linked = {
        (one.record.hubspot_id, one.record.salesforce_id): one.record
        for one in outcomes
        if one.record.hubspot_id and one.record.salesforce_id
    }
    if not linked:
        return
    parents = set(
        AssociationMapping.objects.filter(child__connection_id=connection_id).values_list(
            "parent__hubspot_object", "parent__salesforce_object"
        )
    )
    wanted = sorted(
        _fingerprints(
            connection_id,
            [
                record
                for record in linked.values()
                if (record.hubspot_object, record.salesforce_object) in parents
            ],
        )
    )
    waiting: list[int] = []
    for part in chunks(wanted):
        found = SyncError.objects.filter(
            connection_id=connection_id,
            fingerprint__in=part,
            status__in=_PENDING,
            open_records__gt=0,
        )
        waiting += found.values_list("pk", flat=True)
    _put_up(connection_id, waiting)


def release_those_left(*, batch: ResyncBatch, errors: Iterable[SyncError]) -> None:
    """The same for errors of a batch that has just finished and left records open: their parent may have synced in it,
    or beside it, while they could not be in another one. Two queries where a batch holds such errors, else none."""
    if batch.released:
        return
    waiting = [
        (error, error.details.get("blocking_record") or {})
        for error in errors
        if error.type == ErrorType.ASSOCIATIONS and error.details.get("found_without_call")
    ]
    if not waiting:
        return
    ids = [
        str(blocking.get(name) or "")
        for _, blocking in waiting
        for name in ("hubspot_id", "salesforce_id")
    ]
    whole = (
        RecordLink.objects.filter(object_mapping__connection_id=batch.connection_id)
        .exclude(hubspot_id="")
        .exclude(salesforce_id="")
    )
    names = ("object_mapping__hubspot_object", "hubspot_id")
    there = set(whole.filter(hubspot_id__in=ids).values_list(*names))
    names = ("object_mapping__salesforce_object", "salesforce_id")
    there |= set(whole.filter(salesforce_id__in=ids).values_list(*names))
    _put_up(
        batch.connection_id,
        [
            error.pk
            for error, blocking in waiting
            if (
                str(blocking.get("object") or ""),
                str(blocking.get("salesforce_id") or blocking.get("hubspot_id") or ""),
            )
            in there
        ],
    )


def _fingerprints(connection_id: int, records: Sequence[RecordRef]) -> Iterator[uuid.UUID]:
    """Of the errors, one a direction, that wait for the records. The stream is locked: each kind is classified once."""
    kinds: dict[tuple[str, str], Classification] = {}
    for record in records:
        for direction in Direction:
            failure = parent_not_synced(
                hubspot_object=record.hubspot_object,
                salesforce_object=record.salesforce_object,
                hubspot_id=record.hubspot_id if direction == Direction.TO_SALESFORCE else "",
                salesforce_id=record.salesforce_id if direction == Direction.TO_HUBSPOT else "",
            )
            kind = (record.hubspot_object, direction)
            if kind not in kinds:
                kinds[kind] = classify(
                    system=failure.system,
                    code=failure.code,
                    message=failure.message,
                    fields=failure.fields,
                    details=failure.details,
                )
            yield blocking_fingerprint(
                connection_id=connection_id,
                classification=kinds[kind],
                direction=direction,
                blocking=failure.details["blocking_record"],
            )


def _put_up(connection_id: int, error_ids: Sequence[int]) -> None:
    """A batch for each hundred. What a live batch holds already is left to that one."""
    for part in chunks(error_ids, MAX_ERRORS):
        with suppress(ResyncRefused):
            create_batch(
                connection_id=connection_id,
                error_ids=part,
                user=None,
                idempotency_key=f"{RELEASED}{uuid.uuid4()}",
            )

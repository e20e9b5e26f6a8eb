"""Storing a batch. Safe to repeat: the same key gives the same batch, and one error is in one live batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from common import clock
from common.nudges import nudge_on_commit
from errors.ledger import lock_stream
from errors.models import ResyncBatch, ResyncItem, SyncError
from errors.resync import refusals
from errors.resync.refusals import MAX_ERRORS
from errors.storable import storable_key

RUN_TASK = "errors.run_resync"
_LARGEST_ID = 2**63 - 1  # the databases refuse to compare with more


@dataclass(frozen=True, slots=True)
class BatchCreated:
    batch: ResyncBatch
    created: bool  # False: this key was seen before, and the batch is the one it made then
    skipped: list[int] = field(default_factory=list)  # errors that another live batch holds already


def create_batch(
    *, connection_id: int, error_ids: Iterable[int], user: User | None, idempotency_key: str
) -> BatchCreated:
    """Stores a batch of 1 to 100 errors and nudges a worker.

    Errors that another live batch holds are left out and listed in `skipped`; the rest goes. Raises
    ResyncRefused, whose `code` and `message` say why nothing was stored. Four queries and an insert for
    the items, whatever their number.
    """
    wanted = sorted(set(error_ids))
    if not wanted:
        raise refusals.no_errors()
    if len(wanted) > MAX_ERRORS:
        raise refusals.too_many_errors(len(wanted))
    key = storable_key(idempotency_key)
    digest = hashlib.sha256(",".join(map(str, wanted)).encode()).hexdigest()
    with transaction.atomic():
        # Behind the stream row two requests with one key, or with one error, come one after the other.
        lock_stream(connection_id=connection_id)
        earlier = ResyncBatch.objects.filter(
            connection_id=connection_id, idempotency_key=key
        ).first()
        if earlier is not None:
            if earlier.selection_digest != digest:
                raise refusals.key_reused()
            return BatchCreated(batch=earlier, created=False)
        errors = dict(
            SyncError.objects.filter(
                connection_id=connection_id, pk__in=[pk for pk in wanted if 0 < pk <= _LARGEST_ID]
            ).values_list("pk", "open_records")
        )
        unknown = [pk for pk in wanted if pk not in errors]
        if unknown:
            raise refusals.unknown_errors(unknown)
        live = set(
            ResyncItem.objects.filter(error_id__in=wanted, state__in=ResyncItem.LIVE).values_list(
                "error_id", flat=True
            )
        )
        going = [pk for pk in wanted if pk not in live]
        if not going:
            raise refusals.already_in_live_batch(wanted)
        batch = ResyncBatch.objects.create(
            connection_id=connection_id,
            requested_by=user,
            idempotency_key=key,
            selection_digest=digest,
            total=len(going),
            records_total=sum(errors[pk] for pk in going),
            created_at=clock.now(),
            not_before=clock.now(),
        )
        ResyncItem.objects.bulk_create(
            [ResyncItem(batch=batch, error_id=pk, records=errors[pk]) for pk in going]
        )
        nudge_on_commit(RUN_TASK, batch.pk)
    return BatchCreated(batch=batch, created=True, skipped=sorted(live))

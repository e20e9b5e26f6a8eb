"""A worker's hold on a batch. Its results count only while the lease holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from common import clock
from errors.models import ResyncBatch

# Renewed with every page. Longer than the slowest page (a few calls of at most CRM_READ_TIMEOUT each), short
# enough that a killed worker's batch goes on soon.
LEASE = timedelta(minutes=4)


class LeaseLost(Exception):
    """Another worker holds the batch, or it is finished: what this one found is dropped."""


@dataclass(frozen=True, slots=True)
class ResyncClaim:
    batch_id: int
    lease_token: str
    # The connection's committed write number when the errors were claimed: rows with a newer failure survive
    # the success of the retry.
    write_no: int

    def renew(self) -> None:
        """Prolongs the lease; raises LeaseLost when it is another's. Call it behind the stream row."""
        held = ResyncBatch.objects.filter(
            pk=self.batch_id, lease_token=self.lease_token, state=ResyncBatch.State.RUNNING
        ).update(lease_until=clock.now() + LEASE)
        if not held:
            raise LeaseLost(f"Batch {self.batch_id} is not held any more.")

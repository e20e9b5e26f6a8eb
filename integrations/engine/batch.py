"""Batch writes that stop halfway: what is known is kept, what is not is tried again later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from integrations.clients.results import (
    ConnectionFault,
    CrmFault,
    TransientFault,
    WriteResult,
    refused,
)
from integrations.metering import AllotmentSpent
from integrations.outcomes import Failure

Stop = CrmFault | AllotmentSpent


@dataclass(slots=True)
class Written:
    """`results[i]` is None where nothing is known of row i: it was not tried, or may have happened."""

    results: list[WriteResult | None] = field(default_factory=list)
    uncertain: set[int] = field(default_factory=set)
    stop: Stop | None = None


def write(call: Callable[[], Sequence[WriteResult]], rows: int) -> Written:
    """Makes a batch write of `rows` rows.

    A server that breaks off is a failure of the rows that were under way, and of those behind them, so that one
    poisonous record cannot hold up all others for ever. Where nothing can have arrived (no server, a rate
    limit), the allotment is spent or the connection stands still, no record is to blame: those rows stay
    where they are.
    """
    if not rows:
        return Written()
    try:
        return Written(results=list(call()))
    except (TransientFault, ConnectionFault, AllotmentSpent) as fault:
        known = [*fault.results, *[None] * (rows - len(fault.results))]
        if isinstance(fault, TransientFault) and (fault.maybe_applied or fault.uncertain):
            failure = Failure(fault.system, fault.code, fault.message)
            known = [result or refused([failure]) for result in known]
        return Written(results=known, uncertain=set(fault.uncertain), stop=fault)

"""What a page of outcomes says, folded by fingerprint and by record. Pure: no query, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from errors.judging import Judgement, judge, storable
from integrations.outcomes import Outcome, RecordRef, Status

# A record in one direction: what a later outcome of the same record replaces.
Side = tuple[str, str]


def record_keys(record: RecordRef) -> tuple[str, ...]:
    """The keys of a record: the one its rows are written under first, then those it may have had before.

    A record that came from Salesforce has no HubSpot id until its first success, and then gets one.
    """
    keys = []
    if record.hubspot_id:
        keys.append(f"{record.hubspot_object}:hs:{record.hubspot_id}")
    if record.salesforce_id:
        keys.append(f"{record.salesforce_object}:sf:{record.salesforce_id}")
    if not keys:
        raise ValueError("A record needs an id of at least one system.")
    return tuple(keys)


@dataclass(slots=True)
class FoldedRecord:
    key: str
    record: RecordRef
    failures: int
    message: str


@dataclass(slots=True)
class FoldedError:
    judgement: Judgement
    direction: str
    hubspot_object: str
    salesforce_object: str
    records: dict[str, FoldedRecord] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        return sum(record.failures for record in self.records.values())


@dataclass(frozen=True, slots=True)
class Try:
    """The outcome of one side that holds, as the record's history tells it."""

    record_keys: tuple[str, ...]  # as `record_keys` gives them
    direction: str
    status: str
    fingerprints: tuple[UUID, ...]  # of the errors that a failure named
    message: str  # the first refusal's


@dataclass(slots=True)
class Folded:
    errors: dict[UUID, FoldedError]
    # Everything that is wrong with each side now; empty: nothing. Rows of these sides that are not named
    # have been overcome.
    named: dict[Side, set[UUID]]
    tries: list[Try] = field(default_factory=list)
    # The records as the outcomes know them now, by each of their keys.
    records: dict[str, RecordRef] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return sorted({key for _, key in self.named})


def fold(*, connection_id: int, outcomes: Iterable[Outcome]) -> Folded:
    """One page's outcomes by fingerprint. Of several outcomes of one side the last one holds.

    A skipped record is not to be synced (deleted on the other side, without an address, creating switched
    off), so like a synced one it has nothing wrong with it.
    """
    last: dict[Side, tuple[Outcome, dict[UUID, tuple[Judgement, str]]] | None] = {}
    failures: Counter[tuple[Side, UUID]] = Counter()
    tries: dict[Side, Try] = {}
    records: dict[str, RecordRef] = {}
    for outcome in outcomes:
        keys = record_keys(outcome.record)
        records.update(dict.fromkeys(keys, outcome.record))
        key, *earlier_keys = keys
        side = (outcome.direction, key)
        judged: dict[UUID, tuple[Judgement, str]] = {}
        if outcome.status == Status.FAILED:
            for failure in outcome.failures:
                judgement = judge(connection_id=connection_id, outcome=outcome, failure=failure)
                judged.setdefault(judgement.fingerprint, (judgement, failure.message))
        failures.update((side, fingerprint) for fingerprint in judged)
        tries[side] = Try(
            record_keys=keys,
            direction=outcome.direction,
            status=outcome.status,
            fingerprints=tuple(judged),
            message=storable(outcome.failures[0].message) if judged else "",
        )
        last[side] = (outcome, judged)
        for earlier in earlier_keys:
            last[(outcome.direction, earlier)] = None
            tries.pop((outcome.direction, earlier), None)

    errors: dict[UUID, FoldedError] = {}
    named: dict[Side, set[UUID]] = {}
    for side, held in last.items():
        named[side] = set(held[1]) if held else set()
        if held is None:
            continue
        outcome, judged = held
        for fingerprint, (judgement, message) in judged.items():
            error = errors.setdefault(
                fingerprint,
                FoldedError(
                    judgement=judgement,
                    direction=outcome.direction,
                    hubspot_object=outcome.record.hubspot_object,
                    salesforce_object=outcome.record.salesforce_object,
                ),
            )
            error.judgement = judgement
            error.records[side[1]] = FoldedRecord(
                key=side[1],
                record=outcome.record,
                failures=failures[(side, fingerprint)],
                message=storable(message),
            )
    return Folded(errors=errors, named=named, tries=list(tries.values()), records=records)

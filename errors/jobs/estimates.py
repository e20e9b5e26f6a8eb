"""About how many Salesforce calls some work takes, before it is done. Pure: numbers in, numbers out.

What a call carries (Salesforce's REST documentation: sObject collections take 200 rows a call; a query page holds
2,000 records, and the engine asks for 200 ids in one):

    to Salesforce   one write for 200 linked records; for 200 that Salesforce may not have yet one lookup and one
                    write more; one call more where duplicate rules refuse some of a write's rows
    to HubSpot      one query for 200 records; what HubSpot is asked costs no Salesforce call
    parents         a record that waits for its parent: the parent's lookup and its write come first, or its query
    schemas         a batch with errors that depend on Salesforce's fields or values describes each of its objects anew

A batch is cut by errors, never by calls, so each batch begins its calls anew. The estimate is an upper bound of that,
and the truth is less where records were mended meanwhile. What it leaves out: a describe for each object whose
cached schema is too old (SCHEMA_TTL), one more write for each with locked rows, the cutting of a write that is refused
as a whole, and the tries after a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.outcomes import Direction

RECORDS_A_CALL = 200
ERRORS_A_BATCH = 100


@dataclass(frozen=True, slots=True)
class Load:
    """Records of one HubSpot object that go in one direction.

    Of them `unlinked` may not be in Salesforce yet, `duplicates` were refused by a duplicate rule, `waiting` wait for a
    parent. `errors`: in how many errors they are, 0 where the work is not cut into batches of errors.
    """

    hubspot_object: str
    direction: str
    records: int
    unlinked: int = 0
    duplicates: int = 0
    waiting: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """`batches` is 0 for work that is not cut into batches; `calls` are Salesforce's."""

    records: int
    batches: int
    calls: int


def estimate(*, loads: Sequence[Load], errors: int = 0, rereading: int = 0) -> Estimate:
    """What carrying `loads` over takes, in batches of at most 100 of `errors`, or in one go when there are none.

    `rereading`: how many of the errors depend on Salesforce's schemas.
    """
    batches = -(-errors // ERRORS_A_BATCH)
    calls = sum(_calls(load, batches) for load in loads)
    objects = {load.hubspot_object for load in loads if load.records}
    parents = any(load.waiting for load in loads)
    calls += min(max(batches, 1), rereading) * (len(objects) + parents)
    return Estimate(records=sum(load.records for load in loads), batches=batches, calls=calls)


def _calls(load: Load, batches: int) -> int:
    pages = most_pages(records=load.records, errors=load.errors, batches=batches)
    if load.direction == Direction.TO_HUBSPOT:
        return pages + min(pages, load.waiting)
    unlinked = min(load.unlinked, load.records)
    return (
        min(pages, load.records - unlinked)
        + 2 * min(pages, unlinked)
        + 2 * min(pages, load.waiting)
        + min(pages, load.duplicates)
    )


def most_pages(*, records: int, errors: int, batches: int) -> int:
    """The most pages of 200 that `records` of `errors` can fill when they are dealt to `batches` of 100 errors.

    Each batch that has any begins a page. With its hundred errors at one record each that page is half full: 101 records
    more begin the second, and 200 each further one.
    """
    if records <= 0:
        return 0
    if not errors or not batches:
        return -(-records // RECORDS_A_CALL)
    begun = min(batches, errors, records)
    beyond = max(records - errors, 0)
    over = RECORDS_A_CALL - min(ERRORS_A_BATCH, errors) + 1
    first = min(begun, beyond // over)
    return begun + first + (beyond - first * over) // RECORDS_A_CALL

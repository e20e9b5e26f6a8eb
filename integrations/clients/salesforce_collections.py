"""Writing many Salesforce records in few calls: sObject collections.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations import own_words
from integrations.clients.isolating import BatchWrite
from integrations.clients.results import CallRefused, TransientFault, WriteResult, refused
from integrations.clients.salesforce_errors import NOT_A_CAUSE, WORTH_A_SECOND_TRY, failures_of
from integrations.metering import AllotmentSpent
from integrations.outcomes import Failure, System

ROWS_A_CALL = 200
# Runs of one type in a call; rows are sorted by type, so a run is a type.
TYPES_A_CALL = 10
# For one call of 200 rows that is refused as a whole: enough for about fifteen bad rows.
MOST_CALLS = 32
REFUSED_VALUE = re.compile(r"from VALUE_\w+ value (.*?) or request may", re.DOTALL)

Record = Mapping[str, Any]


def as_json(value: Any) -> str:
    """A row as Salesforce takes it. Raises ValueError for NaN and infinities, TypeError for what is no value."""
    return json.dumps(value, default=_plain, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is not a value that Salesforce takes")


def type_of(record: Record) -> str:
    """The sObject of a record, from its `attributes`."""
    return str(record["attributes"]["type"])


def chunks(types: Sequence[str]) -> list[list[int]]:
    """Positions of rows, cut into calls: sorted by type, at most 200 rows and 10 types in each."""
    calls: list[list[int]] = []
    seen: set[str] = set()
    for row in sorted(range(len(types)), key=lambda position: types[position]):
        crowded = types[row] not in seen and len(seen) == TYPES_A_CALL
        if not calls or len(calls[-1]) == ROWS_A_CALL or crowded:
            calls.append([])
            seen = set()
        seen.add(types[row])
        calls[-1].append(row)
    return calls


def row_result(answer: Any) -> WriteResult:
    """What a collection's answer says of one row. A refused row carries no id, whatever was sent."""
    if isinstance(answer, Mapping) and answer.get("success"):
        return WriteResult(
            ok=True, id=str(answer.get("id") or ""), created=bool(answer.get("created"))
        )
    errors = answer.get("errors") if isinstance(answer, Mapping) else None
    return refused(failures_of(errors or ()))


def body_of(rows: Sequence[str]) -> str:
    """The body of a collection call from rows that are JSON already."""
    return '{"allOrNone": false, "records": [' + ", ".join(rows) + "]}"


def suspects(fault: CallRefused, part: Sequence[int], records: Sequence[Record]) -> list[int]:
    """The rows that hold the value a JSON error names. Only a hint (the column in the message counts within
    one row, so it does not help): the rows are sent by themselves before any is blamed."""
    found = REFUSED_VALUE.search(fault.message)
    if fault.code != "JSON_PARSER_ERROR" or not found:
        return []
    return [row for row in part if any(str(value) == found[1] for value in records[row].values())]


def write_collection(
    *,
    records: Sequence[Record],
    types: Sequence[str],
    call: Callable[[str], Any],
) -> list[WriteResult]:
    """Send `records` through `call` (a body in, the parsed answer out); results in the records' order.

    Rows refused for a lock, or only because others were, are sent once more, all of them in one call. Raises
    what `call` raises, with `results` and `uncertain`, but CallRefused, which the rows get.
    """
    rows = [as_json(record) for record in records]

    def send(part: Sequence[int]) -> list[WriteResult]:
        answers = call(body_of([rows[row] for row in part])) or []
        if not isinstance(answers, list) or len(answers) != len(part):
            text = "Salesforce answered for another number of rows than were sent."
            raise TransientFault("UNEXPECTED_ANSWER", text, System.SALESFORCE, maybe_applied=True)
        return [row_result(answer) for answer in answers]

    batch = BatchWrite(
        len(records),
        send,
        most_calls=MOST_CALLS,
        suspects=lambda fault, part: suspects(fault, part, records),
    )
    for part in chunks(types):
        batch.write(part)
    again = [
        row
        for row, result in enumerate(batch.results)
        if result and result.failure and result.failure.code in WORTH_A_SECOND_TRY
    ]
    try:
        for part in chunks([types[row] for row in again]):
            batch.write([again[position] for position in part])
    except AllotmentSpent:
        pass  # They keep the refusal they had; the next sync tries them again.
    return with_causes(batch.finished())


def with_causes(results: list[WriteResult]) -> list[WriteResult]:
    """A row that went down with others gets the reason of one of those."""
    cause = next(
        (
            result.failure
            for result in results
            if result.failure and result.failure.code not in NOT_A_CAUSE
        ),
        Failure(
            System.SALESFORCE,
            "UNKNOWN_EXCEPTION",
            own_words.ROLLED_BACK.of(),
        ),
    )
    return [
        refused([cause]) if result.failure and result.failure.code in NOT_A_CAUSE else result
        for result in results
    ]

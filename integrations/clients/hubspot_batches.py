"""Writing many HubSpot records or links in few calls, each row with its own answer.

Only when each input carries an objectWriteTraceId of its own are errors told by row (207, or a 200 with
`errors`); else one bad row refuses the batch, which is then cut.
https://developers.hubspot.com/docs/api-reference/error-handling#multi-status-errors
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations import own_words
from integrations.clients.hubspot_errors import failures_of, trace_of
from integrations.clients.isolating import BatchWrite
from integrations.clients.results import CallRefused, TransientFault, WriteResult, refused
from integrations.outcomes import Failure, System

ROWS_A_CALL = 100
# 100 rows cut down to single ones: HubSpot's calls are not what the sync is short of.
MOST_CALLS = 2 * ROWS_A_CALL
NO_ANSWER = Failure(
    System.HUBSPOT,
    "OBJECT_NOT_FOUND",
    own_words.NO_ANSWER.of(),
)


def record_result(record: Mapping[str, Any]) -> WriteResult:
    """A record that the API answered as written."""
    updated = record.get("updatedAt")
    return WriteResult(
        ok=True,
        id=str(record.get("id") or ""),
        values=record.get("properties") or {},
        modified_at=datetime.fromisoformat(updated) if isinstance(updated, str) else None,
        created=bool(record.get("new")),
    )


def write_records(
    *, inputs: Sequence[Mapping[str, Any]], call: Callable[[Any], Any], creates: bool
) -> list[WriteResult]:
    """Send `inputs` (each as the API takes it, without a trace id) through `call`; results in their order.

    Raises what `call` raises, with `results` and `uncertain`, but CallRefused, which the rows get.
    """

    def send(part: Sequence[int]) -> list[WriteResult]:
        traces = [str(uuid.uuid4()) for _ in part]
        rows = [
            {**inputs[row], "objectWriteTraceId": trace}
            for row, trace in zip(part, traces, strict=True)
        ]
        answer = call({"inputs": rows}) or {}
        return _by_row(rows, answer, creates=creates)

    batch = BatchWrite(len(inputs), send, most_calls=MOST_CALLS)
    for start in range(0, len(inputs), ROWS_A_CALL):
        batch.write(range(start, min(start + ROWS_A_CALL, len(inputs))))
    return batch.finished()


def _by_row(
    rows: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], *, creates: bool
) -> list[WriteResult]:
    """Find each row's answer: by trace id, by record id, else by order when exactly those rows are left."""
    results: dict[str, WriteResult] = {}
    written = list(answer.get("results") or ())
    by_id = {} if creates else {str(row.get("id")): str(row["objectWriteTraceId"]) for row in rows}
    nameless: list[Mapping[str, Any]] = []
    for record in written:
        trace = record.get("objectWriteTraceId") or by_id.get(str(record.get("id")))
        if trace:
            results[str(trace)] = record_result(record)
        else:
            nameless.append(record)
    blamed_all: list[Mapping[str, Any]] = []
    for error in answer.get("errors") or ():
        if trace := trace_of(error):
            results[trace] = refused(failures_of(error))
        else:
            blamed_all.append(error)
    left = [
        str(row["objectWriteTraceId"]) for row in rows if row["objectWriteTraceId"] not in results
    ]
    if nameless and len(left) == len(nameless):
        results.update(zip(left, map(record_result, nameless), strict=True))
        left = []
    if not left:
        return [results[str(row["objectWriteTraceId"])] for row in rows]
    if blamed_all and not written:
        # Nothing was written and nobody is named: cut the batch to find out who it was.
        raise CallRefused(
            [failure for error in blamed_all for failure in failures_of(error)], status=400
        )
    if creates:
        text = "HubSpot did not say what became of some of the records."
        raise TransientFault("UNEXPECTED_ANSWER", text, System.HUBSPOT.value, maybe_applied=True)
    reason = failures_of(blamed_all[0]) if len(left) == len(blamed_all) == 1 else (NO_ANSWER,)
    results.update({trace: refused(reason) for trace in left})
    return [results[str(row["objectWriteTraceId"])] for row in rows]


def write_links(
    *,
    pairs: Sequence[tuple[str, str]],
    inputs: Sequence[Mapping[str, Any]],
    call: Callable[[Any], Any],
) -> list[WriteResult]:
    """Send associations, one input for each (from id, to id); a link that exists already is a success.

    Errors may name the other end alone (a company that is full): rows that were neither made nor blamed are sent
    again in smaller calls, until each has an answer of its own.
    """

    def send(part: Sequence[int]) -> list[WriteResult]:
        answer = call({"inputs": [inputs[row] for row in part]}) or {}
        errors = list(answer.get("errors") or ())
        if not errors:
            return [WriteResult(ok=True, id=pairs[row][1]) for row in part]
        made = {
            (str(link.get("fromObjectId")), str(link.get("toObjectId")))
            for link in answer.get("results") or ()
        }
        blamed = {pair: error for error in errors for pair in _pairs_of(error)}
        results = []
        for row in part:
            error = blamed.get(pairs[row]) or blamed.get((pairs[row][0], ""))
            if pairs[row] in made:
                results.append(WriteResult(ok=True, id=pairs[row][1]))
            elif error is None and len(part) > 1:
                raise CallRefused([f for e in errors for f in failures_of(e)], status=400)
            else:
                results.append(refused(failures_of(error or errors[0])))
        return results

    batch = BatchWrite(len(inputs), send, most_calls=MOST_CALLS)
    for start in range(0, len(inputs), ROWS_A_CALL):
        batch.write(range(start, min(start + ROWS_A_CALL, len(inputs))))
    return batch.finished()


def _pairs_of(error: Mapping[str, Any]) -> list[tuple[str, str]]:
    context = error.get("context")
    if not isinstance(context, Mapping):
        return []
    froms = _as_list(context.get("fromObjectId") or context.get("fromId"))
    tos = _as_list(context.get("toObjectId") or context.get("toId")) or [""] * len(froms)
    return list(zip(froms, tos, strict=False))


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]

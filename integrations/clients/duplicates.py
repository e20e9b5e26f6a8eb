"""Which record a duplicate rule found: collections say only that there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from integrations.clients.results import CrmFault, WriteResult
from integrations.clients.salesforce_collections import type_of
from integrations.clients.salesforce_errors import failures_of
from integrations.metering import AllotmentSpent
from integrations.outcomes import Failure

CODE = "DUPLICATES_DETECTED"
ALONE = 24  # of the 25 sub-requests of a composite call, one being the query
LONGEST_QUERY = 6_000


def soql_text(value: str) -> str:
    """`value` as a SOQL string, in its quotes."""
    escaped = (
        value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    )
    return f"'{escaped}'"


def with_other_records(
    results: list[WriteResult],
    records: Sequence[Mapping[str, Any]],
    *,
    base: str,
    composite: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> list[WriteResult]:
    """The results, with `details["duplicate"]` on the rows that a duplicate rule blocked.

    Only a single write names the record that the rule has found, so the first 24 rows are sent once more, each by
    itself, in one composite call; a query in the same call looks for the others by e-mail address. One call at
    most, whatever the number of rows. It is a courtesy: when it fails, the results are as they were. A row that
    gets through this time is a success.

    `base`: the path of the API's version, /services/data/vXX.X.
    """
    blocked = [
        row
        for row, result in enumerate(results)
        if result.failure
        and result.failure.code == CODE
        and not result.failure.details.get("duplicate")
    ]
    if not blocked:
        return results
    alone, others = blocked[:ALONE], blocked[ALONE:]
    requests = [_single(base, records[row], f"row{row}") for row in alone]
    sobject, emails = _emails([records[row] for row in others])
    if emails:
        soql = f"SELECT Id, Email FROM {sobject} WHERE Email IN ({_joined(emails)}) ORDER BY CreatedDate"  # noqa: S608
        url = f"{base}/query?q={quote(soql)}"
        requests.append({"method": "GET", "url": url, "referenceId": "others"})
    try:
        answers = {answer["referenceId"]: answer for answer in composite(requests)}
    except (CrmFault, AllotmentSpent):
        return results
    changed = list(results)
    for row in alone:
        changed[row] = _after_single(results[row], answers.get(f"row{row}"))
    found = answers.get("others", {}).get("body")
    by_email: dict[str, str] = {}
    for other in found.get("records", ()) if isinstance(found, Mapping) else ():
        by_email.setdefault(str(other.get("Email") or "").lower(), str(other["Id"]))
    for row in others:
        email = str(records[row].get("Email") or "").lower()
        if type_of(records[row]) == sobject and email in by_email:
            duplicate = {"salesforce_id": by_email[email], "value": email}
            changed[row] = _with_duplicate(results[row], duplicate)
    return changed


def _single(base: str, record: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """The row as a write of its own."""
    own = str(record.get("id") or record.get("Id") or "")
    path = f"{base}/sobjects/{type_of(record)}"
    return {
        "method": "PATCH" if own else "POST",
        "url": f"{path}/{own}" if own else path,
        "referenceId": reference,
        "body": {
            name: value for name, value in record.items() if name not in ("attributes", "id", "Id")
        },
    }


def _after_single(result: WriteResult, answer: Mapping[str, Any] | None) -> WriteResult:
    if answer is None:
        return result
    body = answer.get("body")
    if int(answer.get("httpStatusCode") or 0) < 300:
        made = str(body.get("id") or "") if isinstance(body, Mapping) else ""
        return WriteResult(ok=True, id=made or result.id, created=bool(made))
    for failure in failures_of(body if isinstance(body, list) else ()):
        if failure.code == CODE and failure.details.get("duplicate"):
            return _with_duplicate(result, dict(failure.details["duplicate"]))
    return result


def _emails(records: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """The addresses of the rows of the most frequent type: a query reads one object."""
    types = [type_of(record) for record in records if record.get("Email")]
    if not types:
        return "", []
    sobject = max(types, key=types.count)
    return sobject, sorted(
        {
            str(record["Email"]).lower()
            for record in records
            if record.get("Email") and type_of(record) == sobject
        }
    )


def _joined(emails: Sequence[str]) -> str:
    parts: list[str] = []
    length = 0
    for email in emails:
        text = soql_text(email)
        length += len(text) + 2
        if length > LONGEST_QUERY:
            break
        parts.append(text)
    return ", ".join(parts)


def _with_duplicate(result: WriteResult, duplicate: dict[str, str]) -> WriteResult:
    failure = result.failure
    assert failure is not None
    details = {**failure.details, "duplicate": duplicate}
    told = Failure(failure.system, failure.code, failure.message, failure.fields, details)
    return replace(result, failure=told)

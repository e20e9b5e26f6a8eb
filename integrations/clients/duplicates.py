"""Which record a duplicate rule found: collections say only that there is one, so one query asks for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.clients.results import CrmFault, WriteResult
from integrations.metering import AllotmentSpent
from integrations.outcomes import Failure

CODE = "DUPLICATES_DETECTED"
LONGEST_QUERY = 12_000


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
    query: Callable[[str], list[dict[str, Any]]],
) -> list[WriteResult]:
    """The results, with `details["duplicate"]` on the rows that a duplicate rule blocked.

    Spends one call for all of them, by e-mail address; none when no blocked row has one. It is a courtesy:
    when the call fails, the results are as they were.
    """
    wanted: dict[int, tuple[str, str]] = {}
    for row, (result, record) in enumerate(zip(results, records, strict=True)):
        known = result.failure and result.failure.details.get("duplicate")
        if result.failure and result.failure.code == CODE and not known and record.get("Email"):
            wanted[row] = (str(record["attributes"]["type"]), str(record["Email"]).lower())
    if not wanted:
        return results
    # One type a call, and nearly always there is only one: the one with the most rows.
    types = [sobject for sobject, _ in wanted.values()]
    sobject = max(types, key=types.count)
    emails = sorted({email for kind, email in wanted.values() if kind == sobject})
    soql = (
        f"SELECT Id, Email FROM {sobject} WHERE Email IN ({_joined(emails)}) ORDER BY CreatedDate"  # noqa: S608
    )
    try:
        found = query(soql)
    except (CrmFault, AllotmentSpent):
        return results
    by_email: dict[str, list[str]] = {}
    for other in found:
        by_email.setdefault(str(other.get("Email") or "").lower(), []).append(str(other["Id"]))
    changed = list(results)
    for row, (kind, email) in wanted.items():
        own = str(records[row].get("id") or records[row].get("Id") or "")
        others = [other for other in by_email.get(email, ()) if other[:15] != own[:15]]
        if kind == sobject and others:
            changed[row] = _with_duplicate(
                results[row], {"salesforce_id": others[0], "value": email}
            )
    return changed


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

"""Batches of up to 100 records.

Without `objectWriteTraceId` one bad record refuses the whole batch (400 or 409). When every input carries its
own, the good ones are written and the bad ones are told in `errors[]`, with the trace id in `context`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from flask import g

from simulators.hubspot import properties, records
from simulators.hubspot.associations import missing
from simulators.hubspot.errors import HubSpotError, property_problems, validation
from simulators.hubspot.http import Api, applies_rules, body, flag, has_multi_status, inputs, need
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.records import Record, Writing
from simulators.hubspot.times import iso, now_ms
from simulators.hubspot.views_of_records import shown, written

MOST, MOST_WITH_HISTORY = 100, 50
Writer = Callable[[Writing, dict[str, Any]], dict[str, Any]]
# A writer, the inputs it can write, and the errors of the others.
Prepared = tuple[Writer, list[dict[str, Any]], list[dict[str, Any]]]


def completed(
    results: list[dict[str, Any]], errors: list[dict[str, Any]], started: int, status: int
) -> tuple[dict[str, Any], int]:
    """The answer of a batch; with errors it is a 207, or in 2026-09 the same status with `errors`."""
    answer: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        answer |= {"numErrors": len(errors), "errors": errors}
    answer |= {"startedAt": iso(started), "completedAt": iso(now_ms())}
    return answer, 207 if errors and has_multi_status() else status


def trace_ids(given: list[dict[str, Any]]) -> list[str] | None:
    """The trace ids when each input has its own, else None (the batch then stands or falls as one)."""
    found = [each.get("objectWriteTraceId") for each in given]
    if all(isinstance(each, str) and each for each in found) and len(set(found)) == len(found):
        return [str(each) for each in found]
    return None


def check_duplicates(given: list[dict[str, Any]]) -> None:
    ids = [str(each.get("id", "")).lower() for each in given]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise validation(
            f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        )


def write_all(
    writing: Writing, given: list[dict[str, Any]], write: Writer
) -> tuple[list[Any], list[Any]]:
    """Write every input; answers results and errors. Raises when the batch stands or falls as one."""
    results: list[dict[str, Any]] = []
    traces = trace_ids(given)
    if traces is None:
        problems = []
        for each in given:
            try:
                results.append(write(writing, each))
            except HubSpotError as refused:
                if not refused.problems:
                    raise
                problems += refused.problems
        if problems:
            raise property_problems(problems)
        return results, []
    errors = []
    for trace, each in zip(traces, given, strict=True):
        writing.connection.execute("SAVEPOINT one_record")
        try:
            results.append({**write(writing, each), "objectWriteTraceId": trace})
        except HubSpotError as refused:
            writing.connection.execute("ROLLBACK TO one_record")
            errors.append(refused.entry(trace))
        writing.connection.execute("RELEASE one_record")
    return results, errors


def common_id_property(given: list[dict[str, Any]]) -> str | None:
    named = {each.get("idProperty") or None for each in given}
    if len(named) > 1:
        raise validation("All inputs of a batch must use the same idProperty")
    return named.pop()


def install(api: Api) -> None:
    store = api.store

    def write_batch(
        object_type: str,
        status: int,
        prepare: Callable[[sqlite3.Connection, ObjectType, list[Any]], Prepared],
    ) -> Any:
        started, given = now_ms(), inputs(MOST)
        kind = get_type(store.read(), object_type)
        need(kind, "write")
        with store.write() as connection:
            writer, possible, errors = prepare(connection, kind, given)
            writing = records.begin(connection, kind, rules=applies_rules())
            results, more = write_all(writing, possible, writer)
        return completed(results, errors + more, started, status)

    @api.route("objects", "/<object_type>/batch/create", "POST")
    def create_batch(object_type: str) -> Any:
        def create(writing: Writing, each: dict[str, Any]) -> dict[str, Any]:
            record = records.create(writing, each.get("properties", {}), each.get("associations"))
            return written(writing.object_type, record)

        return write_batch(object_type, 201, lambda _connection, _kind, given: (create, given, []))

    @api.route("objects", "/<object_type>/batch/update", "POST")
    def update_batch(object_type: str) -> Any:
        def prepare(connection: sqlite3.Connection, kind: ObjectType, given: list[Any]) -> Prepared:
            check_duplicates(given)
            by = common_id_property(given)
            if by == "hs_object_id":
                records.id_property(connection, kind, by, upsert=True)
            present = _present(connection, kind, given, by, upsert=True)

            def update(writing: Writing, each: dict[str, Any]) -> dict[str, Any]:
                record = present[str(each.get("id", "")).lower()]
                changed, good = records.update(writing, record, each.get("properties"))
                return written(kind, changed, good)

            possible = [each for each in given if str(each.get("id", "")).lower() in present]
            return update, possible, _absent(kind, given, present)

        return write_batch(object_type, 200, prepare)

    def _absent(
        kind: ObjectType, given: list[Any], present: dict[str, Record]
    ) -> list[dict[str, Any]]:
        """Records that are not there don't refuse a batch: their ids are told beside the others' results."""
        absent = [each for each in given if str(each.get("id", "")).lower() not in present]
        if trace_ids(given) is not None:
            return [
                missing(kind, [each["id"]]).entry(each["objectWriteTraceId"]) for each in absent
            ]
        ids = dict.fromkeys(str(each.get("id", "")) for each in absent)
        return [missing(kind, ids).entry()] if absent else []

    @api.route("objects", "/<object_type>/batch/upsert", "POST")
    def upsert_batch(object_type: str) -> Any:
        def prepare(connection: sqlite3.Connection, kind: ObjectType, given: list[Any]) -> Prepared:
            by = common_id_property(given)
            if by is None:
                raise validation(
                    "Invalid input JSON: Some required fields were not set: [idProperty]"
                )
            check_duplicates(given)
            present = _present(connection, kind, given, by, upsert=True)

            def upsert(writing: Writing, each: dict[str, Any]) -> dict[str, Any]:
                key, values = str(each.get("id", "")), each.get("properties") or {}
                record = present.get(key.lower())
                if record is None:
                    made = records.create(writing, {by: key, **values})
                    return {**written(kind, made), "new": True}
                if not values:
                    return {**written(kind, record, ()), "new": False}
                changed, good = records.update(writing, record, values)
                return {**written(kind, changed, good), "new": False}

            return upsert, given, []

        return write_batch(object_type, 200, prepare)

    def _present(
        connection: sqlite3.Connection,
        kind: ObjectType,
        given: list[Any],
        by: str | None,
        *,
        upsert: bool = False,
    ) -> dict[str, Record]:
        keys = [str(each.get("id", "")) for each in given]
        if by is None or (by == "hs_object_id" and not upsert):
            ids = {key: records.parse_record_id(key) for key in keys}
            found = records.find(connection, kind, [i for i in ids.values() if i is not None])
            return {key.lower(): found[i] for key, i in ids.items() if i is not None and i in found}
        records.id_property(connection, kind, by, upsert=upsert)
        by_value = records.find_by_value(connection, kind, by, keys)
        found = records.find(connection, kind, by_value.values())
        return {value: found[i] for value, i in by_value.items() if i in found}

    @api.route("objects", "/<object_type>/batch/read", "POST")
    def read_batch(object_type: str) -> Any:
        started, given = now_ms(), body()
        history = given.get("propertiesWithHistory") or []
        wanted = inputs(MOST_WITH_HISTORY if history else MOST)
        connection = store.read()
        kind = get_type(connection, object_type)
        need(kind, "read")
        by = given.get("idProperty") or None
        if flag("archived"):
            numbers = [
                n for n in (records.parse_record_id(e.get("id")) for e in wanted) if n is not None
            ]
            present = {
                str(i): r for i, r in records.find(connection, kind, numbers, archived=True).items()
            }
        else:
            present = _present(connection, kind, wanted, by)
        keys = dict.fromkeys(str(each.get("id", "")).lower() for each in wanted)
        found = {present[key].id: present[key] for key in keys if key in present}
        results = shown(
            connection, kind, list(found.values()),
            names=given.get("properties") or None, history=history, known=properties.load(connection, kind.id),
        )  # fmt: skip
        errors = _absent(kind, wanted, present)
        g.records = len(results)
        return completed(results, errors, started, 200)

    @api.route("objects", "/<object_type>/batch/archive", "POST")
    def archive_batch(object_type: str) -> Any:
        given = inputs(MOST)
        kind = get_type(store.read(), object_type)
        need(kind, "write")
        ids = [
            n for n in (records.parse_record_id(each.get("id")) for each in given) if n is not None
        ]
        with store.write() as connection:
            records.archive(records.begin(connection, kind), ids)
        return None

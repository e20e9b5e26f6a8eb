"""sObject collections: up to 200 records a call, each with its own result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.salesforce import ids, values
from simulators.salesforce.call import Answer, Call, route
from simulators.salesforce.dml import Result, Writer
from simulators.salesforce.errors import CallRefused, Problem, Refused
from simulators.salesforce.resources import wanted_fields
from simulators.salesforce.schema import ObjectType

MOST, MOST_CHUNKS, MOST_READ = 200, 10, 2000
ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
Row = dict[str, Any]


class _RollBack(Exception):
    """Leaves the transaction of a call whose rows stand or fall together."""


def _rows(call: Call) -> tuple[list[Row], bool]:
    body = call.body()
    records, together = body.get("records"), body.get("allOrNone", False)
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        raise CallRefused(400, "JSON_PARSER_ERROR", "Missing or malformed required field: records")
    _check_number(len(records))
    if not isinstance(together, bool):
        raise values.mismatch("boolean", together)
    call.records = len(records)
    return records, together


def _check_number(number: int) -> None:
    if number > MOST:
        raise CallRefused(
            400,
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {MOST} records into this call",
        )


def _type_of(call: Call, row: Row) -> ObjectType:
    attributes = row.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    found = call.org.object(name) if isinstance(name, str) else None
    if found is None or not (call.admin or found.rights["read"]):
        raise Refused(Problem("INVALID_TYPE", f"sObject type '{name}' is not supported."))
    return found


def _check_rows(call: Call, writer: Writer, rows: list[Row]) -> None:
    """Refuse the whole call for too many runs of types, or one value of the wrong JSON type."""
    chunks, last = 0, None
    for row in rows:
        try:
            one = _type_of(call, row)
        except Refused:
            continue
        if one.name != last:
            chunks, last = chunks + 1, one.name
        writer.read_types(
            one, {k: v for k, v in row.items() if k.lower() not in ("attributes", "id")}
        )
    if chunks > MOST_CHUNKS:
        raise CallRefused(
            400,
            "LIMIT_EXCEEDED",
            f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data to reduce"
            " chunking.",
        )


def _shown(result: Result, *, upsert: bool) -> Row:
    if result.problems:
        shown: Row = {"success": False, "errors": [problem.row() for problem in result.problems]}
    else:
        shown = {"id": result.id, "success": True, "errors": []}
    if upsert:
        shown["created"] = bool(result.created)
    return shown


def _write_all(
    call: Call,
    together: bool,
    work: Callable[[Writer], list[Callable[[], Result]]],
    *,
    upsert: bool = False,
) -> Answer:
    """Run one step for each row in one transaction, and answer their results in order."""
    results: list[Result] = []
    writer = None
    try:
        with call.org.store.write() as db:
            writer = call.writer(db)
            for step in work(writer):
                try:
                    results.append(step())
                except Refused as error:
                    results.append(Result(problems=error.problems))
            if together and any(result.problems for result in results):
                raise _RollBack
            if writer.locks:
                writer.count_down_locks()
    except _RollBack:
        results = [one if one.problems else Result(problems=(ROLLED_BACK,)) for one in results]
        if writer is not None and writer.locks:
            with call.org.store.write():
                writer.count_down_locks()
    return Answer(200, [_shown(one, upsert=upsert) for one in results])


@route("POST", "composite/sobjects")
def create_many(call: Call) -> Answer:
    rows, together = _rows(call)

    def work(writer: Writer) -> list[Callable[[], Result]]:
        _check_rows(call, writer, rows)
        return [lambda row=row: writer.create(_type_of(call, row), row) for row in rows]  # type: ignore[misc]

    return _write_all(call, together, work)


def _split_id(row: Row) -> tuple[Any, Row]:
    """The id of a row, whatever its case, and the row without it."""
    found = next((value for name, value in row.items() if name.lower() == "id"), None)
    return found, {name: value for name, value in row.items() if name.lower() != "id"}


@route("PATCH", "composite/sobjects")
def update_many(call: Call) -> Answer:
    rows, together = _rows(call)

    def step(writer: Writer, row: Row) -> Result:
        one = _type_of(call, row)
        record_id, rest = _split_id(row)
        if record_id is None:
            raise Refused(Problem("MISSING_ARGUMENT", "Id not specified in an update call"))
        return writer.update(one, record_id, rest, in_collection=True)

    def work(writer: Writer) -> list[Callable[[], Result]]:
        _check_rows(call, writer, rows)
        return [lambda row=row: step(writer, row) for row in rows]  # type: ignore[misc]

    return _write_all(call, together, work)


@route("PATCH", "composite/sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<key>[A-Za-z0-9_]+)")
def upsert_many(call: Call, name: str, key: str) -> Answer:
    rows, together = _rows(call)
    one = call.object(name)
    item = one.find(key)
    if item is None or not (item.external_id or item.id_lookup or item.name == "Id"):
        raise CallRefused(
            404,
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {key}",
        )

    def step(writer: Writer, row: Row) -> Result:
        if _type_of(call, row) is not one:
            raise Refused(Problem("INVALID_TYPE", f"all records must be of type {one.name}"))
        value = next(
            (found for given, found in row.items() if given.lower() == item.name.lower()), None
        )
        rest = {
            given: found
            for given, found in row.items()
            if given.lower() not in ("id", item.name.lower())
        }
        if item.name == "Id" and value is None:
            return writer.create(one, rest)
        return writer.upsert(one, item.name, value, rest, in_collection=True)

    def work(writer: Writer) -> list[Callable[[], Result]]:
        _check_rows(call, writer, rows)
        return [lambda row=row: step(writer, row) for row in rows]  # type: ignore[misc]

    return _write_all(call, together, work, upsert=True)


@route("DELETE", "composite/sobjects")
def delete_many(call: Call) -> Answer:
    given = [part.strip() for part in call.args.get("ids", "").split(",") if part.strip()]
    _check_number(len(given))
    if not given:
        raise CallRefused(400, "MISSING_ARGUMENT", "The ids parameter is required")
    call.records = len(given)

    def step(writer: Writer, record_id: str) -> Result:
        full = ids.normal(record_id)
        one = call.org.object_of(full) if full else None
        if one is None:
            raise Refused(Problem("MALFORMED_ID", f"malformed id {record_id}", ["Id"]))
        return writer.delete(one, full, in_collection=True)

    def work(writer: Writer) -> list[Callable[[], Result]]:
        return [lambda record_id=record_id: step(writer, record_id) for record_id in given]  # type: ignore[misc]

    return _write_all(call, call.args.get("allOrNone", "false").lower() == "true", work)


@route("GET POST", "composite/sobjects/(?P<name>[A-Za-z0-9_]+)")
def read_many(call: Call, name: str) -> Answer:
    one = call.object(name)
    wanted: list[Any]
    names: list[Any]
    if call.method == "GET":
        wanted = call.args.get("ids", "").split(",")
        names = call.args.get("fields", "").split(",")
    else:
        body = call.body()
        wanted, names = body.get("ids") or [], body.get("fields") or []
    wanted = [part.strip() for part in wanted if isinstance(part, str) and part.strip()]
    names = [part.strip() for part in names if isinstance(part, str) and part.strip()]
    if not wanted or not names:
        missing = "ids" if not wanted else "fields"
        raise CallRefused(400, "MISSING_ARGUMENT", f"The {missing} parameter is required")
    if len(wanted) > MOST_READ:
        raise CallRefused(
            400,
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {MOST_READ} records into this call",
        )
    fields = wanted_fields(call, one, names)
    if one.fields["Id"] not in fields:
        fields.append(one.fields["Id"])
    call.records = len(wanted)
    answers: list[Row | None] = []
    db = call.org.store.read()
    for given in wanted:
        full = ids.normal(given)
        row = (
            db.execute(f'SELECT * FROM {one.table} WHERE "Id" = ?', (full,)).fetchone()
            if full
            else None
        )
        if row is None or dict(row).get("IsDeleted"):
            answers.append(None)
        else:
            answers.append(values.record(one, dict(row), call.base, fields, everything=call.admin))
    return Answer(200, answers)

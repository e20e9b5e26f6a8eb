"""REST resources: limits, describe, single records, queries."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote

from simulators.salesforce import describe, ids, query, values
from simulators.salesforce.call import Answer, Call, route
from simulators.salesforce.dml import Result, Writer
from simulators.salesforce.errors import CallRefused, Refused, not_found
from simulators.salesforce.schema import Field, ObjectType

RESOURCES = ("composite", "limits", "query", "queryAll", "sobjects")


@route("GET", "")
def resources(call: Call) -> Answer:
    return Answer(200, {name: f"{call.base}/{name}" for name in RESOURCES})


@route("GET", "limits")
def limits(call: Call) -> Answer:
    """Org limits; the connected apps stand inside DailyApiRequests."""
    maximum = call.org.setting("daily_api_limit")
    daily: dict[str, Any] = {"Max": maximum, "Remaining": max(0, maximum - call.used)}
    for app in call.org.setting("apps").values():
        daily[app["name"]] = {"Max": 0, "Remaining": 0}
    body: dict[str, Any] = {
        "ConcurrentAsyncGetReportInstances": {"Max": 200, "Remaining": 200},
        "DailyApiRequests": daily,
        "DailyAsyncApexExecutions": {"Max": 250_000, "Remaining": 250_000},
        "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
        "DataStorageMB": {"Max": 10_240, "Remaining": 9_870},
        "FileStorageMB": {"Max": 10_240, "Remaining": 10_102},
        "SingleEmail": {"Max": 5_000, "Remaining": 5_000},
    }
    return Answer(200, body)


@route("GET", "sobjects")
def global_describe(call: Call) -> Answer:
    return Answer(200, describe.global_describe(call.org, call.base, everything=call.admin))


@route("GET", "sobjects/(?P<name>[A-Za-z0-9_]+)/describe")
def object_describe(call: Call, name: str) -> Answer:
    one = call.object(name)
    headers = {"Last-Modified": formatdate(one.changed, usegmt=True)}
    since = call.headers.get("if-modified-since")
    if since:
        try:
            if int(one.changed) <= parsedate_to_datetime(since).timestamp():
                return Answer(304, None, headers)
        except (TypeError, ValueError):
            pass
    return Answer(200, describe.describe(one, call.base, everything=call.admin), headers)


@route("GET", "sobjects/(?P<name>[A-Za-z0-9_]+)")
def object_info(call: Call, name: str) -> Answer:
    one = call.object(name)
    return Answer(
        200,
        {
            "objectDescribe": describe.summary(one, call.base, everything=call.admin),
            "recentItems": [],
        },
    )


def wanted_fields(call: Call, one: ObjectType, names: list[str]) -> list[Field]:
    """The fields of these names. Raises CallRefused for an unknown or hidden one."""
    found = []
    for name in names:
        item = one.find(name)
        if item is None or not item.visible(everything=call.admin):
            raise CallRefused(
                400,
                "INVALID_FIELD",
                f"\n{name}\n^\nERROR at Row:1:Column:1\nNo such column '{name}' on entity '{one.name}'. If you are"
                " attempting to use a custom field, be sure to append the '__c' after the custom field name. Please"
                " reference your WSDL or the describe call for the appropriate names.",
            )
        found.append(item)
    return found


def refused(error: Refused) -> Answer:
    return Answer(error.status, [problem.single() for problem in error.problems])


@route("POST", "sobjects/(?P<name>[A-Za-z0-9_]+)")
def create(call: Call, name: str) -> Answer:
    one, body = call.object(name), call.body()
    call.records = 1
    with call.org.store.write() as db:
        writer = call.writer(db)
        writer.read_types(one, body)
        try:
            result = writer.create(one, body)
        except Refused as error:
            return refused(error)
    return Answer(
        201, _success(result), {"Location": f"{call.base}/sobjects/{one.name}/{result.id}"}
    )


def _success(result: Result) -> dict[str, Any]:
    return {"id": result.id, "success": True, "errors": []}


def _stored(call: Call, one: ObjectType, record_id: str) -> dict[str, Any]:
    full = ids.normal(record_id)
    row = None
    if full is not None and full[:3] == one.key_prefix:
        found = (
            call.org.store.read()
            .execute(f'SELECT * FROM {one.table} WHERE "Id" = ?', (full,))
            .fetchone()
        )
        row = dict(found) if found is not None else None
    if row is None or row.get("IsDeleted"):
        raise not_found()
    return row


@route("GET HEAD", "sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<record_id>[A-Za-z0-9]{15,18})")
def read(call: Call, name: str, record_id: str) -> Answer:
    one = call.object(name)
    row = _stored(call, one, record_id)
    call.records = 1
    fields = None
    if call.args.get("fields"):
        names = [part.strip() for part in call.args["fields"].split(",") if part.strip()]
        fields = wanted_fields(call, one, names)
        fields += [one.fields["Id"]] if one.fields["Id"] not in fields else []
    return Answer(200, values.record(one, row, call.base, fields, everything=call.admin))


def _finish_locks(call: Call, writer: Writer) -> None:
    if writer.locks:
        writer.count_down_locks()


@route("PATCH", "sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<record_id>[^/]+)")
def update(call: Call, name: str, record_id: str) -> Answer:
    one, body = call.object(name), call.body()
    call.records = 1
    if "Id" in body or "id" in body:
        raise CallRefused(
            400, "INVALID_FIELD", "The Id field should not be specified in the sobject data."
        )
    with call.org.store.write() as db:
        writer = call.writer(db)
        writer.read_types(one, body)
        try:
            writer.update(one, unquote(record_id), body)
        except Refused as error:
            return refused(error)
        finally:
            _finish_locks(call, writer)
    return Answer(204)


@route("DELETE", "sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<record_id>[^/]+)")
def delete(call: Call, name: str, record_id: str) -> Answer:
    one = call.object(name)
    call.records = 1
    with call.org.store.write() as db:
        writer = call.writer(db)
        try:
            writer.delete(one, unquote(record_id))
        except Refused as error:
            return refused(error)
        finally:
            _finish_locks(call, writer)
    return Answer(204)


def _matches(call: Call, one: ObjectType, matches: list[str]) -> Answer:
    return Answer(300, [f"{call.base}/sobjects/{one.name}/{found}" for found in matches])


@route("PATCH POST", "sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<key>[^/]+)/(?P<value>.+)")
def upsert(call: Call, name: str, key: str, value: str) -> Answer:
    one, body = call.object(name), call.body()
    call.records = 1
    with call.org.store.write() as db:
        writer = call.writer(db)
        writer.read_types(one, body)
        try:
            result = writer.upsert(one, key, unquote(value), body)
        except Refused as error:
            return refused(error)
        finally:
            _finish_locks(call, writer)
    if result.matches:
        return _matches(call, one, result.matches)
    if not result.created and call.version < "46.0":
        return Answer(204)
    return Answer(201 if result.created else 200, {**_success(result), "created": result.created})


def _external(call: Call, one: ObjectType, key: str, value: str) -> list[str]:
    item = one.find(key)
    if item is None or not (item.external_id or item.id_lookup):
        raise CallRefused(
            404,
            "NOT_FOUND",
            f"Provided external ID field does not exist or is not accessible: {key}",
        )
    rows = call.org.store.read().execute(
        f'SELECT "Id" FROM {one.table} WHERE "{item.name}" = ? AND "IsDeleted" = 0 LIMIT 200',
        (values.read(item, unquote(value)),),
    )
    return [row["Id"] for row in rows]


@route("GET", "sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<key>[A-Za-z0-9_]+)/(?P<value>.+)")
def read_external(call: Call, name: str, key: str, value: str) -> Answer:
    one = call.object(name)
    found = _external(call, one, key, value)
    if not found:
        raise not_found()
    return read(call, name, found[0]) if len(found) == 1 else _matches(call, one, found)


@route("DELETE", "sobjects/(?P<name>[A-Za-z0-9_]+)/(?P<key>[A-Za-z0-9_]+)/(?P<value>.+)")
def delete_external(call: Call, name: str, key: str, value: str) -> Answer:
    one = call.object(name)
    found = _external(call, one, key, value)
    if not found:
        raise not_found()
    return delete(call, name, found[0]) if len(found) == 1 else _matches(call, one, found)


def page_size(call: Call) -> int:
    """The batchSize of Sforce-Query-Options, kept within what Salesforce allows: 200 to 2,000."""
    found = re.search(r"batchSize\s*=\s*(\d+)", call.headers.get("sforce-query-options", ""), re.I)
    return min(2000, max(200, int(found[1]))) if found else query.PAGE


@route("GET", "(?P<kind>query|queryAll)")
def run_query(call: Call, kind: str) -> Answer:
    if "q" not in call.args:
        raise CallRefused(400, "MALFORMED_QUERY", "SOQL statement cannot be empty or null")
    answer = query.run(
        call.org,
        call.args["q"],
        call.base,
        call.user,
        deleted=kind == "queryAll",
        size=page_size(call),
    )
    call.records = len(answer["records"])
    return Answer(200, answer)


@route("GET", "(query|queryAll)/(?P<locator>[^/]+)")
def next_page(call: Call, locator: str) -> Answer:
    answer = query.more(call.org, quote(locator, safe="-"), call.base, call.user)
    call.records = len(answer["records"])
    return Answer(200, answer)

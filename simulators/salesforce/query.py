"""Running SOQL: records, counts, pages."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from typing import Any

from simulators.salesforce import values
from simulators.salesforce.errors import CallRefused
from simulators.salesforce.org import Org
from simulators.salesforce.soql_parser import Parser, malformed
from simulators.salesforce.soql_sql import Column, Compiled, Compiler

PAGE = 2000


class Shape:
    """Turns SQL rows of one compiled query into records."""

    def __init__(self, org: Org, compiled: Compiled, base: str) -> None:
        self.compiled, self.base = compiled, base
        self.selects: list[str] = []
        # Where each wanted value stands in the SQL row.
        self.own_id = self._add(compiled.ids[()])
        self.places: list[tuple[Column, int, dict[str, int]]] = []
        for column in compiled.columns:
            place = self._add(column.sql)
            parts = {name: self._add(sql) for name, sql in column.parts}
            self.places.append((column, place, parts))
        self.related = {
            way: self._add(sql)
            for way, sql in compiled.ids.items()
            if any(tuple(step for step, _ in c.steps[: len(way)]) == way for c in compiled.columns)
        }

    def _add(self, sql: str) -> int:
        self.selects.append(sql)
        return len(self.selects) - 1

    def record(self, row: sqlite3.Row) -> dict[str, Any]:
        name = self.compiled.object.name
        shown: dict[str, Any] = {
            "attributes": {"type": name, "url": f"{self.base}/sobjects/{name}/{row[self.own_id]}"}
        }
        for column, place, parts in self.places:
            into: dict[str, Any] | None = shown
            way: tuple[str, ...] = ()
            for step, target in column.steps:
                way += (step,)
                related = row[self.related[way]]
                if related is None:
                    if into is not None:
                        into.setdefault(step, None)
                    into = None
                    break
                assert into is not None
                if into.get(step) is None:
                    into[step] = {
                        "attributes": {
                            "type": target,
                            "url": f"{self.base}/sobjects/{target}/{related}",
                        }
                    }
                into = into[step]
            if into is None:
                continue
            assert column.field is not None
            if parts:
                prefix = column.name.removesuffix("Address")
                into[column.name] = values.address(prefix, {n: row[at] for n, at in parts.items()})
            else:
                into[column.name] = values.show(column.field, row[place])
        return shown


def run(
    org: Org, soql: str, base: str, user: str, *, deleted: bool = False, size: int = PAGE
) -> dict[str, Any]:
    """The answer to a query: at most `size` records, and `nextRecordsUrl` when there are more.

    `deleted`: queryAll, the recycle bin is searched too. Raises CallRefused.
    """
    if not soql.strip():
        raise malformed("SOQL statement cannot be empty or null")
    if len(soql) > 100_000:
        raise CallRefused(
            400, "QUERY_TOO_COMPLICATED", "SOQL statement is longer than 100000 characters"
        )
    query = Parser(soql).query()
    compiled = Compiler(org, query, everything=org.is_admin(user)).compile(deleted=deleted)
    db = org.store.read()
    window = f" LIMIT {query.limit if query.limit is not None else -1} OFFSET {query.offset}"
    if query.count_only:
        inner = f"SELECT 1 {compiled.source} {compiled.where}{window}"
        total = db.execute(f"SELECT COUNT(*) FROM ({inner})", compiled.params).fetchone()[0]
        return {"totalSize": total, "done": True, "records": []}
    if query.aggregate:
        return _aggregate(db, compiled, window)
    shape = Shape(org, compiled, base)
    limit = min(size + 1, query.limit if query.limit is not None else size + 1)
    rows = db.execute(
        f"SELECT {', '.join(shape.selects)} {compiled.source} {compiled.where}{compiled.tail}"
        f" LIMIT {limit} OFFSET {query.offset}",
        compiled.params,
    ).fetchall()
    if len(rows) <= size:
        records = [shape.record(row) for row in rows]
        return {"totalSize": len(records), "done": True, "records": records}
    every = [
        row[0]
        for row in db.execute(
            f"SELECT {compiled.ids[()]} {compiled.source} {compiled.where}{compiled.tail}{window}",
            compiled.params,
        )
    ]
    locator = "01g" + secrets.token_hex(8)[:12] + "AAA"
    with org.store.write() as writing:
        writing.execute("DELETE FROM sforg_cursor WHERE made < ?", (time.time() - 900,))
        writing.execute(
            "INSERT INTO sforg_cursor VALUES (?, ?, ?, ?, ?, ?, ?)",
            (locator, user, time.time(), size, len(every), json.dumps({"soql": soql, "deleted": deleted}),
             "\n".join(every).encode()),
        )  # fmt: skip
    return {
        "totalSize": len(every),
        "done": False,
        "nextRecordsUrl": f"{base}/query/{locator}-{size}",
        "records": [shape.record(row) for row in rows[:size]],
    }


def _aggregate(db: sqlite3.Connection, compiled: Compiled, window: str) -> dict[str, Any]:
    selects = ", ".join(column.sql for column in compiled.columns)
    rows = db.execute(
        f"SELECT {selects} {compiled.source} {compiled.where}{compiled.tail}{window}",
        compiled.params,
    ).fetchall()
    records = []
    for row in rows:
        shown: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for place, column in enumerate(compiled.columns):
            shown[column.name] = (
                values.show(column.field, row[place]) if column.field else row[place]
            )
        records.append(shown)
    return {"totalSize": len(records), "done": True, "records": records}


def more(org: Org, locator: str, base: str, user: str) -> dict[str, Any]:
    """A further page, by the last part of its `nextRecordsUrl`. Raises CallRefused."""
    name, _, start_text = locator.partition("-")
    db = org.store.read()
    row = db.execute("SELECT * FROM sforg_cursor WHERE locator = ?", (name,)).fetchone()
    if row is None or row["user"] != user or not start_text.isdigit():
        raise CallRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    plan, start = json.loads(row["plan"]), int(start_text)
    wanted = bytes(row["ids"]).decode().split("\n")[start : start + row["size"]]
    query = Parser(plan["soql"]).query()
    compiled = Compiler(org, query, everything=org.is_admin(user)).compile(deleted=True)
    shape = Shape(org, compiled, base)
    # The WHERE of the first page decided; a record that changed meanwhile keeps its place.
    found = {
        one[shape.own_id]: shape.record(one)
        for one in db.execute(
            f"SELECT {', '.join(shape.selects)} {compiled.source}"
            f" WHERE {compiled.ids[()]} IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        )
    }
    end = start + len(wanted)
    answer: dict[str, Any] = {"totalSize": row["total"], "done": end >= row["total"]}
    if not answer["done"]:
        answer["nextRecordsUrl"] = f"{base}/query/{name}-{end}"
    answer["records"] = [found[one] for one in wanted if one in found]
    return answer

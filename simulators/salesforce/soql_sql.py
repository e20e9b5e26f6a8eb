"""SOQL trees to SQL over the org's tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from simulators.salesforce import ids, values
from simulators.salesforce.errors import CallRefused
from simulators.salesforce.org import Org
from simulators.salesforce.schema import NUMBERS, Field, ObjectType
from simulators.salesforce.soql_dates import day_range
from simulators.salesforce.soql_parser import Comparison, Group, Literal, Not, Query, Selected

HINT = " Please reference your WSDL or the describe call for the appropriate names."
SQL_FUNCTION = {"COUNT": "COUNT({})", "COUNT_DISTINCT": "COUNT(DISTINCT {})", "SUM": "SUM({})",
                "AVG": "AVG({})", "MIN": "MIN({})", "MAX": "MAX({})"}  # fmt: skip


def located(query: Query, at: int, code: str, message: str) -> CallRefused:
    """An error that shows its place in the query, as Salesforce does."""
    start = query.text.rfind("\n", 0, at) + 1
    row = query.text.count("\n", 0, at) + 1
    line = query.text[start:].split("\n", 1)[0]
    place = at - start
    text = f"\n{line}\n{' ' * place}^\nERROR at Row:{row}:Column:{place + 1}\n{message}"
    return CallRefused(400, code, text)


@dataclass
class Column:
    """A selected column: SQL, and where its value goes in the record (`steps` of relationships)."""

    sql: str
    name: str
    field: Field | None
    steps: tuple[tuple[str, str], ...] = ()  # (relationship name, object)
    parts: tuple[tuple[str, str], ...] = ()  # of a compound address: (column, sql)


@dataclass
class Compiled:
    """SQL without LIMIT. `source` is FROM with its joins."""

    object: ObjectType
    columns: list[Column]
    source: str
    where: str
    params: list[Any]
    tail: str
    ids: dict[tuple[str, ...], str]  # relationship path -> SQL of the related record's id


class Compiler:
    """Compiles one query for one user; `everything`: an administrator. Raises CallRefused."""

    def __init__(self, org: Org, query: Query, *, everything: bool, depth: int = 0) -> None:
        self.org, self.query, self.everything = org, query, everything
        self.root = f"t{depth}"
        self.depth = depth
        found = org.object(query.object)
        if found is None or not (everything or found.rights["read"]):
            raise located(
                query,
                query.object_at,
                "INVALID_TYPE",
                f"sObject type '{query.object}' is not supported. If you are attempting to use a custom object, be"
                f" sure to append the '__c' after the entity name.{HINT}",
            )
        self.object = found
        self.joins: dict[tuple[str, ...], tuple[str, ObjectType]] = {(): (self.root, found)}
        self.join_sql: list[str] = []
        self.params: list[Any] = []

    def resolve(self, path: str, at: int) -> tuple[str, Field, tuple[str, ...]]:
        """SQL, field and relationship path of a field path."""
        *steps, name = path.split(".")
        if steps and steps[0].lower() in (
            self.object.name.lower(),
            (self.query.alias or "").lower(),
        ):
            steps = steps[1:]
        way: tuple[str, ...] = ()
        for step in steps:
            way = self._join(way, step, at)
        alias, target = self.joins[way]
        one = target.find(name)
        if one is None or not one.visible(everything=self.everything):
            raise located(
                self.query,
                at,
                "INVALID_FIELD",
                f"No such column '{name}' on entity '{target.name}'. If you are attempting to use a custom field, be"
                f" sure to append the '__c' after the custom field name.{HINT}",
            )
        return f'{alias}."{one.name}"', one, way

    def _join(self, way: tuple[str, ...], step: str, at: int) -> tuple[str, ...]:
        alias, source = self.joins[way]
        by = source.by_relationship.get(step.lower())
        target = (
            next(
                (
                    self.org.object(name)
                    for name in reversed(by.reference_to)
                    if self.org.object(name)
                ),
                None,
            )
            if by
            else None
        )
        if by is None or target is None or not by.visible(everything=self.everything):
            raise located(
                self.query,
                at,
                "INVALID_FIELD",
                f"Didn't understand relationship '{step}' in field path. If you are attempting to use a custom"
                f" relationship, be sure to append the '__r' after the custom relationship name.{HINT}",
            )
        key = (*way, by.relationship or "")
        if key not in self.joins:
            name = f"{self.root}j{len(self.joins)}"
            self.joins[key] = (name, target)
            self.join_sql.append(
                f'LEFT JOIN {target.table} {name} ON {name}."Id" = {alias}."{by.name}"'
            )
        return key

    # -- conditions

    def condition(self, node: Any) -> str:
        if isinstance(node, Group):
            return "(" + f" {node.op} ".join(self.condition(part) for part in node.parts) + ")"
        if isinstance(node, Not):
            # A comparison with an empty field is false at Salesforce, not unknown: its negation is true.
            return f"NOT COALESCE({self.condition(node.inner)}, 0)"
        return self.comparison(node)

    def comparison(self, node: Comparison) -> str:
        sql, one, _ = self.resolve(node.path, node.at)
        if one.long_text or one.type == "address":
            raise located(
                self.query,
                node.at,
                "INVALID_FIELD",
                f"field '{one.name}' can not be filtered in a query call",
            )
        if node.op in ("IN", "NOT IN"):
            return self._in(node, sql, one)
        if node.op in ("INCLUDES", "EXCLUDES"):
            return self._includes(node, sql, one)
        literal: Literal = node.value
        if literal.kind == "word":
            return self._range(node, sql, one, literal.value)
        value = self.value(node, one, literal)
        if value is None:
            if node.op not in ("=", "!="):
                return "0"
            return f"{sql} IS {'NOT ' if node.op == '!=' else ''}NULL"
        if node.op == "LIKE":
            self.params.append(value)
            return f"{sql} LIKE ? ESCAPE '\\'"
        self.params.append(value)
        return f"{sql} {'IS NOT' if node.op == '!=' else node.op} ?"

    def value(self, node: Comparison, one: Field, literal: Literal) -> Any:
        """A literal in the field's stored form."""
        kind, value = literal.kind, literal.value
        if kind == "null" or (kind == "string" and value == "" and one.type not in NUMBERS):
            return None
        if one.type in NUMBERS and kind == "number":
            return value
        if one.type == "boolean" and kind == "bool":
            return value
        if one.type == "date" and kind == "date":
            if (stored := values.day(value)) is not None:
                return stored
        elif one.type == "datetime" and kind == "datetime":
            if (stored := _moment(value)) is not None:
                return stored
        elif one.type in ("id", "reference") and kind == "string":
            if node.op == "LIKE":
                return value
            full = ids.normal(value)
            if full is None:
                raise located(
                    self.query,
                    node.at,
                    "INVALID_QUERY_FILTER_OPERATOR",
                    f"invalid ID field: {value}",
                )
            return full
        elif kind == "string" and one.type not in NUMBERS | {"boolean", "date", "datetime"}:
            return value
        quotes = "" if kind != "string" else " and should not be enclosed in quotes"
        wanted = {"boolean": "boolean", "datetime": "dateTime"}.get(one.type, one.type)
        if one.type not in NUMBERS | {"boolean", "date", "datetime"}:
            wanted, quotes = "string", " and should be enclosed in quotes"
        raise located(
            self.query,
            node.at,
            "INVALID_FIELD",
            f"value of filter criterion for field '{one.name}' must be of type {wanted}{quotes}",
        )

    def _in(self, node: Comparison, sql: str, one: Field) -> str:
        negative = node.op == "NOT IN"
        if isinstance(node.value, Query):
            inner = Compiler(self.org, node.value, everything=self.everything, depth=self.depth + 1)
            compiled = inner.compile()
            self.params += compiled.params
            found = f"SELECT {compiled.columns[0].sql} {compiled.source} {compiled.where}"
            return (
                f"({sql} NOT IN ({found}) OR {sql} IS NULL)" if negative else f"{sql} IN ({found})"
            )
        several = [self.value(node, one, literal) for literal in node.value]
        given = [value for value in several if value is not None]
        has_null = len(given) < len(several)
        self.params.append(json.dumps(given))
        listed = "(SELECT value FROM json_each(?))"
        if negative:
            test = f"({sql} NOT IN {listed} OR {sql} IS NULL)"
            return f"({test} AND {sql} IS NOT NULL)" if has_null else test
        return f"({sql} IN {listed} OR {sql} IS NULL)" if has_null else f"{sql} IN {listed}"

    def _includes(self, node: Comparison, sql: str, one: Field) -> str:
        if one.type != "multipicklist":
            raise located(
                self.query, node.at, "INVALID_FIELD", f"invalid operator on {one.name}: {node.op}"
            )
        choices = []
        for literal in node.value:
            every = []
            for part in str(literal.value).split(";"):
                self.params.append(f";{part};")
                every.append(f"INSTR(';' || {sql} || ';', ?) > 0")
            choices.append("(" + " AND ".join(every) + ")")
        test = "(" + " OR ".join(choices) + ")"
        return f"({sql} IS NULL OR NOT {test})" if node.op == "EXCLUDES" else f"COALESCE({test}, 0)"

    def _range(self, node: Comparison, sql: str, one: Field, word: str) -> str:
        days = day_range(word)
        if days is None:
            if one.type in ("date", "datetime"):
                raise CallRefused(400, "MALFORMED_QUERY", f"unexpected token: '{word}'")
            raise self.query_word(node, one, word)
        if one.type not in ("date", "datetime"):
            raise self.query_word(node, one, word)
        first, after = (
            d.isoformat() + ("T00:00:00.000+0000" if one.type == "datetime" else "") for d in days
        )
        bounds: dict[str, tuple[str, list[str]]] = {
            "=": (f"({sql} >= ? AND {sql} < ?)", [first, after]),
            "!=": (f"({sql} IS NULL OR {sql} < ? OR {sql} >= ?)", [first, after]),
            "<": (f"{sql} < ?", [first]),
            ">": (f"{sql} >= ?", [after]),
            "<=": (f"{sql} < ?", [after]),
            ">=": (f"{sql} >= ?", [first]),
        }
        if node.op not in bounds:
            raise self.query_word(node, one, word)
        test, params = bounds[node.op]
        self.params += params
        return test

    def query_word(self, node: Comparison, one: Field, word: str) -> CallRefused:
        if one.type in NUMBERS | {"boolean", "date", "datetime"}:
            text = f"value of filter criterion for field '{one.name}' must be of type {one.type}"
            return located(self.query, node.at, "INVALID_FIELD", text)
        return CallRefused(400, "MALFORMED_QUERY", f"unexpected token: '{word}'")

    # -- the whole

    def columns(self) -> list[Column]:
        found: list[Column] = []
        unnamed = 0
        for one in self.query.selected:
            if one.function and one.function.startswith("FIELDS_"):
                found += self._all_fields(one)
                continue
            if one.function:
                sql = "*" if not one.path else self.resolve(one.path, one.at)[0]
                name = one.alias or f"expr{unnamed}"
                unnamed += one.alias is None
                target = self.resolve(one.path, one.at)[1] if one.path else None
                kept = target if one.function in ("MIN", "MAX") else None
                found.append(Column(SQL_FUNCTION[one.function].format(sql), name, kept))
                continue
            found.append(self._column(one))
        return found

    def _column(self, one: Selected) -> Column:
        sql, field_, way = self.resolve(one.path, one.at)
        alias, _ = self.joins[way]
        steps = tuple((way[i], self.joins[way[: i + 1]][1].name) for i in range(len(way)))
        column = Column(sql, field_.name, field_, steps)
        if field_.type == "address":
            prefix = field_.name.removesuffix("Address")
            names = (
                "City",
                "Country",
                "GeocodeAccuracy",
                "Latitude",
                "Longitude",
                "PostalCode",
                "State",
                "Street",
            )
            column.sql = "NULL"
            column.parts = tuple((prefix + name, f'{alias}."{prefix + name}"') for name in names)
        elif field_.name == "PhotoUrl":
            column.sql = f"'/services/images/photo/' || {alias}.\"Id\""
        return column

    def _all_fields(self, one: Selected) -> list[Column]:
        if self.query.limit is None or self.query.limit > 200:
            raise CallRefused(
                400, "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"
            )
        wanted = {"FIELDS_STANDARD": (False,), "FIELDS_CUSTOM": (True,)}.get(
            one.function or "", (True, False)
        )
        return [
            self._column(Selected(each.name, one.at))
            for each in self.object.fields.values()
            if each.custom in wanted and each.visible(everything=self.everything)
        ]

    def compile(self, *, deleted: bool = False) -> Compiled:
        """The SQL. `deleted`: the recycle bin is searched too."""
        query = self.query
        columns = self.columns() if not query.count_only else []
        tests = []
        if query.where is not None:
            tests.append(self.condition(query.where))
        if "IsDeleted" in self.object.fields and not (deleted or query.all_rows):
            tests.append(f'{self.root}."IsDeleted" = 0')
        tail = ""
        if query.group_by:
            tail += " GROUP BY " + ", ".join(
                self.resolve(one.path, one.at)[0] for one in query.group_by
            )
        if query.order:
            tail += " ORDER BY " + ", ".join(self._order(*one) for one in query.order)
        if query.offset > 2000:
            raise CallRefused(
                400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"
            )
        source = f"FROM {self.object.table} {self.root} " + " ".join(self.join_sql)
        where = "WHERE " + " AND ".join(tests) if tests else ""
        related = {way: f'{alias}."Id"' for way, (alias, _) in self.joins.items()}
        return Compiled(self.object, columns, source, where, self.params, tail, related)

    def _order(self, one: Selected, descending: bool, nulls_first: bool | None) -> str:
        if one.function:
            sql = SQL_FUNCTION[one.function].format(
                self.resolve(one.path, one.at)[0] if one.path else "*"
            )
        else:
            sql, field_, _ = self.resolve(one.path, one.at)
            if field_.long_text or field_.type == "address":
                raise located(
                    self.query,
                    one.at,
                    "INVALID_FIELD",
                    f"field '{field_.name}' can not be sorted in a query call",
                )
        first = True if nulls_first is None else nulls_first
        # SQLite's own order of nulls (first when ascending) lets an index serve the usual case.
        if first != (not descending):
            return f"{sql} {'DESC' if descending else 'ASC'} NULLS {'FIRST' if first else 'LAST'}"
        return f"{sql} {'DESC' if descending else 'ASC'}"


def _moment(text: str) -> str | None:
    """A datetime literal with its milliseconds: it must compare with stamps that have them."""
    from datetime import UTC, datetime

    from simulators.salesforce.org import stamp

    found = values.DATETIME.fullmatch(text)
    if not found:
        return None
    offset = (found[4] or "Z").replace("Z", "+00:00")
    if ":" not in offset:
        offset = offset[:3] + ":" + offset[3:]
    clock = found[2] if found[2].count(":") == 2 else found[2] + ":00"
    fraction = (found[3] or ".0")[:7].ljust(7, "0")
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{clock}{fraction}{offset}")
    except ValueError:
        return None
    seconds = moment.astimezone(UTC)
    return stamp(int(seconds.timestamp()))[:20] + f"{seconds.microsecond // 1000:03d}+0000"

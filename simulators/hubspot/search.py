"""Search: HubSpot's filters as SQL over the stored properties.

Unlike HubSpot's index, which lags writes by some seconds, a record is found at once after its write.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from simulators.hubspot.errors import HubSpotError, validation
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.properties import Definition
from simulators.hubspot.records import INDEXED
from simulators.hubspot.times import day_of, iso, parse_moment

CEILING = 10_000
MOST_GROUPS, MOST_FILTERS, MOST_FILTERS_IN_ALL, MOST_PER_PAGE = 5, 6, 18, 200
COMPARE = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
OPERATORS = {*COMPARE, "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN",
             "NOT_CONTAINS_TOKEN"}  # fmt: skip


def contains_token(value: str | None, pattern: str) -> bool:
    """Whether all tokens of a pattern (`*` stands for any characters) are among a value's tokens."""
    if not value:
        return False
    text = value.lower()
    tokens = [text, *re.split(r"[^\w]+", text), *re.split(r"[\s,;@]+", text)]
    return all(
        any(re.fullmatch(".*".join(map(re.escape, wanted.split("*"))), token) for token in tokens)
        for wanted in pattern.lower().split()
    )


class Search:
    """One search: builds the WHERE clause, then counts and pages."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        object_type: ObjectType,
        definitions: dict[str, Definition],
    ) -> None:
        self.connection, self.object_type, self.definitions = connection, object_type, definitions
        self.arguments: list[Any] = []
        connection.create_function("hs_contains_token", 2, contains_token, deterministic=True)

    def run(self, body: dict[str, Any]) -> tuple[int, list[int], int | None]:
        """Total, ids of the page, and the offset of the next page. Raises 400 for what HubSpot refuses."""
        limit = _whole(body.get("limit") or 10, "limit")
        offset = _whole(body.get("after") or 0, "after")
        if not 0 < limit <= MOST_PER_PAGE:
            raise validation(
                f"Invalid value for limit: {limit}. It must be between 1 and {MOST_PER_PAGE}."
            )
        if offset + limit > CEILING and offset:
            raise HubSpotError(400, "VALIDATION_ERROR", "There was a problem with the request.")
        where = self._groups(body.get("filterGroups") or [])
        if body.get("query"):
            where = f"({where}) AND {self._query(str(body['query']))}"
        base = f"FROM hs_record r WHERE r.type_id = ? AND r.archived = 0 AND ({where})"
        arguments = [self.object_type.id, *self.arguments]
        total = self.connection.execute(f"SELECT COUNT(*) {base}", arguments).fetchone()[0]
        rows = self.connection.execute(
            f"SELECT r.id {base} ORDER BY {self._order(body.get('sorts') or [])} LIMIT ? OFFSET ?",
            [*arguments, limit, offset],
        ).fetchall()
        more = offset + len(rows)
        return total, [row[0] for row in rows], more if more < total else None

    def _column(self, name: str) -> str:
        if name == self.object_type.modified_name:
            return "r.modified"
        if name == self.object_type.created_name:
            return "r.created"
        if name == "hs_object_id":
            return "r.id"
        # Names were checked against the definitions: letters, digits and underscores only.
        return f"NULLIF(json_extract(r.properties, '$.{name}'), '')"

    def _is_number(self, name: str) -> bool:
        return self._column(name).startswith("r.") or self.definitions[name]["type"] == "number"

    def _groups(self, groups: Any) -> str:
        if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
            raise validation("Invalid input JSON: filterGroups must be a list of objects")
        lists = [group.get("filters") or [] for group in groups]
        if len(groups) > MOST_GROUPS:
            raise validation(f"Too many filterGroups: {len(groups)}. The maximum is {MOST_GROUPS}.")
        if (
            any(len(each) > MOST_FILTERS for each in lists)
            or sum(map(len, lists)) > MOST_FILTERS_IN_ALL
        ):
            raise validation(
                f"Too many filters: the maximum is {MOST_FILTERS} in a group and {MOST_FILTERS_IN_ALL} in all."
            )
        parts = [
            " AND ".join(f"({self._filter(each)})" for each in filters)
            for filters in lists
            if filters
        ]
        return " OR ".join(f"({part})" for part in parts) or "1"

    def _filter(self, each: Any) -> str:
        if not isinstance(each, dict):
            raise validation("Invalid input JSON: a filter must be an object")
        name, operator = each.get("propertyName"), each.get("operator")
        if operator not in OPERATORS:
            raise validation(
                f'Invalid input JSON: Cannot deserialize value of type `FilterOperator` from String "{operator}":'
                f" not one of the values accepted: [{', '.join(sorted(OPERATORS))}]"
            )
        if isinstance(name, str) and name.startswith("associations."):
            return self._associated(name.removeprefix("associations."), operator, each)
        if name not in self.definitions:
            raise validation(
                f'Property "{name}" does not exist', context={"propertyName": [str(name)]}
            )
        column = self._column(name)
        if operator == "HAS_PROPERTY":
            return f"{column} IS NOT NULL"
        if operator == "NOT_HAS_PROPERTY":
            return f"{column} IS NULL"
        if operator in ("IN", "NOT_IN"):
            return self._among(name, operator, _values(each))
        if operator == "BETWEEN":
            low, high = (
                self._operand(name, each.get("value")),
                self._operand(name, each.get("highValue")),
            )
            self.arguments += [low, high]
            return f"{self._comparable(name)} BETWEEN ? AND ?"
        if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
            self.arguments.append(str(_value(each)))
            test = f"hs_contains_token({column}, ?)"
            return test if operator == "CONTAINS_TOKEN" else f"NOT {test}"
        if operator == "EQ" and self._indexed(name):
            return self._among(name, "IN", [_value(each)])
        self.arguments.append(self._operand(name, _value(each)))
        return f"{self._comparable(name)} {COMPARE[operator]} ?"

    def _indexed(self, name: str) -> bool:
        return name in INDEXED or bool(self.definitions[name]["hasUniqueValue"])

    def _comparable(self, name: str) -> str:
        column = self._column(name)
        if column.startswith("r."):
            return column
        return f"CAST({column} AS REAL)" if self._is_number(name) else f"lower({column})"

    def _among(self, name: str, operator: str, values: list[Any]) -> str:
        operands = [self._operand(name, value) for value in values]
        marks = ",".join("?" * len(operands))
        self.arguments += operands
        if operator == "IN" and self._indexed(name):
            # A subquery on the value index: a lookup of 100 among 20,000 takes a millisecond, a scan 100.
            return (
                f"r.id IN (SELECT record_id FROM hs_value WHERE type_id = '{self.object_type.id}'"
                f" AND name = '{name}' AND value IN ({marks}))"
            )
        return f"{self._comparable(name)} {'NOT ' if operator == 'NOT_IN' else ''}IN ({marks})"

    def _operand(self, name: str, value: Any) -> Any:
        """A filter's value in the form in which the property is compared."""
        text = (
            ""
            if value is None
            else ("true" if value else "false")
            if isinstance(value, bool)
            else str(value)
        )
        kind = self.definitions[name]["type"]
        if kind in ("datetime", "date"):
            moment = parse_moment(text)
            if moment is None:
                raise validation(f"{text} was not a valid long.", context={"propertyName": [name]})
            if self._column(name).startswith("r."):
                return moment
            return day_of(moment) if kind == "date" else iso(moment).lower()
        if kind == "number":
            try:
                return float(text) if not self._column(name).startswith("r.") else int(text)
            except ValueError:
                raise validation(
                    f"{text} was not a valid number.", context={"propertyName": [name]}
                ) from None
        return text.lower()

    def _associated(self, type_name: str, operator: str, each: dict[str, Any]) -> str:
        to_type = get_type(self.connection, type_name)
        values = _values(each) if operator == "IN" else [_value(each)] if operator == "EQ" else None
        if values is None:
            raise validation(f"Operator {operator} is not supported for associations")
        self.arguments += [to_type.id, *(str(value) for value in values)]
        marks = ",".join("CAST(? AS INTEGER)" for _ in values)
        return (
            "EXISTS (SELECT 1 FROM hs_association a WHERE a.from_id = r.id AND a.to_type = ?"
            f" AND a.to_id IN ({marks}))"
        )

    def _query(self, text: str) -> str:
        names = [n for n in self.object_type.body["searchableProperties"] if n in self.definitions]
        tests = []
        for word in text.lower().split()[:10]:
            tests.append(
                "(" + " OR ".join(f"instr(lower({self._column(n)}), ?)" for n in names) + ")"
            )
            self.arguments += [word] * len(names)
        return " AND ".join(tests) if names and tests else "1"

    def _order(self, sorts: Any) -> str:
        if not isinstance(sorts, list) or len(sorts) > 1:
            raise validation("Only one sort is supported.")
        if not sorts:
            return "r.id"
        first = sorts[0]
        name = first.lstrip("-") if isinstance(first, str) else str(first.get("propertyName"))
        down = (
            first.startswith("-")
            if isinstance(first, str)
            else first.get("direction") == "DESCENDING"
        )
        if name not in self.definitions:
            raise validation(f'Property "{name}" does not exist', context={"propertyName": [name]})
        way = "DESC" if down else "ASC"
        return f"{self._comparable(name)} {way} NULLS LAST, r.id {way}"


def _whole(raw: Any, name: str) -> int:
    if isinstance(raw, bool) or not str(raw).isdigit():
        raise validation(f"Invalid value for {name}: {raw}")
    return int(raw)


def _value(each: dict[str, Any]) -> Any:
    if each.get("value") is None:
        raise validation(
            f"operator {each['operator']} requires a value", context={"filter": [str(each)]}
        )
    return each["value"]


def _values(each: dict[str, Any]) -> list[Any]:
    values = each.get("values")
    if not isinstance(values, list) or not values:
        raise validation(
            f"operator {each['operator']} requires values", context={"filter": [str(each)]}
        )
    return values

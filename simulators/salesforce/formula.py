"""Evaluating formulas on a record that is being saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from simulators.salesforce.formula_parser import BadFormula, Node, Parser
from simulators.salesforce.org import Org
from simulators.salesforce.schema import NUMBERS, Field, ObjectType
from simulators.salesforce.values import show

Row = dict[str, Any]


@lru_cache(maxsize=512)
def parse(text: str) -> Node:
    """The tree of a formula. Raises BadFormula."""
    return Parser(text).parse()


@dataclass
class Record:
    """What a formula sees: the record as it would be saved, as it was (None: it is new), and its user."""

    org: Org
    object: ObjectType
    new: Row
    old: Row | None
    user: str

    def field(self, path: str, *, before: bool = False) -> tuple[Any, Field | None]:
        """Value and field of a path. Raises BadFormula when there is no such field."""
        if path.startswith("$User."):
            found = self.org.object("User")
            assert found is not None
            return self._follow(found, self.user, path[6:].split("."))
        if path.lower() == "$profile.name":
            return ("System Administrator" if self.org.is_admin(self.user) else "Integration"), None
        name, *rest = path.split(".")
        row = self.old if before and self.old is not None else self.new
        if rest:
            by = self.object.by_relationship.get(name.lower())
            if by is None:
                raise BadFormula(f"Field {path} does not exist. Check spelling.")
            target = next((o for o in map(self.org.object, by.reference_to) if o), None)
            return self._follow(target, row.get(by.name), rest)
        one = self.object.find(name)
        if one is None:
            raise BadFormula(f"Field {path} does not exist. Check spelling.")
        return typed(one, row.get(one.name)), one

    def _follow(
        self, target: ObjectType | None, record: Any, rest: list[str]
    ) -> tuple[Any, Field | None]:
        row: Row = {}
        if target is not None and record:
            found = (
                self.org.store.read()
                .execute(f'SELECT * FROM {target.table} WHERE "Id" = ?', (record,))
                .fetchone()
            )
            row = dict(found) if found is not None else {}
        if target is None:
            raise BadFormula(f"Field {'.'.join(rest)} does not exist. Check spelling.")
        return Record(self.org, target, row, None, self.user).field(".".join(rest))


def typed(one: Field, stored: Any) -> Any:
    """A stored value as formulas calculate with it."""
    if one.type == "boolean":
        return bool(stored)
    if stored is None:
        return None
    stored = show(one, stored)
    if stored is None:
        return None
    if one.type == "date":
        return date.fromisoformat(stored)
    if one.type == "datetime":
        return datetime.strptime(stored, "%Y-%m-%dT%H:%M:%S.%f%z")
    return float(stored) if one.type in NUMBERS else stored


def text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def number(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadFormula(f"{value!r} is not a number") from None


def blank(value: Any) -> bool:
    return value is None or value == ""


def _regex(value: Any, pattern: Any) -> bool:
    try:
        return re.fullmatch(text(pattern), text(value)) is not None
    except re.error as error:
        raise BadFormula(f"Invalid regular expression: {error}") from error


def _value(value: Any) -> float | None:
    return number(text(value).strip())


PLAIN: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "ISBLANK": (1, 1, blank),
    "ISNULL": (1, 1, blank),
    "TEXT": (1, 1, text),
    "LEN": (1, 1, lambda a: float(len(text(a)))),
    "CONTAINS": (2, 2, lambda a, b: text(b) in text(a)),
    "BEGINS": (2, 2, lambda a, b: text(a).startswith(text(b))),
    "REGEX": (2, 2, _regex),
    "UPPER": (1, 1, lambda a: text(a).upper()),
    "LOWER": (1, 1, lambda a: text(a).lower()),
    "TRIM": (1, 1, lambda a: text(a).strip()),
    "LEFT": (2, 2, lambda a, n: text(a)[: int(n or 0)]),
    "RIGHT": (2, 2, lambda a, n: text(a)[-int(n) :] if n else ""),
    "MID": (3, 3, lambda a, s, n: text(a)[int(s) - 1 : int(s) - 1 + int(n)]),
    "FIND": (2, 2, lambda a, b: float(text(b).find(text(a)) + 1)),
    "SUBSTITUTE": (3, 3, lambda a, b, c: text(a).replace(text(b), text(c))),
    "VALUE": (1, 1, _value),
    "ABS": (1, 1, lambda a: abs(number(a) or 0.0)),
    "MOD": (2, 2, lambda a, b: (number(a) or 0.0) % (number(b) or 1.0)),
    "ROUND": (2, 2, lambda a, n: round(number(a) or 0.0, int(n or 0))),
    "MIN": (1, 30, lambda *a: min(number(x) or 0.0 for x in a)),
    "MAX": (1, 30, lambda *a: max(number(x) or 0.0 for x in a)),
    "DATE": (3, 3, lambda y, m, d: date(int(y), int(m), int(d))),
    "YEAR": (1, 1, lambda a: float(a.year) if a else None),
    "MONTH": (1, 1, lambda a: float(a.month) if a else None),
    "DAY": (1, 1, lambda a: float(a.day) if a else None),
    "DATEVALUE": (
        1,
        1,
        lambda a: (
            a.date()
            if isinstance(a, datetime)
            else a
            if a is None or isinstance(a, date)
            else date.fromisoformat(a)
        ),
    ),
    "BLANKVALUE": (2, 2, lambda a, b: b if blank(a) else a),
    "NULLVALUE": (2, 2, lambda a, b: b if blank(a) else a),
    "INCLUDES": (2, 2, lambda a, b: text(b) in text(a).split(";")),
    "TODAY": (0, 0, lambda: datetime.now(UTC).date()),
    "NOW": (0, 0, lambda: datetime.now(UTC)),
}
ON_FIELDS = {"ISCHANGED": 1, "PRIORVALUE": 1, "ISPICKVAL": 2}
LAZY = {"AND", "OR", "NOT", "IF", "ISNEW", "CASE"}
FUNCTIONS = sorted({*PLAIN, *ON_FIELDS, *LAZY})


def evaluate(node: Node, record: Record) -> Any:
    """The value of a formula on a record. Raises BadFormula."""
    kind = node[0]
    if kind == "value":
        return node[1]
    if kind == "field":
        return record.field(node[1])[0]
    if kind == "not":
        return not evaluate(node[1], record)
    if kind == "minus":
        return -(number(evaluate(node[1], record)) or 0.0)
    if kind == "op":
        return _operate(node, record)
    return _call(node[1], node[2], record)


def _operate(node: Node, record: Record) -> Any:
    op = node[1]
    left = evaluate(node[2], record)
    if op == "&&":
        return bool(left) and bool(evaluate(node[3], record))
    if op == "||":
        return bool(left) or bool(evaluate(node[3], record))
    right = evaluate(node[3], record)
    if op in ("=", "!="):
        if blank(left) or blank(right):
            same = blank(left) and blank(right)
        elif isinstance(left, float | int) and isinstance(right, float | int):
            same = float(left) == float(right)
        else:
            same = left == right
        return same if op == "=" else not same
    if op == "&" or (op == "+" and isinstance(left, str) and isinstance(right, str)):
        return text(left) + text(right)
    if blank(left) or blank(right):
        return False if op in ("<", ">", "<=", ">=") else None
    if isinstance(left, date) and op in ("+", "-"):
        if isinstance(right, date):
            return (left - right) / timedelta(days=1)
        return left + timedelta(days=float(right)) * (1 if op == "+" else -1)
    try:
        if op == "<":
            return left < right
        if op == ">":
            return left > right
        if op == "<=":
            return left <= right
        if op == ">=":
            return left >= right
    except TypeError:
        raise BadFormula(f"Incorrect parameter type for operator '{op}'") from None
    a, b = number(left) or 0.0, number(right) or 0.0
    if op == "/" and b == 0:
        raise BadFormula("Division by zero")
    return {"+": a + b, "-": a - b, "*": a * b}[op] if op != "/" else a / b


def _call(name: str, args: list[Node], record: Record) -> Any:
    if name == "AND":
        return all(evaluate(one, record) for one in args)
    if name == "OR":
        return any(evaluate(one, record) for one in args)
    if name == "NOT":
        return not evaluate(args[0], record)
    if name == "ISNEW":
        return record.old is None
    if name == "IF":
        return evaluate(args[1] if evaluate(args[0], record) else args[2], record)
    if name == "CASE":
        wanted = evaluate(args[0], record)
        for case, result in zip(args[1:-1:2], args[2::2], strict=False):
            if text(evaluate(case, record)) == text(wanted):
                return evaluate(result, record)
        return evaluate(args[-1], record)
    if name in ON_FIELDS:
        value, _ = record.field(args[0][1])
        if name == "ISPICKVAL":
            return text(value) == text(evaluate(args[1], record))
        before = record.field(args[0][1], before=True)[0]
        return before if name == "PRIORVALUE" else record.old is not None and before != value
    return PLAIN[name][2](*(evaluate(one, record) for one in args))


def check(formula: str, org: Org, object_type: ObjectType) -> None:
    """Raise BadFormula when a formula does not parse, names no field, or calls no function of ours."""
    _check(parse(formula), Record(org, object_type, {}, None, ""))


def _check(node: Node, record: Record) -> None:
    if node[0] == "field":
        record.field(node[1])
    elif node[0] in ("not", "minus"):
        _check(node[1], record)
    elif node[0] == "op":
        _check(node[2], record)
        _check(node[3], record)
    elif node[0] == "call":
        _check_call(node[1], node[2])
        for one in node[2]:
            _check(one, record)


def _check_call(name: str, args: list[Node]) -> None:
    if name not in FUNCTIONS:
        raise BadFormula(f"Unknown function {name}. Check spelling.")
    number_of = len(args)
    if name in PLAIN:
        low, high, _ = PLAIN[name]
    elif name in ON_FIELDS:
        low = high = ON_FIELDS[name]
        if not args or args[0][0] != "field":
            raise BadFormula(f"{name} needs a field")
    else:
        low, high = {"NOT": (1, 1), "ISNEW": (0, 0), "IF": (3, 3), "CASE": (4, 99)}.get(
            name, (1, 99)
        )
    if not low <= number_of <= high:
        raise BadFormula(f"Incorrect number of parameters for function '{name}()'")

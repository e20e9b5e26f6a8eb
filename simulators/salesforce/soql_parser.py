"""SOQL text to a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from simulators.salesforce.errors import CallRefused

TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?::\d+)?)
  | (?P<op><=|>=|!=|<>|=|<|>|\(|\)|,)
)""",
    re.X,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
FUNCTIONS = {"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"}
CLAUSES = {
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FOR",
    "ALL",
    "WITH",
    "USING",
}
COMPARE = {"=", "!=", "<>", "<", ">", "<=", ">="}


def malformed(message: str) -> CallRefused:
    return CallRefused(400, "MALFORMED_QUERY", message)


@dataclass(frozen=True)
class Literal:
    """kind: string, number, date, datetime, bool, null or word (TODAY, LAST_N_DAYS:7)."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Comparison:
    path: str
    op: str
    value: Any  # Literal, a list of them, or a Query
    at: int


@dataclass(frozen=True)
class Not:
    inner: Any


@dataclass(frozen=True)
class Group:
    op: str  # AND or OR
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Selected:
    """A path, or a function of one."""

    path: str
    at: int
    function: str | None = None
    alias: str | None = None


@dataclass
class Query:
    text: str
    selected: list[Selected] = field(default_factory=list)
    object: str = ""
    object_at: int = 0
    alias: str | None = None
    where: Any = None
    group_by: list[Selected] = field(default_factory=list)
    order: list[tuple[Selected, bool, bool | None]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
    all_rows: bool = False

    @property
    def count_only(self) -> bool:
        return (
            len(self.selected) == 1
            and self.selected[0].function == "COUNT"
            and not self.selected[0].path
        )

    @property
    def aggregate(self) -> bool:
        return bool(self.group_by) or any(
            one.function and not one.function.startswith("FIELDS") for one in self.selected
        )


class Parser:
    """Recursive descent. Raises CallRefused with MALFORMED_QUERY."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        end = len(text.rstrip())
        while at < end:
            found = TOKEN.match(text, at)
            if not found or found.end() == at:
                wrong = text[at:].lstrip()[:1]
                raise malformed(f"line 1:{at} no viable alternative at character '{wrong}'")
            kind = found.lastgroup or ""
            self.tokens.append((kind, found[kind], found.start(kind)))
            at = found.end()
        self.at = 0

    def peek(self) -> tuple[str, str, int]:
        return (
            self.tokens[self.at] if self.at < len(self.tokens) else ("end", "<EOF>", len(self.text))
        )

    def take(self) -> tuple[str, str, int]:
        token = self.peek()
        self.at += 1
        return token

    def word(self, *words: str) -> bool:
        """Take the next words if they are these."""
        for ahead, expected in enumerate(words):
            index = self.at + ahead
            if index >= len(self.tokens) or self.tokens[index][1].upper() != expected:
                return False
        self.at += len(words)
        return True

    def need(self, expected: str) -> None:
        kind, found, _ = self.take()
        if found.upper() != expected or kind == "string":
            raise self.unexpected(found)

    def unexpected(self, found: str) -> CallRefused:
        return malformed(f"unexpected token: '{found}'")

    def query(self, *, inner: bool = False) -> Query:
        query = Query(self.text)
        self.need("SELECT")
        while True:
            query.selected.append(self.selection())
            if not self.word(","):
                break
        self.need("FROM")
        kind, query.object, query.object_at = self.take()
        if kind != "name":
            raise self.unexpected(query.object)
        kind, text, _ = self.peek()
        if kind == "name" and text.upper() not in CLAUSES:
            query.alias = self.take()[1]
        if self.word("WHERE"):
            query.where = self.condition()
        if self.word("GROUP", "BY"):
            while True:
                query.group_by.append(self.selection())
                if not self.word(","):
                    break
        if self.word("ORDER", "BY"):
            while True:
                query.order.append(self.ordering())
                if not self.word(","):
                    break
        if self.word("LIMIT"):
            query.limit = self.number()
        if self.word("OFFSET"):
            query.offset = self.number()
        while (
            self.word("FOR", "VIEW") or self.word("FOR", "REFERENCE") or self.word("FOR", "UPDATE")
        ):
            pass
        query.all_rows = self.word("ALL", "ROWS")
        if not inner and self.peek()[0] != "end":
            raise self.unexpected(self.peek()[1])
        return query

    def number(self) -> int:
        kind, text, _ = self.take()
        if kind != "number" or not text.isdigit():
            raise self.unexpected(text)
        return int(text)

    def selection(self) -> Selected:
        kind, text, at = self.take()
        if kind != "name" or text.upper() in ("FROM", "SELECT"):
            raise self.unexpected(text)
        chosen = Selected(text, at)
        if self.word("("):
            name = text.upper()
            if name == "FIELDS":
                which = self.take()[1].upper()
                if which not in ("ALL", "STANDARD", "CUSTOM"):
                    raise self.unexpected(which)
                self.need(")")
                return Selected("", at, "FIELDS_" + which)
            if name not in FUNCTIONS:
                raise malformed(f"unexpected token: '{text}'")
            path = ""
            if not self.word(")"):
                path = self.take()[1]
                self.need(")")
            elif name != "COUNT":
                raise self.unexpected(")")
            chosen = Selected(path, at, name)
        kind, text, _ = self.peek()
        if (
            kind == "name"
            and text.upper() not in CLAUSES | {"ASC", "DESC", "NULLS"}
            and chosen.function
        ):
            chosen = Selected(chosen.path, chosen.at, chosen.function, self.take()[1])
        return chosen

    def ordering(self) -> tuple[Selected, bool, bool | None]:
        chosen = self.selection()
        descending = self.word("DESC")
        if not descending:
            self.word("ASC")
        nulls_first = None
        if self.word("NULLS", "FIRST"):
            nulls_first = True
        elif self.word("NULLS", "LAST"):
            nulls_first = False
        return chosen, descending, nulls_first

    def condition(self) -> Any:
        parts = [self.term()]
        op = ""
        while True:
            kind, text, _ = self.peek()
            word = text.upper()
            if kind != "name" or word not in ("AND", "OR"):
                break
            if op and word != op:
                # Without parentheses Salesforce does not say which binds first, and refuses.
                raise self.unexpected(text)
            op = word
            self.take()
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Group(op, tuple(parts))

    def term(self) -> Any:
        if self.word("NOT"):
            return Not(self.term())
        if self.word("("):
            inner = self.condition()
            self.need(")")
            return inner
        kind, path, at = self.take()
        if kind != "name":
            raise self.unexpected(path)
        kind, text, _ = self.take()
        op = text.upper()
        if kind == "op" and op in COMPARE:
            return Comparison(path, "!=" if op == "<>" else op, self.literal(), at)
        if kind == "name" and op == "LIKE":
            return Comparison(path, op, self.literal(), at)
        if kind == "name" and op in ("IN", "INCLUDES", "EXCLUDES"):
            return Comparison(path, op, self.many(), at)
        if kind == "name" and op == "NOT" and self.word("IN"):
            return Comparison(path, "NOT IN", self.many(), at)
        raise self.unexpected(text)

    def many(self) -> Any:
        self.need("(")
        if self.peek()[1].upper() == "SELECT":
            found: Any = self.query(inner=True)
            self.need(")")
            return found
        found = [self.literal()]
        while self.word(","):
            found.append(self.literal())
        self.need(")")
        return found

    def literal(self) -> Literal:
        kind, text, _ = self.take()
        if kind == "string":
            return Literal("string", re.sub(r"\\(.)", _unescape, text[1:-1], flags=re.S))
        if kind == "number":
            return Literal("number", float(text) if "." in text else int(text))
        if kind in ("date", "datetime"):
            return Literal(kind, text)
        if kind == "name":
            word = text.upper()
            if word in ("TRUE", "FALSE"):
                return Literal("bool", int(word == "TRUE"))
            if word == "NULL":
                return Literal("null", None)
            return Literal("word", word)
        raise self.unexpected(text)


def _unescape(found: re.Match[str]) -> str:
    # The wildcards keep their backslash: LIKE needs to know that they were escaped.
    letter = found[1]
    if letter in "%_":
        return "\\" + letter
    if letter.lower() not in ESCAPES and letter not in ESCAPES:
        raise malformed(f"Invalid string literal: illegal escape \\{letter}")
    return ESCAPES.get(letter) or ESCAPES[letter.lower()]

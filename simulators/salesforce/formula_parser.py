"""The org's formula language, for validation rules, triggers and flows: text to a tree.

Operators: || && = == != <> < > <= >= & + - * / ! and parentheses; texts in single or double quotes, numbers,
TRUE, FALSE, NULL; fields by name, of parents by path (Account.Industry), $User.Username; functions: see
`formula.FUNCTIONS`.
"""

from __future__ import annotations

import re
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:(?P<comment>/\*.*?\*/)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>\$?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<op>&&|\|\||<=|>=|<>|!=|==|[=<>!()+\-*/,&^]))""",
    re.X | re.S,
)
LEVELS = (
    ("||",),
    ("&&",),
    ("=", "==", "!=", "<>"),
    ("<", ">", "<=", ">="),
    ("&", "+", "-"),
    ("*", "/"),
)
Node = tuple[Any, ...]


class BadFormula(ValueError):
    """Not a formula; the text says why."""


class Parser:
    """Makes nodes ("value", x), ("field", path), ("call", NAME, args), ("op", op, a, b), ("not", a), ("minus", a)."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = TOKEN.match(text, at)
            if not found or found.end() == at:
                raise BadFormula(f"Syntax error at character {at + 1}: {text[at : at + 10]!r}")
            kind = found.lastgroup or ""
            if kind != "comment":
                self.tokens.append((kind, found[kind]))
            at = found.end()
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "end of formula")

    def accept(self, *ops: str) -> str | None:
        kind, text = self.peek()
        if kind == "op" and text in ops:
            self.at += 1
            return text
        return None

    def need(self, op: str) -> None:
        if not self.accept(op):
            raise BadFormula(f"Syntax error. Missing '{op}' before {self.peek()[1]}")

    def parse(self) -> Node:
        if not self.tokens:
            raise BadFormula("The formula is empty")
        node = self.level(0)
        if self.peek()[0] != "end":
            raise BadFormula(f"Syntax error. Extra {self.peek()[1]}")
        return node

    def level(self, depth: int) -> Node:
        if depth == len(LEVELS):
            return self.unary()
        node = self.level(depth + 1)
        while op := self.accept(*LEVELS[depth]):
            node = ("op", {"==": "=", "<>": "!="}.get(op, op), node, self.level(depth + 1))
        return node

    def unary(self) -> Node:
        if self.accept("!"):
            return ("not", self.unary())
        if self.accept("-"):
            return ("minus", self.unary())
        return self.atom()

    def atom(self) -> Node:
        if self.accept("("):
            node = self.level(0)
            self.need(")")
            return node
        kind, text = self.peek()
        self.at += 1
        if kind == "text":
            return (
                "value",
                re.sub(
                    r"\\(.)",
                    lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]) if m[1] in "nt\"'\\" else m[0],
                    text[1:-1],
                    flags=re.S,
                ),
            )
        if kind == "number":
            return ("value", float(text))
        if kind != "name":
            raise BadFormula(f"Syntax error. Found {text}")
        if self.accept("("):
            args: list[Node] = []
            while not self.accept(")"):
                args.append(self.level(0))
                if not self.accept(","):
                    self.need(")")
                    break
            return ("call", text.upper(), args)
        word = text.upper()
        if word in ("TRUE", "FALSE"):
            return ("value", word == "TRUE")
        if word == "NULL":
            return ("value", None)
        return ("field", text)

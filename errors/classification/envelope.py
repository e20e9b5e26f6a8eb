"""Opens what a vendor sent: JSON bodies, JSON inside a message, JSON cut off or badly quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from errors.classification.result import Finding
from errors.classification.texts import as_text, clean

_START = re.compile(r"[\[{]\s*[\[{\\\"]")
_CODE_KEYS = ("errorCode", "statusCode", "exceptionCode", "error", "code", "errorType", "category")
_TEXT_KEYS = ("message", "errorMessage", "error_description", "detail", "localizedMessage")
_BODY_KEYS = ("body", "response", "responseBody", "data")
_NAME_KEYS = ("fields", "name", "propertyName", "property", "properties")
_DECODER = json.JSONDecoder(strict=False)
# Where the text is no JSON any more: keys may carry backslashes before their quotes.
_LOOSE_CODE = re.compile(
    r'\\*"(?:errorCode|statusCode|exceptionCode|error|code|errorType|category)\\*"\s*:\s*\\*"([A-Za-z][\w.]{2,80})'
)
_LOOSE_SUB = re.compile(r'\\*"subCategory\\*"\s*:\s*\\*"([\w.]{3,120})')
_LOOSE_NAME = re.compile(r'\\*"(?:name|propertyName)\\*"\s*:\s*\[?\s*\\*"([\w.]{1,120})')
_LOOSE_TEXT = re.compile(r'\\*"message\\*"\s*:\s*\\*"(.{0,2000}?)(?:\\*"\s*,\s*\\*"|\\*"\s*\}|$)')
_LOOSE_ITEM = re.compile(r'(?=\{\s*\\*"(?:isValid|message|errorCode|statusCode|status)\\*")')
DEPTH = 8
MOST = 60


def open_up(
    *, code: str, message: Any, fields: Sequence[str] = (), details: Mapping[str, Any] | None = None
) -> list[Finding]:
    """Every error that the four parts of a failure hold, the most particular first.

    The last finding is always the failure itself with its message freed of the JSON.
    """
    details = details or {}
    found: list[Finding] = []
    rest = _from_text(message, found, 0)
    for key in ("errors", "validationResults", "validation_results"):
        _from_value(details.get(key), found, 0)
    sub = as_text(details.get("sub_category") or details.get("subCategory"))
    outer = Finding(code, clean(rest), tuple(fields), sub, details)
    return [*found[:MOST], outer]


def _from_text(message: Any, found: list[Finding], depth: int) -> str:
    """Adds what JSON in the text holds; gives the text before the JSON, or all of it."""
    if isinstance(message, (dict, list, tuple)):
        _from_value(message, found, depth)
        return "" if found else as_text(message)
    text = as_text(message)
    start = _START.search(text) if '"' in text else None
    if start is None or depth > DEPTH:
        return text
    for candidate in (text[start.start() :], text[start.start() :].replace('\\"', '"')):
        try:
            value, _end = _DECODER.raw_decode(candidate)
        except (ValueError, RecursionError):
            continue
        before = len(found)
        _from_value(value, found, depth + 1)
        if len(found) > before:
            return text[: start.start()]
    before = len(found)
    found.extend(_loose(text[start.start() :]))
    return text[: start.start()] if len(found) > before else text


def _from_value(value: Any, found: list[Finding], depth: int) -> None:
    if depth > DEPTH or len(found) > MOST:
        return
    if isinstance(value, (list, tuple)):
        for item in value[:MOST]:
            _from_value(item, found, depth + 1)
    elif isinstance(value, Mapping):
        _from_object(value, found, depth)
    elif isinstance(value, str) and '"' in value:
        _from_text(value, found, depth + 1)


def _from_object(value: Mapping[str, Any], found: list[Finding], depth: int) -> None:
    for key, child in value.items():
        # Bodies may be JSON in a string; `context` only repeats ids and names.
        if (isinstance(child, (Mapping, list, tuple)) and key != "context") or key in _BODY_KEYS:
            _from_value(child, found, depth + 1)
    text = next((value[k] for k in _TEXT_KEYS if value.get(k)), "")
    rest = _from_text(text, found, depth + 1)
    sub = as_text(value.get("subCategory"))
    names = tuple(_names(value))
    codes = [c for k in _CODE_KEYS if isinstance(c := value.get(k), str) and c]
    if codes or sub or rest:
        # A numeric statusCode beside an errorCode says less than the word.
        code = next((c for c in codes if not c.isdigit()), codes[0] if codes else "")
        found.append(Finding(code, clean(rest), names, sub))


def _names(value: Mapping[str, Any]) -> Iterator[str]:
    context = value.get("context")
    for source in (value, context if isinstance(context, Mapping) else {}):
        for key in _NAME_KEYS:
            names = source.get(key)
            if isinstance(names, str):
                yield names
            elif isinstance(names, (list, tuple)):
                yield from (n for n in names if isinstance(n, str))


def _loose(text: str) -> Iterator[Finding]:
    for part in _LOOSE_ITEM.split(text)[: MOST + 1]:
        code, sub = _LOOSE_CODE.search(part), _LOOSE_SUB.search(part)
        name, words = _LOOSE_NAME.search(part), _LOOSE_TEXT.search(part)
        if code or sub or words:
            yield Finding(
                code.group(1) if code else "",
                clean(words.group(1)) if words else "",
                (name.group(1),) if name else (),
                sub.group(1) if sub else "",
            )

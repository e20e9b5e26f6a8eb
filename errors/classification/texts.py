"""Cleaning of vendor texts and codes before any rule looks at them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

# A message of this size is a whole page of HTML or a dump; the code stands at its start or,
# nested, at its end.
LONGEST_HEAD = 24_000
LONGEST_TAIL = 8_000

_TAG = re.compile(
    r"</?(?:a|b|br|body|code|div|em|h[1-6]|head|html|i|li|ol|p|pre|span|strong|title|u|ul)\b[^<>]{0,400}>",
    re.I,
)
_SPACE = re.compile(r"\s+")
_CODE_EDGES = re.compile(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$")
_HTTP = re.compile(r"^(?:(?:HTTP|STATUS|ERROR|CODE)_*)*([1-5]\d\d)(?:_[A-Z_]+)?$")
_PREFIX = re.compile(r"^(?:SF|SFDC|SYSTEM|STATUSCODE|HUBSPOT|SALESFORCE)[.:_]+(?=[A-Z])")


def as_text(value: Any) -> str:
    """Any value as text: bytes decoded, containers as JSON, None as the empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, dict, tuple)):
        try:
            return json.dumps(value, default=str)
        except (TypeError, ValueError, RecursionError):
            return ""
    return str(value)


def clean(value: Any) -> str:
    """A vendor's text without markup, entities and runs of white space, cut to a bounded size."""
    text = as_text(value)
    if len(text) > LONGEST_HEAD + LONGEST_TAIL:
        text = f"{text[:LONGEST_HEAD]} … {text[-LONGEST_TAIL:]}"
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    return _SPACE.sub(" ", text).strip()


def canonical_code(value: Any) -> str:
    """A code in the vendors' own spelling: upper case with underscores.

    An HTTP status, in whatever dress, becomes `HTTP_404`. Text that is no code gives "".
    """
    raw = _CODE_EDGES.sub("", as_text(value).strip())
    if not raw or len(raw) > 120:
        return ""
    code = re.sub(r"[\s-]+", "_", raw).upper()
    while (shorter := _PREFIX.sub("", code)) != code:
        code = shorter
    if status := _HTTP.match(code):
        return f"HTTP_{status.group(1)}"
    return code

"""Salesforce record ids: 15 characters that tell case apart, and three more that repair lost case.

The suffix holds, for each five characters, which of them are capitals, as a digit of A-Z0-5.
"""

from __future__ import annotations

import re

BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
FORM = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
# Two characters of the real id name the instance; "5g" is one that exists.
INSTANCE = "5g00000"


def suffix(short: str) -> str:
    """The three check characters of a 15-character id."""
    out = ""
    for start in (0, 5, 10):
        bits = 0
        for place, letter in enumerate(short[start : start + 5]):
            if "A" <= letter <= "Z":
                bits |= 1 << place
        out += CHECK[bits]
    return out


def normal(text: object) -> str | None:
    """The 18-character form of an id given with 15 or 18 characters; None when it is no id.

    An 18-character id in wrong case is repaired from its suffix, as Salesforce does.
    """
    if not isinstance(text, str) or not FORM.fullmatch(text):
        return None
    if len(text) == 15:
        return text + suffix(text)
    short, check = text[:15], text[15:].upper()
    if suffix(short) == check:
        return short + check
    repaired = []
    for index, letter in enumerate(short):
        place = CHECK.find(check[index // 5])
        if place < 0:
            return None
        repaired.append(letter.upper() if place >> index % 5 & 1 else letter.lower())
    short = "".join(repaired)
    return short + check if suffix(short) == check else None


def make(prefix: str, number: int) -> str:
    """The `number`-th id of the object with this key prefix, in 18 characters."""
    digits = ""
    for _ in range(5):
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    short = prefix + INSTANCE + digits
    return short + suffix(short)

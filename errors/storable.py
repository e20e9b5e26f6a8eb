"""Values of clients, as the columns take them."""

from __future__ import annotations

import hashlib

_LONGEST_KEY = 200


def storable_key(key: str) -> str:
    """An idempotency key is the client's: one that the column does not take, by its length or by a character such as
    NUL, is stored as its hash.

    Raises ValueError for an empty one: whoever received none makes one.
    """
    if not key:
        raise ValueError("An idempotency key is needed; make one where the client sent none.")
    if len(key) <= _LONGEST_KEY and key.isprintable():
        return key
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()

"""A person in two letters, beside the name."""

from __future__ import annotations

from accounts.models import User


def initials(user: User) -> str:
    """ "Anna Nowak" is AN, "anna@example.com" A."""
    words = user.name.split() or [user.email]
    letters = [words[0][0], *([words[-1][0]] if len(words) > 1 else [])]
    return "".join(letters).upper()

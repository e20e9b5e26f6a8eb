"""Messages on pages: what we say in the reader's language, what a CRM said as it is."""

from __future__ import annotations

from typing import Any

from django import template

from errors.models import SyncError
from errors.presenting.reading import in_words

register = template.Library()


@register.filter
def told(message: Any, error: SyncError | None = None) -> str:
    """`message` of a row; `error` says whether it was found without asking a CRM."""
    return in_words(str(message or ""), error)

"""What people say when they ignore errors, checked: why, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import clock
from errors.selection import SelectionRefused

REASON_LENGTH = 500
# A date further away is a slip of the keyboard, or means "never".
LONGEST = timedelta(days=3660)
MOST_RECORDS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class IgnoreTerms:
    reason: str
    until: datetime | None = None
    above: int | Literal["now"] | None = None


def checked_terms(
    *, reason: str, until: datetime | None = None, above: int | Literal["now"] | None = None
) -> IgnoreTerms:
    """The terms, the reason stripped. Raises SelectionRefused `invalid` with a sentence for each wrong field."""
    wrong: dict[str, Any] = {}
    reason = reason.strip()
    if not reason:
        wrong["reason"] = [_("Say why, so that others know later.")]
    elif len(reason) > REASON_LENGTH:
        wrong["reason"] = [
            ngettext(
                "%(length)d character; at most %(most)d are kept.",
                "%(length)d characters; at most %(most)d are kept.",
                len(reason),
            )
            % {"length": len(reason), "most": REASON_LENGTH}
        ]
    elif "\x00" in reason:
        wrong["reason"] = [_("Write text only.")]
    now = clock.now()
    if until is not None and not now < until <= now + LONGEST:
        wrong["until"] = [_("Choose a day from tomorrow on, within the next ten years.")]
    if isinstance(above, int) and not 0 < above <= MOST_RECORDS:
        wrong["above"] = [
            _("Write a whole number of records from 1 to %(most)s.")
            % {"most": number_format(MOST_RECORDS, force_grouping=True)}
        ]
    if wrong:
        raise SelectionRefused("invalid", next(iter(wrong.values()))[0], fields=wrong)
    return IgnoreTerms(reason=reason, until=until, above=above)

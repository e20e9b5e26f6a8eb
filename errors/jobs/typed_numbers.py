"""Numbers as people type them in their language, and as HubSpot stores them: with a point and nothing else. Pure.

Programs write the stored form, whatever the language.
"""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _

# Where people write a decimal comma they group with a space, which may be a no-break or a narrow one.
_WITH_COMMA = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)(?:,[0-9]+)?"
)
_WITH_POINT = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
# Thousands in some countries that write a decimal comma, thousandths in the stored form.
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_STORED = re.compile(r"-?[0-9]+\.[0-9]+")
_SPACES = re.compile(r"\s")


def plain(text: str) -> tuple[str, str]:
    """What the active language's way of writing makes of `text`, in the stored form, and why it is not read at all.

    Text that is not written in that way comes back as it is, for the stored form's own rules.
    """
    if get_format("DECIMAL_SEPARATOR") != ",":
        return (text.replace(",", "") if _WITH_POINT.fullmatch(text) else text), ""
    if _EITHER.fullmatch(text):
        told = _(
            "“%(value)s” can be read in two ways. Write %(whole)s for the whole number, or %(decimal)s for the one with"
            " decimals."
        )
        whole, decimal = text.replace(".", ""), text.replace(".", ",")
        return "", told % {"value": text, "whole": whole, "decimal": decimal}
    if _WITH_COMMA.fullmatch(text):
        return _SPACES.sub("", text).replace(",", "."), ""
    return text, ""


def hint() -> str:
    return _("Like %(whole)s or %(decimal)s.") % _examples()


def not_a_number(text: str) -> str:
    told = _("“%(value)s” is not a number. Write it like %(whole)s or %(decimal)s.")
    return told % {"value": text[:80], **_examples()}


def shown(stored: str) -> str:
    """The stored form with the reader's decimal mark; what is no number as it is."""
    if not _STORED.fullmatch(stored):
        return stored
    return stored.replace(".", str(get_format("DECIMAL_SEPARATOR")))


def _examples() -> dict[str, str]:
    return {
        "whole": number_format(1250, force_grouping=True),
        "decimal": number_format(Decimal("12.5")),
    }

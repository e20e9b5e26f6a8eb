"""What a HubSpot property can hold, and how it is written. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from errors.jobs import typed_numbers
from integrations.schemas import PropertySchema

# HubSpot's own limit of a text property.
MAX_LENGTH = 65_536
_SHOWN = 10
_DIGITS = re.compile(r"-?[0-9]{9,17}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000


def is_many(prop: PropertySchema) -> bool:
    """Whether the property holds several options at once, with ; between them."""
    return prop.type == "enumeration" and prop.field_type == "checkbox"


def hubspot_value(prop: PropertySchema, value: str, *, as_typed: bool = False) -> tuple[str, str]:
    """`value` as HubSpot stores it, and why it cannot be stored ("" when it can).

    `as_typed`: a person wrote it, and numbers may be in the way of the active language.
    """
    if not value.strip():
        return "", _("Give a value, or choose to clear the property.")
    if "\x00" in value or any(0xD800 <= ord(one) <= 0xDFFF for one in value):
        return "", _("The value holds a character that cannot be stored.")
    kind = prop.type
    if kind == "number":
        return _typed_number(value.strip()) if as_typed else _number(value.strip())
    if kind == "date":
        return _date(value.strip())
    if kind == "datetime":
        return _datetime(value.strip())
    if kind in ("bool", "enumeration"):
        return _options(prop, value.strip())
    if len(value) > MAX_LENGTH:
        return "", ngettext(
            "This is %(length)s character; HubSpot holds at most %(most)s.",
            "These are %(length)s characters; HubSpot holds at most %(most)s.",
            len(value),
        ) % {
            "most": number_format(MAX_LENGTH, force_grouping=True),
            "length": number_format(len(value), force_grouping=True),
        }
    return value, ""


def _number(text: str) -> tuple[str, str]:
    wrong = _("“%(value)s” is not a number. Write it like 1250 or 12.5, without separators.") % {
        "value": text[:80]
    }
    if not text.isascii() or "_" in text or len(text) > 60:
        return "", wrong
    try:
        number = Decimal(text)
    except InvalidOperation:
        return "", wrong
    # HubSpot keeps numbers as doubles.
    if not number.is_finite() or abs(number.adjusted()) > 300:
        return "", wrong
    return text, ""


def _typed_number(text: str) -> tuple[str, str]:
    plain, told = typed_numbers.plain(text)
    if told:
        return "", told
    stored, wrong = _number(plain)
    return stored, typed_numbers.not_a_number(text) if wrong else ""


def _date(text: str) -> tuple[str, str]:
    wrong = _("“%(value)s” is not a day. Write it like 2026-09-30.") % {"value": text[:80]}
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return datetime.fromisoformat(text).date().isoformat(), ""
        if _DIGITS.fullmatch(text):
            if int(text) % _DAY_MS:
                return "", _("A day in milliseconds must be midnight UTC; %(value)s is not.") % {
                    "value": text
                }
            return (_EPOCH + timedelta(milliseconds=int(text))).date().isoformat(), ""
    except (ValueError, OverflowError):
        return "", wrong
    return "", wrong


def _datetime(text: str) -> tuple[str, str]:
    try:
        if _DIGITS.fullmatch(text):
            moment = _EPOCH + timedelta(milliseconds=int(text))
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return "", _(
            "“%(value)s” is not a date and time. Write it like 2026-09-30T14:30, in UTC."
        ) % {"value": text[:80]}
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), ""


def _options(prop: PropertySchema, text: str) -> tuple[str, str]:
    if prop.type == "bool" or prop.field_type == "booleancheckbox":
        text = text.lower() if text.lower() in {"true", "false"} else text
    allowed = prop.options or (("true", "false") if prop.type == "bool" else ())
    parts = [part.strip() for part in text.split(";") if part.strip()] if is_many(prop) else [text]
    # Owners and other references have no options of their own here: HubSpot's answer tells.
    unknown = [part for part in parts if part not in allowed] if allowed else []
    if unknown:
        return "", _("“%(value)s” is not an option of “%(property)s”. Options: %(options)s.") % {
            "value": unknown[0][:80],
            "property": prop.label,
            "options": listed(allowed),
        }
    if not parts:
        return "", _("Give a value, or choose to clear the property.")
    return ";".join(dict.fromkeys(parts)), ""


def listed(values: tuple[str, ...]) -> str:
    return ", ".join(values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")

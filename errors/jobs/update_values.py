"""What a property can hold, and whether the sync can carry it to Salesforce. Pure.

`refused` is what HubSpot would not store, or what Salesforce would surely send back as the next error; `told` is what
people should know before they go on: a rule that does not carry the value, digits that Salesforce rounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from errors.jobs.update_modes import CLEAR, SET, TOUCH
from integrations.compatibility import fits
from integrations.engine.context import never_writable
from integrations.engine.values import NUMBERS, Pair
from integrations.models import PropertyMapping
from integrations.schemas import FieldSchema, PropertySchema

# HubSpot's own limit of a text property.
MAX_LENGTH = 65_536
_SHOWN = 10
_DIGITS = re.compile(r"-?[0-9]{9,17}")
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000
Rule = PropertyMapping.Rule


@dataclass(slots=True)
class Checked:
    """`value` as HubSpot stores it; `refused` stands beside the value's field, `told` above the preview."""

    value: str = ""
    refused: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def is_many(prop: PropertySchema) -> bool:
    """Whether the property holds several options at once, with ; between them."""
    return prop.type == "enumeration" and prop.field_type == "checkbox"


def check_value(
    *,
    prop: PropertySchema,
    salesforce_field: FieldSchema | None,
    rule: str,
    paused: bool,
    mode: str,
    value: str,
) -> Checked:
    """Whether `mode` ("set", "clear", "touch") with `value` can be written to `prop`, which both sides' schemas say."""
    checked = Checked()
    if prop.read_only or prop.calculated:
        checked.refused.append(
            _("“%(property)s” can only be read in HubSpot, so no value can be written to it.")
            % {"property": prop.label}
        )
        return checked
    if mode == SET:
        checked.value, wrong = hubspot_value(prop, value)
        if wrong:
            checked.refused.append(wrong)
            return checked
        if prop.has_unique_value:
            checked.refused.append(
                _("“%(property)s” is unique: no two records may hold the same value.")
                % {"property": prop.label}
            )
            return checked
    blocked = why_not_carried(prop, salesforce_field, rule=rule, paused=paused)
    if blocked:
        checked.told.append(blocked)
    elif mode != TOUCH and salesforce_field is not None:
        _ask_salesforce(checked, Pair(prop, salesforce_field, rule), mode)
    return checked


def why_not_carried(
    prop: PropertySchema, salesforce_field: FieldSchema | None, *, rule: str, paused: bool
) -> str:
    """Why the sync takes nothing of this property to Salesforce; "" when it does."""
    if paused:
        why = _("this mapping is paused")
    elif rule == Rule.ALWAYS_SALESFORCE:
        why = _("its rule is “Always use Salesforce”")
    elif rule == Rule.NONE:
        why = _("its rule is “Don't sync”")
    elif salesforce_field is None:
        why = _("its field is not there in Salesforce, or hidden from the integration user")
    elif not fits(
        property_type=prop.type,
        property_field_type=prop.field_type,
        field_type=salesforce_field.type,
    ):
        why = _("the types of the property and the field do not fit")
    elif never_writable(salesforce_field):
        why = _("its field can only be read in Salesforce")
    elif not salesforce_field.updateable:
        why = _("the integration user may not edit its field")
    else:
        return ""
    return _(
        "The sync will not carry “%(property)s” to Salesforce: %(why)s. HubSpot gets the value all the same."
    ) % {"property": prop.label, "why": why}


# --- HubSpot -----------------------------------------------------------------------------------------


def hubspot_value(prop: PropertySchema, value: str) -> tuple[str, str]:
    """`value` as HubSpot stores it, and why it cannot be stored ("" when it can)."""
    if not value.strip():
        return "", _("Give a value, or choose to clear the property.")
    if "\x00" in value or any(0xD800 <= ord(one) <= 0xDFFF for one in value):
        return "", _("The value holds a character that cannot be stored.")
    kind = prop.type
    if kind == "number":
        return _number(value.strip())
    if kind == "date":
        return _date(value.strip())
    if kind == "datetime":
        return _datetime(value.strip())
    if kind in ("bool", "enumeration"):
        return _options(prop, value.strip())
    if len(value) > MAX_LENGTH:
        return "", _("HubSpot holds at most %(most)s characters; this has %(length)s.") % {
            "most": f"{MAX_LENGTH:,}",
            "length": f"{len(value):,}",
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
            "options": _listed(allowed),
        }
    if not parts:
        return "", _("Give a value, or choose to clear the property.")
    return ";".join(dict.fromkeys(parts)), ""


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")


# --- Salesforce --------------------------------------------------------------------------------------


def _ask_salesforce(checked: Checked, pair: Pair, mode: str) -> None:
    if mode == CLEAR:
        _ask_clearing(checked, pair)
        return
    if pair.rule == Rule.PREFER_SALESFORCE:
        checked.told.append(
            _(
                "The rule is “Prefer Salesforce unless blank”: the value reaches only the Salesforce records whose"
                " “%(field)s” is empty."
            )
            % {"field": pair.field.label}
        )
    text = pair.from_hubspot(checked.value)
    kind = pair.field.type
    if kind in NUMBERS:
        _ask_number(checked, pair.field, text)
    elif kind in ("picklist", "multipicklist"):
        _ask_picklist(checked, pair.field, text)
    elif pair.field.length and len(text) > pair.field.length:
        checked.refused.append(
            ngettext(
                "Salesforce's “%(field)s” takes at most %(most)d character; this has %(length)d.",
                "Salesforce's “%(field)s” takes at most %(most)d characters; this has %(length)d.",
                pair.field.length,
            )
            % {"field": pair.field.label, "most": pair.field.length, "length": len(text)}
        )
    elif kind == "email" and not _MAIL.fullmatch(text):
        checked.refused.append(
            _("Salesforce's “%(field)s” takes a mail address; this is none.")
            % {"field": pair.field.label}
        )


def _ask_clearing(checked: Checked, pair: Pair) -> None:
    if pair.rule == Rule.PREFER_SALESFORCE:
        checked.told.append(
            _(
                "The rule is “Prefer Salesforce unless blank”: an empty value is not carried to Salesforce, which"
                " keeps its own."
            )
        )
    elif not pair.field.nillable and pair.field.type != "boolean":
        checked.refused.append(
            _("Salesforce's “%(field)s” is required, so it cannot be cleared.")
            % {"field": pair.field.label}
        )


def _ask_picklist(checked: Checked, field_: FieldSchema, text: str) -> None:
    known = set(field_.picklist_values)
    parts = text.split(";") if field_.type == "multipicklist" else [text]
    unknown = [part for part in parts if part not in known]
    if not unknown:
        return
    words = {
        "value": unknown[0][:80],
        "field": field_.label,
        "options": _listed(field_.picklist_values),
    }
    if field_.restricted_picklist:
        checked.refused.append(
            _(
                "“%(value)s” is not in Salesforce's restricted picklist “%(field)s”. It has: %(options)s."
            )
            % words
        )
    else:
        checked.told.append(
            _(
                "“%(value)s” is not in Salesforce's picklist “%(field)s”, which takes other values too."
            )
            % words
        )


def _ask_number(checked: Checked, field_: FieldSchema, text: str) -> None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        checked.refused.append(
            _("Salesforce's “%(field)s” takes a number; this is none.") % {"field": field_.label}
        )
        return
    whole = max(number.adjusted() + 1, 0) if number else 0
    most = field_.precision - field_.scale
    if field_.precision and whole > most:
        checked.refused.append(
            ngettext(
                "Salesforce's “%(field)s” takes at most %(most)d digit before the point; this has %(digits)d.",
                "Salesforce's “%(field)s” takes at most %(most)d digits before the point; this has %(digits)d.",
                most,
            )
            % {"field": field_.label, "most": most, "digits": whole}
        )
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > field_.scale:
        checked.told.append(
            ngettext(
                "Salesforce's “%(field)s” keeps %(most)d decimal place and rounds the rest.",
                "Salesforce's “%(field)s” keeps %(most)d decimal places and rounds the rest.",
                field_.scale,
            )
            % {"field": field_.label, "most": field_.scale}
        )

"""Whether a property can be updated as asked, and whether the sync can carry it to Salesforce. Pure.

`refused` is what HubSpot would not store, or what Salesforce would surely send back as the next error; `told` is what
people should know before they go on: a rule that does not carry the value, digits that Salesforce rounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from errors.jobs import update_values
from errors.jobs.update_modes import CLEAR, SET, TOUCH
from integrations.compatibility import fits
from integrations.engine.context import never_writable
from integrations.engine.values import NUMBERS, Pair
from integrations.models import PropertyMapping
from integrations.schemas import FieldSchema, PropertySchema

_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
Rule = PropertyMapping.Rule


@dataclass(slots=True)
class Checked:
    """`value` as HubSpot stores it; `refused` stands beside the value's field, `told` above the preview."""

    value: str = ""
    refused: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def check_value(
    *,
    prop: PropertySchema,
    salesforce_field: FieldSchema | None,
    rule: str,
    paused: bool,
    mode: str,
    value: str,
    as_typed: bool = False,
) -> Checked:
    """Whether `mode` ("set", "clear", "touch") with `value` can be written to `prop`, which both sides' schemas say.

    `as_typed` as in `hubspot_value`."""
    checked = Checked()
    if prop.read_only or prop.calculated:
        checked.refused.append(
            _("“%(property)s” can only be read in HubSpot, so no value can be written to it.")
            % {"property": prop.label}
        )
        return checked
    if mode == SET:
        checked.value, wrong = update_values.hubspot_value(prop, value, as_typed=as_typed)
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


# --- what the Salesforce field demands ---------------------------------------------------------------


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
            _("Salesforce's “%(field)s” takes a mail address; this is not one.")
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
        "options": update_values.listed(field_.picklist_values),
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
            _("Salesforce's “%(field)s” takes a number; this is not one.") % {"field": field_.label}
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

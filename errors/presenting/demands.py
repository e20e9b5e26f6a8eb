"""What a field demands of a value, and how the last value that failed measures up. Pure.

The records of such an error hold values of their own, and the error's facts are of the newest failure: a value stands
here as an example only.

From the error's facts (what the refusal said and the mapping knew), and from the schemas as last read where given.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from errors.extract import LONGEST_VALUE
from errors.models import SyncError
from errors.presenting.reading import by_hubspot, details_of, number, text, texts
from errors.presenting.value_types import type_name
from errors.types import ErrorType
from integrations.schemas import FieldSchema


def demands(error: SyncError, *, field: FieldSchema | None = None) -> str:
    """One sentence, e.g. "At most 128 characters; in the last record that failed: 139."; "" for errors of other types."""
    if error.type != ErrorType.PROPERTY_VALUES:
        return ""
    if error.code == "value-too-long":
        return _length(error, field)
    if error.code == "number-out-of-range":
        return _range(error, field) or _("A number within the range of the field")
    known = {
        "required-field-missing": _("A value: the field may not be empty"),
        "invalid-email": _("One e-mail address, as in name@example.com"),
        "invalid-number": _("A number, without letters, units or thousands separators"),
        "invalid-date": _("A date, as in 2026-03-31"),
        "date-out-of-range": _("A date within the range of the field"),
        "invalid-phone": _("A phone number with its country code, as in +48 22 123 45 67"),
        "invalid-url": _("A web address or domain, as in example.com"),
        "invalid-currency": _("A currency that is active in the account"),
        "invalid-owner": _("A user of the HubSpot account"),
        "characters-not-allowed": _("Text without mark-up or control characters"),
        "file-not-allowed": _("A file of an allowed type and size"),
        "values-do-not-fit-together": _("Values that agree with each other"),
    }
    return str(known.get(error.code, _kind(error)))


def _length(error: SyncError, field: FieldSchema | None) -> str:
    details = details_of(error)
    most = number(details.get("limit"))
    if not most and not by_hubspot(error):
        most = number(details.get("field_length")) or (field.length if field else 0)
    value = text(details.get("value"))
    # A stored value was cut at LONGEST_VALUE: its own length is not known any more.
    measured = len(value) if 0 < len(value) < LONGEST_VALUE else 0
    if not most:
        return _("Fewer characters than the values have")
    told = ngettext("At most %(number)s character", "At most %(number)s characters", most) % {
        "number": number_format(most, use_l10n=True, force_grouping=True)
    }
    if measured > most:
        return _("%(demand)s; in the last record that failed: %(length)s") % {
            "demand": told,
            "length": number_format(measured, use_l10n=True, force_grouping=True),
        }
    return told


def _range(error: SyncError, field: FieldSchema | None) -> str:
    details = details_of(error)
    precision = number(details.get("field_precision")) or (field.precision if field else 0)
    scale = details.get("field_scale")
    scale = scale if isinstance(scale, int) else (field.scale if field else 0)
    if not precision or by_hubspot(error) or scale > precision:
        return ""
    largest = Decimal(10) ** (precision - scale) - Decimal(1).scaleb(-scale)
    shown = number_format(largest, decimal_pos=scale, use_l10n=True, force_grouping=True)
    return _("A number from -%(largest)s to %(largest)s") % {"largest": shown}


def _kind(error: SyncError) -> str:
    details = details_of(error)
    if options := texts(details.get("allowed_options")):
        return _("One of: %(options)s") % {"options": ", ".join(options[:8])}
    kind = text(
        details.get("hubspot_type") if by_hubspot(error) else details.get("salesforce_type")
    )
    if kind:
        return _("A value of type %(type)s in the form the field takes") % {"type": type_name(kind)}
    return _("A value in the form the field takes")

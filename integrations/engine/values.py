"""Values between the two systems. Both sides are compared as one canonical text; pure.

The canonical text is what Salesforce would hold, written as text: "" is no value, numbers have no needless zeros,
dates are ISO, multi-picklists are sorted. A value that cannot be converted stays as it is, so that the CRM refuses it
for real instead of our dropping it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.schemas import FieldSchema, PropertySchema

NUMBERS = {"double", "currency", "percent", "int", "long"}
_DOMAIN = re.compile(r"^(?:[a-z]+://)?(?:www\.)?([^/?#\s]+)", re.IGNORECASE)


def domain_of(address: str) -> str:
    """The bare domain of a website: https://www.Acme.com/about -> acme.com; "" for none."""
    found = _DOMAIN.match(address.strip())
    return found[1].lower().rstrip(".") if found else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One property mapping with the types both sides have now."""

    prop: PropertySchema
    field: FieldSchema
    rule: str

    @property
    def key(self) -> str:
        """What values of this pair stand under in the baselines."""
        return f"{self.prop.name}:{self.field.name}"

    @property
    def is_domain(self) -> bool:
        return self.field.type == "url" and self.prop.name in {"domain", "website"}

    # --- reading ---------------------------------------------------------------------------------

    def from_hubspot(self, raw: Any) -> str:
        """The canonical text of what HubSpot holds (always text or None)."""
        text = "" if raw is None else str(raw)
        if not text:
            return ""
        kind = self.field.type
        if self.is_domain:
            return domain_of(text)
        if kind in NUMBERS:
            return _number(text)
        if kind == "boolean":
            return text.lower() if text.lower() in {"true", "false"} else text
        if kind == "date":
            moment = _moment(text)
            return moment.date().isoformat() if moment else text
        if kind == "datetime":
            moment = _moment(text)
            return _stamp(moment) if moment else text
        if kind == "multipicklist":
            return ";".join(sorted(self._option_to_field(part) for part in text.split(";") if part))
        if self.prop.type == "enumeration":
            return self._option_to_field(text)
        return _text(text)

    def from_salesforce(self, raw: Any) -> str:
        """The canonical text of what Salesforce holds (a JSON value)."""
        if raw is None or raw == "":
            return ""
        if isinstance(raw, bool):
            return "true" if raw else "false"
        text = str(raw)
        kind = self.field.type
        if self.is_domain:
            return domain_of(text)
        if kind in NUMBERS:
            return _number(text)
        if kind == "datetime":
            moment = _moment(text)
            return _stamp(moment) if moment else text
        if kind == "multipicklist":
            return ";".join(sorted(part for part in text.split(";") if part))
        return _text(text)

    # --- writing ---------------------------------------------------------------------------------

    def to_salesforce(self, text: str) -> Any:
        """The JSON value that writes `text`; None clears the field."""
        kind = self.field.type
        if text == "":
            return False if kind == "boolean" else None
        if kind == "boolean" and text in {"true", "false"}:
            return text == "true"
        if kind in NUMBERS:
            try:
                number = Decimal(text)
            except InvalidOperation:
                return text
            return int(number) if number == number.to_integral_value() else float(number)
        return text

    def to_hubspot(self, text: str) -> str:
        """The text that writes `text` to HubSpot; "" clears the property."""
        if text == "":
            return ""
        if self.prop.type == "date" and self.field.type == "datetime":
            return text[:10]
        if self.prop.type == "datetime" and self.field.type == "date":
            return f"{text}T00:00:00Z" if len(text) == 10 else text
        if self.prop.type == "enumeration":
            parts = text.split(";") if self.field.type == "multipicklist" else [text]
            return ";".join(self._field_to_option(part) for part in parts)
        return text

    def _option_to_field(self, value: str) -> str:
        """A HubSpot option as a picklist value: by value, then by label; the label where neither is known."""
        known = {one.casefold(): one for one in self.field.picklist_values}
        label = self.prop.labels.get(value, value)
        if value in self.field.picklist_values:
            return value
        return known.get(label.casefold()) or known.get(value.casefold()) or label

    def _field_to_option(self, value: str) -> str:
        if value in self.prop.options:
            return value
        wanted = value.casefold()
        for option, label in self.prop.labels.items():
            if wanted in (label.casefold(), option.casefold()):
                return option
        return value


def _text(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip()


def _number(text: str) -> str:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    plain = format(number.normalize(), "f")
    return "0" if plain in {"-0", "0"} else plain


def _moment(text: str) -> datetime | None:
    """HubSpot gives ISO texts, or milliseconds since 1970 in older answers; Salesforce ISO with +0000."""
    try:
        if text.lstrip("-").isdigit() and len(text) > 8:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

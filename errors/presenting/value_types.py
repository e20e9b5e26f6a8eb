"""The types of properties and fields in people's words; CRMs name them in code. Pure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import pgettext_lazy

_TEXT = pgettext_lazy("type of value", "text")
_NUMBER = pgettext_lazy("type of value", "number")
_YES_NO = pgettext_lazy("type of value", "yes or no")
_DATE = pgettext_lazy("type of value", "date")
_DATE_TIME = pgettext_lazy("type of value", "date and time")
_OPTION = pgettext_lazy("type of value", "option of a list")
_OPTIONS = pgettext_lazy("type of value", "options of a list")
_PHONE = pgettext_lazy("type of value", "phone number")

_NAMES: dict[str, Any] = {
    # HubSpot
    "string": _TEXT,
    "number": _NUMBER,
    "bool": _YES_NO,
    "enumeration": _OPTION,
    "phone_number": _PHONE,
    # both
    "date": _DATE,
    "datetime": _DATE_TIME,
    # Salesforce
    "textarea": _TEXT,
    "double": _NUMBER,
    "int": _NUMBER,
    "long": _NUMBER,
    "currency": pgettext_lazy("type of value", "amount of money"),
    "percent": pgettext_lazy("type of value", "percentage"),
    "boolean": _YES_NO,
    "picklist": _OPTION,
    "multipicklist": _OPTIONS,
    "reference": pgettext_lazy("type of value", "reference to a record"),
    "email": pgettext_lazy("type of value", "e-mail address"),
    "phone": _PHONE,
    "url": pgettext_lazy("type of value", "web address"),
    "time": pgettext_lazy("type of value", "time of day"),
    "id": pgettext_lazy("type of value", "id of a record"),
}


def type_name(code: str) -> str:
    """A type for a sentence; the code itself where it is none of those that people meet."""
    return str(_NAMES.get(code, code))

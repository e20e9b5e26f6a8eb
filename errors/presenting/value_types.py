"""The types of properties and fields in people's words; CRMs name them in code. Pure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_TEXT = _("text")
_NUMBER = _("number")
_YES_NO = _("yes or no")
_DATE = _("date")
_DATE_TIME = _("date and time")
_OPTION = _("option of a list")
_OPTIONS = _("options of a list")
_PHONE = _("phone number")

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
    "currency": _("amount of money"),
    "percent": _("percentage"),
    "boolean": _YES_NO,
    "picklist": _OPTION,
    "multipicklist": _OPTIONS,
    "reference": _("reference to a record"),
    "email": _("e-mail address"),
    "phone": _PHONE,
    "url": _("web address"),
    "time": _("time of day"),
    "id": _("id of a record"),
}


def type_name(code: str) -> str:
    """A type for a sentence; the code itself where it is none of those that people meet."""
    return str(_NAMES.get(code, code))

"""Which HubSpot property types can hold what which Salesforce field types hold.

The table is that of HubSpot's mapping screen (knowledge.hubspot.com, "Map HubSpot properties to Salesforce fields",
27 March 2026), with the text-like field types of Salesforce (e-mail, phone, address and number-like texts) where it
says string.
"""

from __future__ import annotations

_TEXT = {"string", "textarea", "email", "phone", "url", "id", "encryptedstring", "combobox"}
_LONG_TEXT = {"textarea", "string"}
_NUMBER = {"double", "int", "currency", "percent", "long"}

_FITTING: dict[tuple[str, str], set[str]] = {
    ("string", "text"): _TEXT | {"picklist"},
    ("string", "phonenumber"): {"phone", "string"},
    ("string", "textarea"): _LONG_TEXT,
    ("string", "html"): _LONG_TEXT,
    ("number", "number"): _NUMBER,
    ("date", "date"): {"date", "datetime"},
    ("datetime", "date"): {"date", "datetime"},
    ("bool", "booleancheckbox"): {"boolean"},
    ("enumeration", "booleancheckbox"): {"boolean"},
    ("enumeration", "select"): {"picklist", "reference", "combobox", "string"},
    ("enumeration", "radio"): {"picklist", "reference", "combobox", "string"},
    ("enumeration", "checkbox"): {"multipicklist"},
}


def fits(*, property_type: str, property_field_type: str, field_type: str) -> bool:
    """Whether a property (`type` and `fieldType` as HubSpot names them) can be mapped to a field's `type`."""
    known = _FITTING.get((property_type, property_field_type))
    if known is None:
        # Calculated and newer field types: fall back on all that the plain type can hold.
        known = set().union(
            *(types for (kind, _), types in _FITTING.items() if kind == property_type)
        )
    return field_type in known


def is_reference(*, property_type: str, field_type: str) -> bool:
    """A free text that is mapped to a lookup: it needs a reference mapping (a dropdown) instead."""
    return field_type == "reference" and property_type != "enumeration"

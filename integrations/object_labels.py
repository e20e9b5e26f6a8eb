"""Objects in people's words: an object mapping's label, in the reader's language where it is one of the presets'."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from integrations.models import ObjectMapping

# As integrations.mapping_defaults stores them.
_PRESETS: dict[str, Any] = {
    "Companies": _("Companies"),
    "Contacts": _("Contacts"),
    "Deals": _("Deals"),
}
# What CRMs call records of the standard objects in their messages, one or many.
_WORDS: dict[str, Any] = {
    "contact": _PRESETS["Contacts"],
    "contacts": _PRESETS["Contacts"],
    "company": _PRESETS["Companies"],
    "companies": _PRESETS["Companies"],
    "deal": _PRESETS["Deals"],
    "deals": _PRESETS["Deals"],
}


def shown_label(mapping: ObjectMapping) -> str:
    return str(_PRESETS.get(mapping.label, mapping.label))


def label_of_word(word: str) -> str:
    """The objects that a CRM's message names by `word`; the word itself where it is none of the standard ones."""
    return str(_WORDS.get(word.lower(), word))


def label_of_objects(*, connection_id: int, hubspot_object: str, salesforce_object: str) -> str:
    """The label of the mapping that joins both; their names where they are not mapped (any more). One query."""
    mapping = ObjectMapping.objects.filter(
        connection_id=connection_id,
        hubspot_object=hubspot_object,
        salesforce_object=salesforce_object,
    ).first()
    return shown_label(mapping) if mapping else f"{hubspot_object} – {salesforce_object}"

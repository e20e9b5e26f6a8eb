"""Objects on pages, in people's words."""

from __future__ import annotations

from django import template

from integrations.models import ObjectMapping
from integrations.object_labels import label_of_word, shown_label

register = template.Library()


@register.filter
def object_label(mapping: ObjectMapping) -> str:
    """The label of an object mapping, in the reader's language where it is one of the presets'."""
    return shown_label(mapping)


@register.filter
def object_word(word: str) -> str:
    """What a CRM calls an object, as people call it where it is one of the standard ones."""
    return label_of_word(word)

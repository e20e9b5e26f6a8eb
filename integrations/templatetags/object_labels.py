"""Objects on pages, in people's words."""

from __future__ import annotations

from django import template

from integrations.models import ObjectMapping
from integrations.object_labels import shown_label

register = template.Library()


@register.filter
def object_label(mapping: ObjectMapping) -> str:
    """The label of an object mapping, in the reader's language where it is one of the presets'."""
    return shown_label(mapping)

"""Changes that admins make to the mappings. Each takes effect with the next sync."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from integrations import schemas
from integrations.models import ObjectMapping, PropertyMapping, SystemName

# API names of both systems: letters, digits, underscores; HubSpot also knows hyphens in custom ones.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class MappingInvalid(Exception):
    """The mapping cannot be like this. `field` names what is wrong, `message` says it to people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def add_property_mapping(
    *, object_mapping: ObjectMapping, hubspot_property: str, salesforce_field: str, rule: str
) -> PropertyMapping:
    """A new pair; what is cached of an object that does not know its end is dropped. Raises MappingInvalid for names that cannot be, an unknown rule, or a pair that exists."""
    pair = {
        "hubspot_property": hubspot_property.strip(),
        "salesforce_field": salesforce_field.strip(),
    }
    for field, name in pair.items():
        longest = getattr(PropertyMapping._meta.get_field(field), "max_length", None) or 0
        if not _NAME.fullmatch(name) or len(name) > longest:
            raise MappingInvalid(
                field, _("Enter the internal name: letters, digits and underscores only.")
            )
    _check_rule(rule)
    try:
        with transaction.atomic():
            made = PropertyMapping.objects.create(object_mapping=object_mapping, rule=rule, **pair)
    except IntegrityError:
        raise MappingInvalid("salesforce_field", _("These two are mapped already.")) from None
    # Whoever maps a property has often just made it: the next sync looks for it instead of trusting what it knew.
    for system, object_name, name in (
        (SystemName.HUBSPOT, object_mapping.hubspot_object, made.hubspot_property),
        (SystemName.SALESFORCE, object_mapping.salesforce_object, made.salesforce_field),
    ):
        schemas.forget_without(
            connection=object_mapping.connection, system=system, object_name=object_name, name=name
        )
    return made


def change_rule(*, mapping: PropertyMapping, rule: str) -> None:
    """Raises MappingInvalid for a rule that is none."""
    _check_rule(rule)
    mapping.rule = rule
    mapping.save(update_fields=["rule"])


def set_paused(*, mapping: PropertyMapping, paused: bool) -> None:
    mapping.paused = paused
    mapping.save(update_fields=["paused"])


def remove(*, mapping: PropertyMapping) -> None:
    mapping.delete()


def set_object_enabled(*, mapping: ObjectMapping, enabled: bool) -> None:
    """Whether records of this object sync at all; its links and cursors stay."""
    mapping.enabled = enabled
    mapping.save(update_fields=["enabled"])


def _check_rule(rule: str) -> None:
    if rule not in PropertyMapping.Rule.values:
        raise MappingInvalid("rule", _("Choose one of the rules."))

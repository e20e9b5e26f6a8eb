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
    """A new pair. Raises MappingInvalid for names that cannot be, an unknown rule, or a pair that exists."""
    pair = _pair(hubspot_property, salesforce_field)
    _check_rule(rule)
    try:
        with transaction.atomic():
            made = PropertyMapping.objects.create(object_mapping=object_mapping, rule=rule, **pair)
    except IntegrityError:
        raise _exists() from None
    _look_for(made)
    return made


def change(
    *, mapping: PropertyMapping, hubspot_property: str, salesforce_field: str, rule: str
) -> None:
    """Maps other ends, or by another rule. Raises MappingInvalid as `add_property_mapping` does."""
    pair = _pair(hubspot_property, salesforce_field)
    _check_rule(rule)
    if pair["hubspot_property"] != mapping.hubspot_property:
        mapping.hubspot_type = ""
    if pair["salesforce_field"] != mapping.salesforce_field:
        mapping.salesforce_type = ""
    mapping.hubspot_property = pair["hubspot_property"]
    mapping.salesforce_field = pair["salesforce_field"]
    mapping.rule = rule
    try:
        with transaction.atomic():
            mapping.save()
    except IntegrityError:
        raise _exists() from None
    _look_for(mapping)


def _pair(hubspot_property: str, salesforce_field: str) -> dict[str, str]:
    """Both names as they are stored. Raises MappingInvalid."""
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
    return pair


def _exists() -> MappingInvalid:
    return MappingInvalid("salesforce_field", _("These two are mapped already."))


def _look_for(mapping: PropertyMapping) -> None:
    """Whoever maps a property has often just made it: what is cached of an object that does not know its end is
    dropped, so that the next sync looks for it instead of trusting what it knew."""
    whole = mapping.object_mapping
    for system, object_name, name in (
        (SystemName.HUBSPOT, whole.hubspot_object, mapping.hubspot_property),
        (SystemName.SALESFORCE, whole.salesforce_object, mapping.salesforce_field),
    ):
        schemas.forget_without(
            connection=whole.connection, system=system, object_name=object_name, name=name
        )


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

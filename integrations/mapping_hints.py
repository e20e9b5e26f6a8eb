"""What speaks against a mapping, by the schemas as they were last read. Told, not refused: they may be old."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from integrations import compatibility
from integrations.models import PropertyMapping
from integrations.schemas import Seen

_TO_SALESFORCE = (PropertyMapping.Rule.PREFER_SALESFORCE, PropertyMapping.Rule.TWO_WAY)


def hints(*, mapping: PropertyMapping, seen: Seen) -> list[str]:
    """Sentences for people; none where all is well or nothing is known. One query."""
    return [*_of_ends(mapping, seen), *_of_others(mapping)]


def _of_ends(mapping: PropertyMapping, seen: Seen) -> Iterator[str]:
    names = {"property": mapping.hubspot_property, "field": mapping.salesforce_field}
    prop = (seen.properties or {}).get(mapping.hubspot_property)
    field = (seen.fields or {}).get(mapping.salesforce_field)
    if prop is None and seen.properties is not None:
        yield (
            _("HubSpot had no property “%(property)s” when its properties were last read.") % names
        )
    if field is None and seen.fields is not None:
        yield _("Salesforce had no field “%(field)s” when its fields were last read.") % names
    if prop and prop.read_only:
        yield _("“%(property)s” can only be read in HubSpot: nothing is written there.") % names
    if field and mapping.rule in _TO_SALESFORCE and not (field.createable or field.updateable):
        yield (
            _(
                "“%(field)s” can only be read in Salesforce. With the rule “Always use Salesforce” its value is carried to"
                " HubSpot alone."
            )
            % names
        )
    if (
        prop
        and field
        and not compatibility.fits(
            property_type=prop.type, property_field_type=prop.field_type, field_type=field.type
        )
    ):
        yield _("The types do not fit: “%(property)s” is %(one)s, “%(field)s” is %(other)s.") % {
            **names,
            "one": prop.type,
            "other": field.type,
        }


def _of_others(mapping: PropertyMapping) -> Iterator[str]:
    others = PropertyMapping.objects.filter(
        object_mapping=mapping.object_mapping_id, salesforce_field=mapping.salesforce_field
    ).exclude(pk=mapping.pk)
    for other in others[:3]:
        yield _(
            "“%(field)s” is mapped to “%(property)s” as well: what one writes, the other may overwrite."
        ) % {"field": mapping.salesforce_field, "property": other.hubspot_property}

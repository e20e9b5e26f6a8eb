"""Why the two ends of a mapping do not fit, in one sentence. Pure."""

from __future__ import annotations

from django.utils.translation import gettext as _

from errors.models import SyncError
from errors.presenting.reading import details_of, text
from errors.presenting.value_types import type_name
from errors.types import ErrorType
from integrations.outcomes import Direction


def types(error: SyncError) -> dict[str, str]:
    """The types of both ends as they were when it failed; "" where one was not seen."""
    details = details_of(error)
    return {
        "hubspot": text(details.get("hubspot_type")),
        "salesforce": text(details.get("salesforce_type") or details.get("field_type")),
    }


def reason(error: SyncError) -> str:
    """One sentence about this pair; "" for errors of other types."""
    if error.type != ErrorType.PROPERTY_MAPPINGS:
        return ""
    details = details_of(error)
    named = {
        "property": text(details.get("hubspot_property")) or _("the property"),
        "field": text(details.get("salesforce_field")) or _("the field"),
        "property_type": type_name(types(error)["hubspot"]) or _("text"),
        "field_type": type_name(types(error)["salesforce"]) or _("another type"),
        "hubspot_object": error.hubspot_object,
        "salesforce_object": error.salesforce_object,
    }
    out = error.direction == Direction.TO_SALESFORCE
    sentences = {
        "field-missing": _("%(salesforce_object)s has no field %(field)s that the integration user can see."),
        "property-missing": _("HubSpot has no property %(property)s on %(hubspot_object)s."),
        "object-missing": _("%(hubspot_object)s or %(salesforce_object)s does not exist any more, or cannot be seen.")
        if out
        else _("%(salesforce_object)s or %(hubspot_object)s does not exist any more, or cannot be seen."),
        "external-id-field-missing": _("%(field)s is not a field that records can be matched by."),
        "types-incompatible": _("%(property)s is of type %(property_type)s, %(field)s of type %(field_type)s: one cannot become the other."),
        "reference-mapping-needed": _("%(field)s holds the id of another record; %(property)s is of type %(property_type)s."),
        "read-only-field": _("Salesforce fills %(field)s itself, so nothing can be written to it."),
        "read-only-property": _("HubSpot fills %(property)s itself, so nothing can be written to it."),
        "mapping-not-valid": _("Salesforce does not accept a mapping of its own objects or fields."),
    }  # fmt: skip
    return sentences.get(error.code, "") % named

"""What the info dialog of one error shows: its cause's texts and all that is known of this very error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import Role
from errors import catalogue, presenters
from errors.models import SyncError
from errors.presenting import demands, links, lookups, options, support
from errors.presenting.reading import by_hubspot, details_of, text
from errors.types import ErrorType
from integrations.models import Connection, Credential, PropertyMapping, SystemName
from integrations.object_labels import label_of_objects, label_of_word
from integrations.schemas import FieldSchema, PropertySchema, last_seen

# Types whose dialog compares the error with the schemas as last read.
_WITH_SCHEMA = frozenset(
    {ErrorType.PICKLISTS, ErrorType.PROPERTY_MAPPINGS, ErrorType.PROPERTY_VALUES}
)
# So many differing options are shown at once; the rest is folded.
DIFFERENCES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MappingLink:
    """The mapping that an error is about; `url` is "" for who may not change mappings."""

    mapping: PropertyMapping
    url: str


def about(*, error: SyncError, connection: Connection) -> dict[str, Any]:
    """The context of `errors/about.html`. At most three queries beside the error's own, whatever its records.

    Spends no CRM call: schemas are those that the sync read last. `connection.role` says who is asking.
    """
    kind = ErrorType(error.type)
    facts = presenters.fields(error, connection=connection)
    context: dict[str, Any] = {
        "error": error,
        "type": kind,
        "cause": catalogue.get_cause(error.type, error.code),
        "summary": presenters.summary(error),
        "facts": facts,
        "about_template": f"errors/about/{kind.value}.html",
        "by_hubspot": by_hubspot(error),
        "setup_links": links.setup_links(
            error, connection=connection, key_kind=_key_kind(error, connection)
        ),
    }
    if kind is ErrorType.ASSOCIATIONS:
        blocking = _blocking_error(error, connection)
        context["blocking_error"] = blocking
        context["limit_of"] = label_of_word(facts["limit_of"])
        if blocking:
            facts["record"]["error"] = {"id": blocking["error"].pk, "title": blocking["title"]}
    if kind is ErrorType.DUPLICATES:
        lookups.names_of_duplicates(connection=connection, shown={error.pk: facts})
    if kind is ErrorType.OTHER:
        context["objects"] = label_of_objects(
            connection_id=connection.pk,
            hubspot_object=error.hubspot_object,
            salesforce_object=error.salesforce_object,
        )
        context["support_text"] = support.support_text(error, connection=connection)
        context["reference"] = support.reference(error)
    if kind in _WITH_SCHEMA:
        context |= _with_schema(error, connection, facts)
    return context


def deeper_facts(context: dict[str, Any]) -> dict[str, Any]:
    """What `about()` found beyond `facts`, JSON-able, for the API: links, mapping, options, support_text."""
    mapping: MappingLink | None = context.get("mapping")
    comparison: options.Comparison | None = context.get("comparison")
    deeper: dict[str, Any] = {
        "links": [{"label": link.label, "url": link.url} for link in context["setup_links"]]
    }
    if context["type"] in _WITH_SCHEMA:
        deeper["mapping"] = mapping.mapping.pk if mapping else None
    if context["type"] is ErrorType.PICKLISTS:
        pairs = (*comparison.differences, *comparison.same) if comparison else ()
        deeper["options"] = [
            {
                "state": pair.state.value,
                "hubspot": _option(pair.hubspot),
                "salesforce": _option(pair.salesforce),
                "refused": pair.offending,
            }
            for pair in pairs
        ]
    if "support_text" in context:
        deeper["support_text"] = context["support_text"]
    return deeper


def _option(option: options.Option | None) -> dict[str, Any] | None:
    if option is None:
        return None
    return {"value": option.value, "label": option.label, "active": option.active}


def _key_kind(error: SyncError, connection: Connection) -> str:
    """How HubSpot is logged in to, asked only where a scope is missing. One query then."""
    if error.code != "missing-scope":
        return ""
    kinds = Credential.objects.filter(connection=connection, system=SystemName.HUBSPOT)
    return kinds.values_list("kind", flat=True).first() or ""


def _blocking_error(error: SyncError, connection: Connection) -> dict[str, Any] | None:
    found = lookups.blocking_errors(connection=connection, errors=[error]).get(error.pk)
    if found is None:
        return None
    return {
        "error": found,
        "title": presenters.title(found),
        "summary": presenters.summary(found),
    }


def _with_schema(error: SyncError, connection: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    seen = last_seen(
        connection_id=connection.pk,
        hubspot_object=error.hubspot_object,
        sobject=error.salesforce_object,
    )
    mapping = mapping_of(error, connection)
    ends = mapping.mapping if mapping else None
    field_name = facts["field"] or (ends.salesforce_field if ends else "")
    property_name = facts["property"] or (ends.hubspot_property if ends else "")
    field = (seen.fields or {}).get(field_name)
    prop = (seen.properties or {}).get(property_name)
    context: dict[str, Any] = {
        "read_at": seen.read_at,
        "property_name": property_name,
        "field_name": field_name,
        "crm_field": field,
        "field_read": seen.fields is not None,
        "property_read": seen.properties is not None,
        "crm_property": prop,
        "mapping": mapping,
    }
    if error.type == ErrorType.PICKLISTS:
        context |= _comparison(facts["value"], prop, field)
    elif error.type == ErrorType.PROPERTY_VALUES:
        facts["demands"] = demands.demands(error, field=field)
        context["value_length"] = len(text(details_of(error).get("value")))
    return context


def _comparison(
    value: str, prop: PropertySchema | None, field: FieldSchema | None
) -> dict[str, Any]:
    of_hubspot, of_salesforce = options.of_property(prop), options.of_field(field)
    if not of_hubspot and not of_salesforce:
        return {}
    found = options.compare_options(of_hubspot, of_salesforce, offending=value)
    return {
        "comparison": found,
        "one_sided": not (of_hubspot and of_salesforce),
        "differences": found.differences[:DIFFERENCES_SHOWN],
        "more_differences": found.differences[DIFFERENCES_SHOWN:],
    }


def mapping_of(error: SyncError, connection: Connection) -> MappingLink | None:
    """The property mapping that an error is about, with the way to it for admins. One query."""
    details = details_of(error)
    ends = {
        "hubspot_property": text(details.get("hubspot_property")),
        "salesforce_field": text(details.get("salesforce_field")),
    }
    known = {key: value for key, value in ends.items() if value}
    if not known:
        return None
    found = (
        PropertyMapping.objects.filter(
            object_mapping__connection=connection,
            object_mapping__hubspot_object=error.hubspot_object,
            object_mapping__salesforce_object=error.salesforce_object,
            **known,
        )
        .select_related("object_mapping")
        .order_by("id")
        .first()
    )
    if found is None:
        return None
    if getattr(connection, "role", None) != Role.ADMIN:
        return MappingLink(found, "")
    page = reverse(
        "mapping",
        kwargs={"connection_id": connection.pk, "mapping_id": found.object_mapping_id},
    )
    return MappingLink(found, f"{page}#property-{found.pk}")

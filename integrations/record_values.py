"""What both sides are known to hold of one record, pair by pair, as last read: no call to either CRM."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.models import ObjectMapping, PropertyMapping, RecordLink, SchemaCache, SystemName
from integrations.outcomes import Direction


@dataclass(frozen=True, slots=True)
class PairValues:
    """One property mapping with the values of both sides, as canonical text (integrations.engine.values).

    None is a value that the sync does not know: its side has no such record yet, or the pair is not read.
    """

    hubspot_property: str
    property_label: str
    salesforce_field: str
    field_label: str
    rule: str
    rule_label: str
    paused: bool
    hubspot_value: str | None
    salesforce_value: str | None
    pending: tuple[str, ...]  # directions in which the value is still to be carried over

    @property
    def differs(self) -> bool:
        known = self.hubspot_value is not None and self.salesforce_value is not None
        return known and self.hubspot_value != self.salesforce_value

    @property
    def syncs(self) -> bool:
        return not self.paused and self.rule != PropertyMapping.Rule.NONE


def record_values(*, mapping: ObjectMapping, link: RecordLink | None) -> list[PairValues]:
    """The pairs of a mapping, in its order, with the values of the record that `link` joins.

    Two queries, whatever the number of pairs: the pairs, and the cached schemas for their labels.
    """
    pairs = list(mapping.properties.all())
    labels = _labels(mapping)
    return [
        PairValues(
            hubspot_property=pair.hubspot_property,
            property_label=labels[SystemName.HUBSPOT].get(pair.hubspot_property, ""),
            salesforce_field=pair.salesforce_field,
            field_label=labels[SystemName.SALESFORCE].get(pair.salesforce_field, ""),
            rule=pair.rule,
            rule_label=str(PropertyMapping.Rule(pair.rule).label),
            paused=pair.paused,
            hubspot_value=_known(link, SystemName.HUBSPOT, pair),
            salesforce_value=_known(link, SystemName.SALESFORCE, pair),
            pending=_pending(link, pair),
        )
        for pair in pairs
    ]


def _key(pair: PropertyMapping) -> str:
    return f"{pair.hubspot_property}:{pair.salesforce_field}"  # integrations.engine.values.Pair.key


def _known(link: RecordLink | None, system: SystemName, pair: PropertyMapping) -> str | None:
    """A pair that was read on one side is known on both: what is not among a record's values is empty."""
    if link is None:
        return None
    hubspot = system == SystemName.HUBSPOT
    record_id = link.hubspot_id if hubspot else link.salesforce_id
    values = link.hubspot_values if hubspot else link.salesforce_values
    key = _key(pair)
    was_read = key in link.hubspot_values or key in link.salesforce_values
    return str(values.get(key, "")) if record_id and was_read else None


def _pending(link: RecordLink | None, pair: PropertyMapping) -> tuple[str, ...]:
    if link is None:
        return ()
    key = _key(pair)
    lists = (
        (Direction.TO_SALESFORCE, link.pending_to_salesforce),
        (Direction.TO_HUBSPOT, link.pending_to_hubspot),
    )
    return tuple(str(direction.value) for direction, keys in lists if key in keys)


def _labels(mapping: ObjectMapping) -> dict[SystemName, dict[str, str]]:
    """The labels of both objects by name, as the schemas were last read, however old."""
    found: dict[SystemName, dict[str, str]] = {system: {} for system in SystemName}
    names = {
        SystemName.HUBSPOT: mapping.hubspot_object,
        SystemName.SALESFORCE: mapping.salesforce_object,
    }
    for row in SchemaCache.objects.filter(
        connection_id=mapping.connection_id, object_name__in=list(names.values())
    ):
        system = SystemName(row.system)
        if row.object_name == names[system]:
            found[system] = {
                str(one["name"]): str(one.get("label") or "") for one in row.content.get("rows", ())
            }
    return found

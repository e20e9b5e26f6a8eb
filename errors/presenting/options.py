"""The options of a HubSpot property and the values of a Salesforce field, side by side. Pure.

Two options belong together as the sync carries values over (`integrations.engine.values`): the internal value first,
then HubSpot's label, then the internal value in other letters, all against Salesforce's API names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from integrations.schemas import FieldSchema, PropertySchema


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is what is stored, `label` what people see; `active` False: inactive or hidden."""

    value: str
    label: str = ""
    active: bool = True

    @property
    def own_label(self) -> str:
        """The label where it says more than the value."""
        return self.label if self.label and self.label != self.value else ""


class State(StrEnum):
    SAME = "same"
    ONLY_HUBSPOT = "only_hubspot"
    ONLY_SALESFORCE = "only_salesforce"
    INACTIVE = "inactive"  # on both sides, but inactive in Salesforce: a restricted list refuses it


@dataclass(frozen=True, slots=True)
class Pair:
    state: State
    hubspot: Option | None = None
    salesforce: Option | None = None
    offending: bool = False  # the value that was refused


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differences` come with the refused value first; `same` in HubSpot's order. Every HubSpot option stands in
    one pair, every Salesforce value in one at least."""

    differences: tuple[Pair, ...] = ()
    same: tuple[Pair, ...] = ()
    hubspot_total: int = 0
    salesforce_total: int = 0
    # The refused value, where neither side has it: free text, or an option that was removed.
    unknown_value: str = ""


def compare_options(
    hubspot: Sequence[Option], salesforce: Sequence[Option], *, offending: str = ""
) -> Comparison:
    """Joins both lists. `offending`: the refused value, in the words of either side."""
    exact = {one.value: one for one in reversed(salesforce)}
    folded = {one.value.casefold(): one for one in reversed(salesforce)}
    wanted = offending.casefold()
    pairs: list[Pair] = []
    joined: set[str] = set()
    for option in hubspot:
        other = (
            exact.get(option.value)
            or folded.get((option.label or option.value).casefold())
            or folded.get(option.value.casefold())
        )
        if other is not None:
            joined.add(other.value)
        if other is None:
            state = State.ONLY_HUBSPOT
        else:
            state = State.SAME if other.active else State.INACTIVE
        pairs.append(Pair(state, option, other, _is(wanted, option, other)))
    pairs += [
        Pair(State.ONLY_SALESFORCE, None, one, _is(wanted, one))
        for one in salesforce
        if one.value not in joined
    ]
    differences = [pair for pair in pairs if pair.state is not State.SAME]
    same = tuple(pair for pair in pairs if pair.state is State.SAME)
    return Comparison(
        differences=tuple(sorted(differences, key=lambda pair: not pair.offending)),
        same=same,
        hubspot_total=len(hubspot),
        salesforce_total=len(salesforce),
        unknown_value="" if not offending or any(pair.offending for pair in pairs) else offending,
    )


def _is(wanted: str, *options: Option | None) -> bool:
    return bool(wanted) and any(
        wanted in (one.value.casefold(), one.label.casefold()) for one in options if one
    )


def of_property(prop: PropertySchema | None) -> list[Option]:
    """A property's options in its order; none for free text and for a property that was never read."""
    if prop is None:
        return []
    return [
        Option(value, prop.labels.get(value, value), active=value not in prop.hidden)
        for value in prop.options
    ]


def of_field(field: FieldSchema | None) -> list[Option]:
    """A field's picklist values, the active ones first."""
    if field is None:
        return []
    active = [
        Option(value, field.picklist_labels.get(value, value)) for value in field.picklist_values
    ]
    return active + [
        Option(value, field.picklist_labels.get(value, value), active=False)
        for value in field.inactive_values
    ]

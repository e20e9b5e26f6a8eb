"""What an update would do, told before anything is written: numbers that are kept, and a look at some records."""

from __future__ import annotations

from dataclasses import dataclass, field

from errors.jobs import typed_numbers, update_records
from errors.jobs.update_modes import TOUCH
from errors.jobs.update_records import Look
from errors.jobs.update_requests import Plan
from integrations import usage
from integrations.engine.values import Pair

HUBSPOT_ROWS = 100  # of one HubSpot call
SALESFORCE_ROWS = 200  # of one Salesforce call
_LONGEST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the sample: what its property holds, as last read, and what it will hold."""

    label: str
    hubspot_id: str
    before: str | None  # None: never read
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    look: Look
    changes: list[Change]
    hubspot_calls: int
    salesforce_calls: int
    calls_left: int
    told: list[str] = field(default_factory=list)


def preview_update(plan: Plan) -> Preview:
    """What the plan would do. Six queries at most, no call: values are those that the sync read last."""
    look = update_records.look(selection=plan.selection, mapping=plan.mapping, objects=plan.objects)
    to_write = look.records if look.at_most else look.records - look.without_hubspot
    parts = -(-to_write // HUBSPOT_ROWS)
    left = usage.api_usage(connection_id=plan.selection.connection_id).remaining
    return Preview(
        look=look,
        changes=_changes(plan, look),
        hubspot_calls=parts * (2 if plan.mode == TOUCH else 1),
        # One describe, so that nothing is written on the word of an old one.
        salesforce_calls=-(-to_write // SALESFORCE_ROWS) + 1 if to_write else 0,
        calls_left=left,
        told=plan.told,
    )


def _changes(plan: Plan, look: Look) -> list[Change]:
    links = plan.mapping.links.filter(hubspot_id__in=[row.hubspot_id for row in look.sample])
    held = dict(links.values_list("hubspot_id", "hubspot_values"))
    after = plan.value
    key = f"{plan.pair.hubspot_property}:{plan.pair.salesforce_field}"
    if plan.salesforce_field is not None:
        pair = Pair(plan.prop, plan.salesforce_field, plan.pair.rule)
        after = pair.from_hubspot(plan.value)
    shown = typed_numbers.shown if plan.prop.type == "number" else str
    changes = []
    for row in look.sample:
        before = (held.get(row.hubspot_id) or {}).get(key)
        will_hold = (before or "") if plan.mode == TOUCH else after
        changes.append(
            Change(
                label=row.label or row.hubspot_id,
                hubspot_id=row.hubspot_id,
                before=None if before is None else shown(before)[:_LONGEST_SHOWN],
                after=shown(will_hold)[:_LONGEST_SHOWN],
            )
        )
    return changes

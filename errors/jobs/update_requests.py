"""What may be asked of an update, and what it would do: checked and told before anything is written.

A job's request is {"error" | "type" | "filters" | "view": which records ("members": "all" takes those of a view that sync again
as well), "mapping": ObjectMapping, "pair": PropertyMapping, "property", "field", "object_type_id": their names, "mode": "set" | "touch"
| "clear", "value": text as HubSpot stores it, "last_id": the newest affected row that was there}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from errors.jobs import update_checks, update_records
from errors.jobs.create import JobCreated, create_job, earlier_job
from errors.jobs.refusals import JobRefused
from errors.jobs.update_modes import MODES, SET
from errors.jobs.update_records import Selection
from errors.models import BulkJob
from integrations import schemas
from integrations.models import Connection, ObjectMapping, PropertyMapping
from integrations.object_labels import shown_label
from integrations.schemas import FieldSchema, PropertySchema


class UpdateInvalid(Exception):
    """The update cannot be asked for like this. `fields`: by name of the form's and the API's fields."""

    def __init__(self, fields: dict[str, list[str]], *, code: str = "invalid_update") -> None:
        self.fields = fields
        self.code = code
        self.message = next(iter(fields.values()))[0]
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Plan:
    """An update that can be done, as far as the schemas that were last read say."""

    selection: Selection
    mapping: ObjectMapping
    pair: PropertyMapping
    prop: PropertySchema
    salesforce_field: FieldSchema | None
    mode: str
    value: str
    told: list[str]
    read_at: datetime | None
    objects: int = 1

    @property
    def request(self) -> dict[str, Any]:
        return {
            **self.selection.asked,
            "mapping": self.mapping.pk,
            "pair": self.pair.pk,
            "property": self.pair.hubspot_property,
            "field": self.pair.salesforce_field,
            "object_type_id": self.mapping.hubspot_object_type_id,
            "mode": self.mode,
            "value": self.value,
        }


def offered_pairs(mappings: list[ObjectMapping]) -> dict[int, list[PropertyMapping]]:
    """The mapped properties of each object, by its id. One query."""
    found: dict[int, list[PropertyMapping]] = {mapping.pk: [] for mapping in mappings}
    pairs = PropertyMapping.objects.filter(object_mapping__in=mappings)
    for pair in pairs.order_by("hubspot_property", "id"):
        found[pair.object_mapping_id].append(pair)
    return found


def plan_update(
    *,
    selection: Selection,
    mappings: list[ObjectMapping],
    asked: Mapping[str, Any],
    as_typed: bool = False,
) -> Plan:
    """The plan for `asked`: {"pair", "mapping"?, "mode", "value"}. `mappings` are those of the selection.
    `as_typed`: a person wrote the value, in the way of the active language.

    Raises UpdateInvalid. Two queries, no call.
    """
    wrong: dict[str, list[str]] = {}
    pair = _pair(str(asked.get("pair") or ""), mappings)
    if pair is None:
        text = str(asked.get("pair") or "")
        wrong["pair"] = [
            _("This property is not mapped for these records. Choose one from the list.")
            if text
            else _("Choose a mapped property.")
        ]
    elif asked.get("mapping") and str(asked["mapping"]) != str(pair.object_mapping_id):
        wrong["mapping"] = [_("This property is not mapped for this object.")]
    mode = str(asked.get("mode") or "")
    if mode not in MODES:
        wrong["mode"] = [_("Choose what to do: %(modes)s.") % {"modes": ", ".join(MODES)}]
    if wrong:
        raise UpdateInvalid(wrong)
    assert pair is not None
    mapping = next(one for one in mappings if one.pk == pair.object_mapping_id)
    if not mapping.enabled:
        raise UpdateInvalid(
            {
                "pair": [
                    _("%(label)s do not sync now. Switch their sync on in the settings first.")
                    % {"label": shown_label(mapping)}
                ]
            },
            code="object_not_synced",
        )
    read = schemas.last_seen(
        connection_id=selection.connection_id,
        hubspot_object=mapping.hubspot_object,
        sobject=mapping.salesforce_object,
    )
    value = str(asked.get("value") or "") if mode == SET else ""
    return checked_plan(
        selection=selection,
        mapping=mapping,
        pair=pair,
        read=read,
        mode=mode,
        value=value,
        objects=len(mappings),
        as_typed=as_typed,
    )


def checked_plan(
    *,
    selection: Selection,
    mapping: ObjectMapping,
    pair: PropertyMapping,
    read: schemas.Seen,
    mode: str,
    value: str,
    objects: int = 1,
    as_typed: bool = False,
) -> Plan:
    """The plan once both schemas have nothing against it. Raises UpdateInvalid."""
    if read.properties is None:
        raise UpdateInvalid(
            {
                "pair": [
                    _("HubSpot's properties have not been read yet. Read them, then try again.")
                ]
            },
            code="schema_unknown",
        )
    prop = read.properties.get(pair.hubspot_property)
    if prop is None:
        raise UpdateInvalid(
            {
                "pair": [
                    _("HubSpot has no property “%(name)s” (any more).")
                    % {"name": pair.hubspot_property}
                ]
            },
            code="property_missing",
        )
    salesforce_field = (read.fields or {}).get(pair.salesforce_field)
    checked = update_checks.check_value(
        prop=prop,
        salesforce_field=salesforce_field,
        rule=pair.rule,
        paused=pair.paused,
        mode=mode,
        value=value,
        as_typed=as_typed,
    )
    if checked.refused:
        where = "pair" if prop.read_only or prop.calculated else "value" if mode == SET else "mode"
        raise UpdateInvalid({where: checked.refused})
    return Plan(
        selection=selection,
        mapping=mapping,
        pair=pair,
        prop=prop,
        salesforce_field=salesforce_field,
        mode=mode,
        value=checked.value,
        told=checked.told,
        read_at=read.read_at,
        objects=objects,
    )


def _pair(text: str, mappings: list[ObjectMapping]) -> PropertyMapping | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return PropertyMapping.objects.filter(pk=int(text), object_mapping__in=mappings).first()


def start_update(
    *,
    plan: Plan,
    user: User | None,
    idempotency_key: str,
    last_id: int | None = None,
) -> JobCreated:
    """Stores the job. `last_id`: up to which row records are meant; None: all that there are now.

    Raises JobRefused: nothing_to_update, key_reused (409). Eight queries at most.
    """
    if last_id is None:
        last_id = update_records.newest_row()
    # What it was about may sync again by now, and the key is the one of a job all the same.
    if _nothing_to_write(plan) and not earlier_job(
        connection_id=plan.selection.connection_id, idempotency_key=idempotency_key
    ):
        raise nothing_to_update()
    return create_job(
        connection_id=plan.selection.connection_id,
        kind=BulkJob.Kind.UPDATE,
        request={**plan.request, "last_id": last_id},
        user=user,
        idempotency_key=idempotency_key,
        found=("last_id",),
    )


def nothing_to_update() -> JobRefused:
    return JobRefused(
        "nothing_to_update",
        _(
            "None of these records is in HubSpot, or none fails any more, so there is nothing to write."
        ),
    )


def _nothing_to_write(plan: Plan) -> bool:
    look = update_records.look(
        selection=plan.selection, mapping=plan.mapping, objects=plan.objects, sample=0
    )
    return not look.at_most and look.records <= look.without_hubspot


def plan_of(job: BulkJob, *, read: Callable[[ObjectMapping], schemas.Seen]) -> Plan:
    """The plan of a stored job, checked once more by the schemas that `read` gives.

    Raises NoSuchRecords and UpdateInvalid where what it was asked for is gone or cannot be done any more.
    """
    asked = job.request
    selection = update_records.find_selection(
        connection_id=job.connection_id, asked=asked, now=job.created_at
    )
    mapping = ObjectMapping.objects.filter(
        pk=asked["mapping"], connection_id=job.connection_id
    ).first()
    pair = _pair(str(asked["pair"]), [mapping]) if mapping else None
    if mapping is None or pair is None or pair.hubspot_property != asked["property"]:
        raise UpdateInvalid(
            {"pair": [_("“%(name)s” is not mapped any more.") % {"name": asked["property"]}]}
        )
    return checked_plan(
        selection=selection,
        mapping=mapping,
        pair=pair,
        read=read(mapping),
        mode=asked["mode"],
        value=asked["value"],
    )


def read_schemas_again(*, connection: Connection, mapping: ObjectMapping) -> None:
    """Reads both sides' schemas now: one call of each CRM. Raises what the clients raise."""
    schemas.hubspot_properties(
        connection=connection, object_type=mapping.hubspot_object, refresh=True
    )
    schemas.salesforce_fields(
        connection=connection, sobject=mapping.salesforce_object, refresh=True
    )

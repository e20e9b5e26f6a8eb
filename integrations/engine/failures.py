"""Failures told fully: which property, field and value the refusal was about. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations import own_words
from integrations.engine.context import Context, Parent
from integrations.engine.values import Pair
from integrations.outcomes import Direction, Failure, System

_LONGEST_VALUE = 500
# Salesforce names the field of DUPLICATE_VALUE in the text alone.
_WORD = re.compile(r"\w+")


def told(
    failure: Failure,
    *,
    context: Context,
    direction: str,
    sent: Mapping[str, Any],
    own_id: str,
    label: str,
) -> Failure:
    """`failure` with the mapping's view of it in its details; what the client knew stays.

    `sent`: what was written, by field or property. `own_id` and `label`: the record's id in the system it comes
    from, and its name.
    """
    details: dict[str, Any] = dict(failure.details)
    name = _concerned(failure, sent)
    pair = _pair(context.pairs, direction, name)
    if name:
        details.setdefault("value", _plain(sent.get(name)))
        side = "salesforce_field" if direction == Direction.TO_SALESFORCE else "hubspot_property"
        details.setdefault(side, name)
    if pair:
        details.update(
            hubspot_property=pair.prop.name,
            salesforce_field=pair.field.name,
            hubspot_type=pair.prop.type,
            salesforce_type=pair.field.type,
            field_type=pair.field.type,
            permissionable=pair.field.permissionable,
        )
        if pair.field.length:
            details.setdefault("field_length", pair.field.length)
        if pair.field.precision:
            details.setdefault("field_precision", pair.field.precision)
            details.setdefault("field_scale", pair.field.scale)
    if "duplicate" in details or failure.code.startswith("DUPLICATE") or failure.code == "CONFLICT":
        duplicate = dict(details.get("duplicate") or {})
        own = "hubspot" if direction == Direction.TO_SALESFORCE else "salesforce"
        duplicate.setdefault(f"{own}_id", own_id)
        duplicate.setdefault(f"{own}_label", label)
        if not duplicate.get("value"):
            value = sent.get(name) if name else sent.get("Email") or sent.get("email")
            duplicate["value"] = _plain(value)
        details["duplicate"] = duplicate
    return replace(
        failure, details={key: value for key, value in details.items() if value is not None}
    )


def _concerned(failure: Failure, sent: Mapping[str, Any]) -> str:
    """The first of the failure's fields that was sent, or that its message names; else the only one listed."""
    by_lower = {name.lower(): name for name in sent}
    for name in failure.fields:
        if name.lower() in by_lower:
            return by_lower[name.lower()]
    if not failure.fields:
        words = set(_WORD.findall(failure.message.lower()))
        return next((name for lower, name in by_lower.items() if lower in words), "")
    return failure.fields[0] if len(failure.fields) == 1 else ""


def _pair(pairs: Sequence[Pair], direction: str, name: str) -> Pair | None:
    for pair in pairs:
        own = pair.field.name if direction == Direction.TO_SALESFORCE else pair.prop.name
        if name and own == name:
            return pair
    return None


def _plain(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST_VALUE]


def waiting_for_parent(
    parent: Parent, *, hubspot_id: str = "", salesforce_id: str = "", label: str = ""
) -> Failure:
    """The record's parent has no counterpart yet, so the record waits for it."""
    kind = parent.mapping.parent
    return parent_not_synced(
        hubspot_object=kind.hubspot_object,
        salesforce_object=kind.salesforce_object,
        hubspot_id=hubspot_id,
        salesforce_id=salesforce_id,
        label=label,
        fields=(parent.field,),
    )


def parent_not_synced(
    *,
    hubspot_object: str,
    salesforce_object: str,
    hubspot_id: str = "",
    salesforce_id: str = "",
    label: str = "",
    fields: tuple[str, ...] = (),
) -> Failure:
    """The failure of whatever waits for this record, which one side has alone: the one whose id is given."""
    to_hubspot = bool(salesforce_id) and not hubspot_id
    name = label or salesforce_id or hubspot_id
    where = "HubSpot" if to_hubspot else "Salesforce"
    return Failure(
        system=System.HUBSPOT if to_hubspot else System.SALESFORCE,
        code="SYNC_PARENT_NOT_SYNCED",
        message=own_words.WAITS.of(record=name, system=where),
        fields=fields,
        details={
            "found_without_call": True,
            "blocking_record": {
                "object": salesforce_object if to_hubspot else hubspot_object,
                "label": label,
                "hubspot_id": hubspot_id,
                "salesforce_id": salesforce_id,
            },
        },
    )


def read_only(pair: Pair, *, direction: str, value: str) -> Failure:
    """A mapping that writes where nobody can write."""
    out = direction == Direction.TO_SALESFORCE
    return Failure(
        system=System.SALESFORCE if out else System.HUBSPOT,
        code="SYNC_FIELD_READ_ONLY",
        message=own_words.ONLY_READ.of(name=pair.field.label if out else pair.prop.label),
        fields=(pair.field.name if out else pair.prop.name,),
        details={
            "found_without_call": True,
            "hubspot_property": pair.prop.name,
            "salesforce_field": pair.field.name,
            "value": value[:_LONGEST_VALUE],
        },
    )

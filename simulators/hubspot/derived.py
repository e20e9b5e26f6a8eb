"""What HubSpot sets by itself when a record is written: defaults, computed properties, the deal's stage."""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from simulators.hubspot.errors import problem, property_problems
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.times import DAY_MS, parse_moment


def domain_of(text: str) -> str:
    """The bare host of an address or domain: `https://www.Acme.com/x` gives `acme.com`."""
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    return host.removeprefix("www.")


def before_create(
    connection: sqlite3.Connection, object_type: ObjectType, values: dict[str, str]
) -> None:
    """Fill in what a new record gets when the caller left it out."""
    if object_type.id == "0-1":
        values.setdefault("lifecyclestage", "lead")
    elif object_type.id == "0-2":
        values.setdefault("lifecyclestage", "lead")
        if values.get("website") and not values.get("domain") and domain_of(values["website"]):
            values["domain"] = domain_of(values["website"])
        elif values.get("domain"):
            values.setdefault("website", values["domain"])
    elif object_type.id == "0-3" and values.get("dealstage") and not values.get("pipeline"):
        values["pipeline"] = _pipeline_of_stage(connection, values["dealstage"])


def pipelines(connection: sqlite3.Connection, type_id: str = "0-3") -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT body FROM hs_pipeline WHERE type_id = ? ORDER BY id", (type_id,)
    )
    return [json.loads(row["body"]) for row in rows]


def _pipeline_of_stage(connection: sqlite3.Connection, stage: str) -> str:
    for pipeline in pipelines(connection):
        if any(each["id"] == stage for each in pipeline["stages"]):
            return str(pipeline["id"])
    return "default"


def check_stage(
    connection: sqlite3.Connection,
    object_type: ObjectType,
    changed: dict[str, str],
    before: dict[str, str],
) -> None:
    """A deal's stage must belong to its pipeline. Raises INVALID_OPTION naming the pipeline's stages."""
    if object_type.id != "0-3" or not ({"dealstage", "pipeline"} & changed.keys()):
        return
    after = {**before, **changed}
    stage, pipeline_id = after.get("dealstage"), after.get("pipeline")
    for pipeline in pipelines(connection):
        if pipeline["id"] == pipeline_id and stage:
            stages = [each["id"] for each in pipeline["stages"]]
            if stage not in stages:
                text = f"{stage} was not one of the allowed options: [{', '.join(stages)}]"
                raise property_problems([problem("dealstage", "INVALID_OPTION", text)])


def computed(
    connection: sqlite3.Connection,
    object_type: ObjectType,
    values: dict[str, str],
    at: str,
    before: dict[str, str] | None = None,
) -> dict[str, str]:
    """Computed properties of a record that differ from what `before` holds."""
    old = before or {}
    found: dict[str, str] = {}
    if object_type.id == "0-1":
        email = values.get("email", "")
        full = " ".join(filter(None, (values.get("firstname"), values.get("lastname"))))
        found = {"hs_email_domain": email.partition("@")[2], "hs_full_name_or_email": full or email}
        if before is None:
            found |= {
                "hs_is_contact": "true",
                "hs_is_unworked": "true",
                "hs_pipeline": "contacts-lifecycle-pipeline",
                "hs_all_contact_vids": values["hs_object_id"],
            }
    elif object_type.id == "0-3":
        found = _deal(connection, values)
    if values.get("hubspot_owner_id", "") != old.get("hubspot_owner_id", ""):
        found["hubspot_owner_assigneddate"] = at if values.get("hubspot_owner_id") else ""
    return {name: value for name, value in found.items() if old.get(name, "") != value}


def _deal(connection: sqlite3.Connection, values: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pipeline in pipelines(connection):
        for stage in pipeline["stages"]:
            if pipeline["id"] == values.get("pipeline") and stage["id"] == values.get("dealstage"):
                probability = stage["metadata"]["probability"]
                closed = stage["metadata"]["isClosed"]
                found = {
                    "hs_deal_stage_probability": probability,
                    "hs_is_closed": closed,
                    "hs_is_closed_won": "true"
                    if closed == "true" and float(probability) == 1
                    else "false",
                }
                if amount := values.get("amount"):
                    found["hs_projected_amount"] = str(round(float(amount) * float(probability), 2))
    opened, closes = (
        parse_moment(values.get("createdate", "")),
        parse_moment(values.get("closedate", "")),
    )
    if opened is not None and closes is not None:
        found["days_to_close"] = str(max(0, (closes - opened) // DAY_MS))
    return found

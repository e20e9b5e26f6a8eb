"""Puts the world into the HubSpot account: its properties first, then the records, then the limits."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from typing import Any

from simulators.hubspot import properties, records
from simulators.hubspot.defaults import deal_pipeline
from simulators.hubspot.object_types import get_type
from simulators.hubspot.times import iso, tick
from simulators.world import names
from simulators.world.build import STAGES, World

CONTACT, COMPANY, DEAL = "0-1", "0-2", "0-3"
_CONTACT_TO_COMPANY, _DEAL_TO_COMPANY, _COMPANY_TO_CONTACT = 279, 341, 280

_BUYING_ROLES = (
    ("decision_maker", "Decision Maker"),
    ("budget_holder", "Budget Holder"),
    ("influencer", "Influencer"),
    ("user_buyer", "User Buyer"),
    ("champion", "Champion"),
)


def load(db: sqlite3.Connection, world: World) -> None:
    """Fills a fresh account. Runs inside a transaction of the store."""
    _properties(db)
    _pipeline(db)
    companies = _create(db, COMPANY, world.hubspot.companies, _company, {})
    for type_id, rows, values, kind in (
        (CONTACT, world.hubspot.contacts, _contact, _CONTACT_TO_COMPANY),
        (DEAL, world.hubspot.deals, _deal, _DEAL_TO_COMPANY),
    ):
        links = {
            key: _link(companies[world.company_of[key]], kind)
            for key in rows
            if world.company_of.get(key) in companies
        }
        _create(db, type_id, rows, values, links)
    db.execute(
        "UPDATE hs_association_type SET max_to = ? WHERE from_type = ? AND to_type = ? AND type_id = ?",
        (world.association_limit, COMPANY, CONTACT, _COMPANY_TO_CONTACT),
    )


def _link(company_id: int, kind: int) -> list[dict[str, Any]]:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}
    return [{"to": {"id": str(company_id)}, "types": [spec]}]


def _create(
    db: sqlite3.Connection,
    type_id: str,
    rows: dict[str, dict[str, Any]],
    values: Any,
    links: dict[str, list[dict[str, Any]]],
) -> dict[str, int]:
    ids: dict[str, int] = {}
    object_type = get_type(db, type_id)
    writing = records.begin(db, object_type, source="IMPORT", rules=False)
    for key, row in rows.items():
        filled = {
            name: str(value) for name, value in values(row).items() if value not in ("", None)
        }
        ids[key] = records.create(writing, filled, links.get(key)).id
    return ids


def _property(label: str, kind: str, field_type: str, group: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "type": kind, "fieldType": field_type, "groupName": group, **more}


def _properties(db: sqlite3.Connection) -> None:
    options = [{"label": label, "value": value} for value, label in _BUYING_ROLES]
    contact, company, deal = "contactinformation", "companyinformation", "dealinformation"
    wanted = (
        (
            CONTACT,
            "buying_role",
            _property("Buying role", "enumeration", "select", contact, options=options),
        ),
        (CONTACT, "nps_score", _property("NPS score", "number", "number", contact)),
        (CONTACT, "billing_email", _property("Billing e-mail", "string", "text", contact)),
        (CONTACT, "legacy_score", _property("Legacy score", "number", "number", contact)),
        (COMPANY, "customer_number", _property("Customer number", "string", "text", company)),
        (COMPANY, "account_manager", _property("Account manager", "string", "text", company)),
        (DEAL, "discount", _property("Discount (%)", "number", "number", deal)),
    )
    for type_id, name, body in wanted:
        properties.create(db, type_id, {"name": name, **body})
    industry = properties.get(db, COMPANY, "industry")
    known = {option["value"] for option in industry["options"]}
    for _, value, label in names.COMPANY_FIELDS:
        if value not in known:
            industry["options"].append(
                {
                    "label": label,
                    "value": value,
                    "description": "",
                    "displayOrder": len(industry["options"]),
                    "hidden": False,
                }
            )
    properties.save(db, COMPANY, industry)


def _pipeline(db: sqlite3.Connection) -> None:
    pipeline = deal_pipeline(iso(tick(db)))
    like = pipeline["stages"][0]
    closed = {"closedwon": "1.0", "closedlost": "0.0"}
    pipeline["stages"] = [
        {
            **like,
            "id": stage,
            "label": label,
            "displayOrder": order,
            "metadata": {
                "isClosed": "true" if stage in closed else "false",
                "probability": closed.get(stage, f"{0.2 * (order + 1):.1f}"),
            },
        }
        for order, (stage, label) in enumerate(STAGES)
    ]
    db.execute(
        "UPDATE hs_pipeline SET body = ? WHERE type_id = ? AND id = 'default'",
        (json.dumps(pipeline), DEAL),
    )


def _company(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "domain": row["domain"],
        "country": row["country"],
        "city": row["city"],
        "phone": row["phone"],
        "numberofemployees": row["employees"],
        "annualrevenue": row["revenue"],
        "description": row["description"],
        "industry": row["industry"],
        "customer_number": row["customer_number"],
        "account_manager": row.get("account_manager", ""),
        "type": row.get("kind", ""),
    }


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "firstname": row["first"],
        "lastname": row["last"],
        "email": row["email"],
        "jobtitle": row["title"],
        "phone": row["phone"],
        "city": row["city"],
        "country": row["country"],
        "buying_role": row["buying_role"],
        "nps_score": row.get("nps_score", ""),
        "billing_email": row.get("billing_email", ""),
        "legacy_score": row.get("legacy_score", ""),
    }


def _deal(row: dict[str, Any]) -> dict[str, Any]:
    closing: date = row["close_date"]
    return {
        "dealname": row["name"],
        "amount": row["amount"],
        "closedate": f"{closing.isoformat()}T00:00:00Z",
        "dealstage": row["hs_stage"],
        "pipeline": "default",
        "discount": row["discount"],
    }

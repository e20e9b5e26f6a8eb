"""Account details, API usage, and owners."""

from __future__ import annotations

from typing import Any

from flask import request

from simulators.hubspot.database import get_meta
from simulators.hubspot.errors import not_found, validation
from simulators.hubspot.http import Api, caller, flag, whole
from simulators.hubspot.limits import day_bounds
from simulators.hubspot.times import iso, now_ms


def portal_details(connection: Any) -> dict[str, Any]:
    """The account, with the address of its pages filled in when none is set."""
    portal: dict[str, Any] = get_meta(connection, "portal")
    return {**portal, "uiDomain": portal["uiDomain"] or f"{request.host}/hubspot"}


def install(api: Api) -> None:
    store = api.store

    @api.route("account-info", "/details", "GET")
    def details() -> Any:
        return portal_details(store.read())

    @api.path("/integrations/v1/me", "GET")
    def me() -> Any:
        portal = portal_details(store.read())
        keys = ("portalId", "timeZone", "accountType", "utcOffset", "utcOffsetMilliseconds")
        return {**{key: portal[key] for key in keys}, "currency": portal["companyCurrency"]}

    @api.route("account-info", "/api-usage/daily/private-apps", "GET")
    def usage() -> Any:
        connection = store.read()
        zone = get_meta(connection, "portal")["timeZone"]
        return {
            "results": [
                {
                    "name": "private-apps-api-calls-daily",
                    "usageLimit": get_meta(connection, "limits")["daily"],
                    "currentUsage": api.limiter.used_today(zone),
                    "collectedAt": iso(now_ms()),
                    "fetchStatus": "SUCCESS",
                    "resetsAt": iso(int(day_bounds(zone)[1] * 1000)),
                }
            ]
        }

    def owner(row: Any) -> dict[str, Any]:
        archived = bool(row["archived"])
        return {
            "id": str(row["id"]),
            "email": row["email"],
            "type": "PERSON",
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "userId": None if archived else row["user_id"],
            "userIdIncludingInactive": row["user_id"],
            "createdAt": iso(row["created"]),
            "updatedAt": iso(row["created"]),
            "archived": archived,
        }

    @api.route("owners", "", "GET")
    def list_owners() -> Any:
        caller().need("crm.objects.owners.read")
        limit = whole("limit", 100, most=500)
        after = request.args.get("after") or "0"
        if not after.isdigit():
            raise validation(f"Invalid value for after: {after}")
        email = request.args.get("email")
        rows = (
            store.read()
            .execute(
                "SELECT * FROM hs_owner WHERE archived = ? AND id >= ? AND (? IS NULL OR lower(email) = lower(?))"
                " ORDER BY id LIMIT ?",
                (flag("archived"), int(after), email, email, limit + 1),
            )
            .fetchall()
        )
        answer: dict[str, Any] = {"results": [owner(row) for row in rows[:limit]]}
        if len(rows) > limit:
            answer["paging"] = {"next": {"after": str(rows[limit]["id"])}}
        return answer

    @api.route("owners", "/<owner_id>", "GET")
    def read_owner(owner_id: str) -> Any:
        caller().need("crm.objects.owners.read")
        by = "user_id" if request.args.get("idProperty") == "userId" else "id"
        row = (
            store.read()
            .execute(
                f"SELECT * FROM hs_owner WHERE {by} = ? AND archived = ?",
                (int(owner_id) if owner_id.isdigit() else 0, flag("archived")),
            )
            .fetchone()
        )
        if row is None:
            raise not_found(f"Owner {owner_id} could not be found.")
        return owner(row)

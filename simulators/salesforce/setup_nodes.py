"""Pages of Setup that list things across objects, at Lightning's addresses: flows, triggers, duplicate rules, users.

What the simulated org does not have (packages, approvals, sharing) is a page that says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request

from simulators.salesforce import admin_org, ids
from simulators.salesforce.admin import BadMetadata
from simulators.salesforce.org import Org
from simulators.salesforce.schema import ObjectType
from simulators.salesforce.sessions import user_row

# Node of the address, its title, and the rules it lists (kind, forms) where it lists rules.
RULES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Flows": ("Flows", "automation", ("flow",)),
    "ApexTriggers": ("Apex triggers", "automation", ("trigger", "error")),
    "DuplicateRules": ("Duplicate rules", "duplicate", ()),
}
EMPTY = {
    "Pausedflows": ("Paused and failed flow interviews", "No interview is kept."),
    "ApexClasses": ("Apex classes", "The org has no class beside its triggers."),
    "ImportedPackage": ("Installed packages", "No package is installed."),
    "LeadRules": ("Lead assignment rules", "No rule is active."),
    "SecuritySharing": ("Sharing settings", "Every object is public read/write."),
    "CompanyResourceDisk": ("Storage usage", "There is room for as many records as your disk takes."),
    "AddressCleanerOverview": ("State and country/territory picklists", "They are switched off."),
}  # fmt: skip
MANAGER = "/salesforce/lightning/setup/ObjectManager"
USER_PAGE = "/salesforce/lightning/setup/ManageUsers/page?address=%2F"


def home_of(nodes: Iterable[str]) -> str:
    """The route that these nodes share."""
    return f"/lightning/setup/<any({', '.join(nodes)}):node>/home"


def rows_of_rules(org: Org, kind: str, forms: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rules of all objects that a node lists."""
    return [
        {
            "name": rule["name"],
            "url": f"{MANAGER}/{one.name}/rules/{rule['id']}",
            "cells": [one.label, "Yes" if rule["active"] else "No", rule["message"]],
        }
        for one in org.objects()
        for rule in one.rules
        if rule["kind"] == kind and (not forms or rule["form"] in forms)
    ]


def rows_of_objects(objects: list[ObjectType]) -> list[dict[str, Any]]:
    """The object rights of the integration user's permission set."""
    return [
        {
            "name": one.label,
            "url": f"{MANAGER}/{one.name}/Details/view",
            "cells": [", ".join(right for right, given in one.rights.items() if given) or "none"],
        }
        for one in objects
    ]


def add_routes(pages: Blueprint, org: Org) -> None:
    def shown(title: str, heads: tuple[str, ...], rows: list[dict[str, Any]], empty: str) -> str:
        return render_template(
            "salesforce/node.html", org=org, setup=True, title=title, heads=heads, rows=rows, empty=empty
        )  # fmt: skip

    @pages.get(home_of(RULES))
    def rules_node(node: str) -> Any:
        title, kind, forms = RULES[node]
        rows = rows_of_rules(org, kind, forms)
        return shown(title, ("Name", "Object", "Active", "Says"), rows, "None.")

    @pages.get(home_of(EMPTY))
    def empty_node(node: str) -> Any:
        title, empty = EMPTY[node]
        return shown(title, (), [], empty)

    @pages.get("/lightning/setup/ApprovalProcesses/home")
    def approvals() -> Any:
        rows = [
            {
                "name": lock["record"],
                "url": f"/salesforce/{lock['record']}",
                "cells": [lock["kind"]],
            }
            for lock in admin_org.metadata(org)["locks"]
        ]
        return shown("Approval processes", ("Locked record", "Lock"), rows, "No record is locked.")

    @pages.get("/lightning/setup/PermSets/home")
    def permission_sets() -> Any:
        rows = rows_of_objects(org.objects())
        heads = ("Object", "Rights of HubSpot Integration")
        return shown("Permission sets", heads, rows, "None.")

    @pages.get("/lightning/setup/ManageUsers/home")
    def users() -> Any:
        rows = [
            {
                "name": one["name"],
                "url": USER_PAGE + one["id"],
                "cells": [one["username"], one["profile"], "Yes" if one["active"] else "No"],
            }
            for one in admin_org.metadata(org)["users"]
        ]
        return shown("Users", ("Name", "Username", "Profile", "Active"), rows, "None.")

    @pages.route("/lightning/setup/ManageUsers/page", methods=["GET", "POST"])
    def user() -> Any:
        address = urlsplit(request.args.get("address", ""))
        row = user_row(org, ids.normal(address.path.strip("/")) or "")
        if row is None or not set(parse_qs(address.query)) <= {
            "noredirect",
            "isUserEntityOverride",
        }:
            abort(404)
        problems, done = [], None
        if request.method == "POST":
            try:
                active = request.form.get("active") == "true"
                admin_org.set_user(org=org, username=row["Username"], active=active)
                return redirect(request.full_path, 303)
            except BadMetadata as error:
                problems.append(str(error))
        found = next(one for one in admin_org.metadata(org)["users"] if one["id"] == row["Id"])
        page = render_template(
            "salesforce/user.html", org=org, setup=True, user=found, rows=rows_of_objects(org.objects()),
            problems=problems, done=done,
        )  # fmt: skip
        return Response(page, status=400 if problems else 200)

"""Settings at the addresses that HubSpot gives them: a property by name, keys and apps with their scopes, users."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, redirect, request

from simulators.hubspot import defaults
from simulators.hubspot.pages.shared import object_type, page
from simulators.store import Store

# Address and the kind of token that lives there. An OAuth app's scopes are those of its refresh tokens.
KEYS = {
    "service-keys/<int:portal>": ("service_key", "Service keys"),
    "private-apps/<int:portal>": ("private_app", "Private apps"),
    "integrations-settings/<int:portal>/installed": ("refresh", "Connected apps"),
}


def install(blueprint: Blueprint, store: Store) -> None:
    @blueprint.get("/property-settings/<int:portal>/properties")
    def by_name(portal: int) -> Any:
        kind = object_type(store.read(), portal, request.args.get("type", "0-1"))
        folder = f"/hubspot/settings/{portal}/properties/{kind.id}"
        name = request.args.get("property", "")
        return redirect(f"{folder}/{quote(name, safe='')}" if name else folder)

    for address, (token_kind, title) in KEYS.items():
        blueprint.add_url_rule(
            f"/{address}", f"scopes_{token_kind}", _scopes_page(store, token_kind, title),
            methods=["GET", "POST"],
        )  # fmt: skip

    @blueprint.get("/settings/<int:portal>/users")
    def users(portal: int) -> Any:
        connection = store.read()
        object_type(connection, portal, "0-1")
        rows = connection.execute("SELECT * FROM hs_owner ORDER BY first_name, id").fetchall()
        return page(connection, "users.html", settings=True, users=rows)


def _scopes_page(store: Store, token_kind: str, title: str) -> Any:
    def show(portal: int) -> Any:
        object_type(store.read(), portal, "0-1")
        if request.method == "POST":
            chosen = [one for one in defaults.ALL_SCOPES if one in request.form.getlist("scopes")]
            with store.write() as connection:
                changed = connection.execute(
                    "UPDATE hs_token SET scopes = ? WHERE kind = ? AND name = ?",
                    (json.dumps(chosen), token_kind, request.form.get("name", "")),
                )
            if not changed.rowcount:
                abort(404)
            return redirect(f"{request.path}?done=1", 303)
        connection = store.read()
        # One entry a key or app: its tokens share the scopes, and are never shown.
        rows = connection.execute(
            "SELECT name, MIN(scopes) AS scopes FROM hs_token WHERE kind = ? GROUP BY name ORDER BY name",
            (token_kind,),
        ).fetchall()
        return page(
            connection, "scopes.html", settings=True, title=title, all_scopes=defaults.ALL_SCOPES,
            keys=[(row["name"], set(json.loads(row["scopes"]))) for row in rows],
            done="Saved." if request.args.get("done") else None,
        )  # fmt: skip

    return show

"""Index pages of object types, and lists of records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request

from simulators.hubspot import lists, properties, records
from simulators.hubspot.database import get_meta
from simulators.hubspot.errors import HubSpotError
from simulators.hubspot.object_types import get_type
from simulators.hubspot.pages.shared import name_of, object_type, page
from simulators.hubspot.search import CEILING, Search
from simulators.store import Store

PAGE = 50


def install(blueprint: Blueprint, store: Store) -> None:
    @blueprint.get("/")
    def home() -> Any:
        return redirect(
            f"/hubspot/contacts/{get_meta(store.read(), 'portal')['portalId']}/objects/0-1"
        )

    @blueprint.get("/contacts/<int:portal>")
    def account_home(portal: int) -> Any:
        return redirect(f"/hubspot/contacts/{portal}/objects/0-1")

    @blueprint.get("/contacts/<int:portal>/objects/<type_id>")
    @blueprint.get("/contacts/<int:portal>/objects/<type_id>/views/all/list")
    def index_page(portal: int, type_id: str) -> Any:
        connection = store.read()
        kind = object_type(connection, portal, type_id)
        query, raw = request.args.get("q", "").strip(), request.args.get("after", "0")
        offset = min(int(raw) if raw.isdigit() else 0, CEILING - PAGE)
        definitions = properties.load(connection, kind.id)
        body = {
            "query": query,
            "limit": PAGE,
            "after": offset,
            "sorts": [{"propertyName": kind.modified_name, "direction": "DESCENDING"}],
        }
        total, ids, more = Search(connection, kind, definitions).run(body)
        found = records.find(connection, kind, ids)
        columns = [definitions[name] for name in kind.default_properties if name in definitions]
        return page(
            connection, "index.html", kind=kind, query=query, total=total, columns=columns,
            rows=[(found[i], name_of(kind, found[i])) for i in ids if i in found],
            more=more if more is not None and more < CEILING else None, offset=offset, step=PAGE,
        )  # fmt: skip

    @blueprint.get("/contacts/<int:portal>/objectLists")
    def lists_page(portal: int) -> Any:
        connection = store.read()
        rows = connection.execute(
            "SELECT * FROM hs_list WHERE deleted IS NULL ORDER BY id DESC"
        ).fetchall()
        return page(connection, "lists.html", lists=[lists.shown(connection, row) for row in rows])

    @blueprint.get("/contacts/<int:portal>/objectLists/<list_id>")
    @blueprint.get("/contacts/<int:portal>/objectLists/<list_id>/filters")
    def list_page(portal: int, list_id: str) -> Any:
        connection = store.read()
        try:
            row = lists.get(connection, list_id)
        except HubSpotError:
            return page(connection, "missing.html", 404, kind=None)
        kind = get_type(connection, row["type_id"])
        ids = [record for record, _ in lists.member_ids(connection, row)]
        raw = request.args.get("after", "0")
        start = int(raw) if raw.isdigit() else 0
        found = records.find(connection, kind, ids[start : start + PAGE])
        return page(
            connection, "list.html", kind=kind, list=lists.shown(connection, row),
            rows=[(each, name_of(kind, each)) for each in found.values()],
            more=start + PAGE if start + PAGE < len(ids) else None,
        )  # fmt: skip

    @blueprint.post("/contacts/<int:portal>/objectLists/<list_id>")
    def remove_member(portal: int, list_id: str) -> Any:
        with store.write() as connection:
            row = lists.get(connection, list_id)
            lists.change_members(connection, row, [], [request.form.get("remove", "")])
        return redirect(request.path, 303)

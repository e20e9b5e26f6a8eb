"""`POST …/search`."""

from __future__ import annotations

from typing import Any

from flask import g

from simulators.hubspot import properties, records
from simulators.hubspot.http import Api, body, need
from simulators.hubspot.object_types import get_type
from simulators.hubspot.search import Search
from simulators.hubspot.views_of_records import shown


def install(api: Api) -> None:
    @api.route("objects", "/<object_type>/search", "POST")
    def search(object_type: str) -> Any:
        given = body()
        connection = api.store.read()
        kind = get_type(connection, object_type)
        need(kind, "read")
        definitions = properties.load(connection, kind.id)
        total, ids, more = Search(connection, kind, definitions).run(given)
        found = records.find(connection, kind, ids)
        g.records = len(ids)
        asked = given.get("properties") or None
        answer: dict[str, Any] = {
            "total": total,
            "results": shown(
                connection,
                kind,
                [found[i] for i in ids if i in found],
                names=asked,
                known=definitions,
            ),
        }
        if more is not None:
            answer["paging"] = {"next": {"after": str(more)}}
        return answer

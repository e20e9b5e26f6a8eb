"""Associations: batches, single links, lists of linked records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, request

from simulators.hubspot import association_types, associations
from simulators.hubspot.association_types import AssociationType
from simulators.hubspot.associations import PAGE, live_ids, missing, parse_id
from simulators.hubspot.batch_api import completed
from simulators.hubspot.errors import HubSpotError, validation
from simulators.hubspot.http import Api, any_body, inputs, need, whole
from simulators.hubspot.object_types import ObjectType, get_type
from simulators.hubspot.times import now_ms, tick

MOST_WRITES, MOST_READS = 2_000, 1_000
_PAIR = "/<from_name>/<to_name>"


def _end(each: dict[str, Any], key: str) -> int:
    end = each.get(key)
    if not isinstance(end, dict) or "id" not in end:
        raise validation(f"Invalid input JSON: Some required fields were not set: [{key}]")
    return parse_id(end["id"])


def install(api: Api) -> None:
    store = api.store

    def types(from_name: str, to_name: str, right: str) -> tuple[ObjectType, ObjectType]:
        connection = store.read()
        pair = get_type(connection, from_name), get_type(connection, to_name)
        for kind in pair:
            need(kind, right)
        return pair

    def linked(
        kinds: list[AssociationType], pair: tuple[ObjectType, ObjectType], ids: tuple[int, int]
    ) -> Any:
        return {
            "fromObjectTypeId": pair[0].id,
            "fromObjectId": str(ids[0]),
            "toObjectTypeId": pair[1].id,
            "toObjectId": str(ids[1]),
            "labels": [kind.label for kind in kinds if kind.label],
        }

    def write_batch(
        from_name: str, to_name: str, kinds_of: Callable[[Any, Any, Any, dict[str, Any]], list[AssociationType]],
        shape: Callable[..., Any], status: int,
    ) -> Any:  # fmt: skip
        """Make links; those that cannot be made are told in `errors[]`, the others stand."""
        started, given = now_ms(), inputs(MOST_WRITES)
        pair = types(from_name, to_name, "write")
        results, errors = [], []
        with store.write() as connection:
            at = tick(connection)
            for each in given:
                try:
                    ids = _end(each, "from"), _end(each, "to")
                    kinds = kinds_of(connection, *pair, each)
                    for kind, record in zip(pair, ids, strict=True):
                        if not live_ids(connection, kind, [record]):
                            raise missing(kind, [record])
                    associations.associate(
                        connection, pair[0], ids[0], pair[1], ids[1], kinds, at=at
                    )
                    results.append(shape(kinds, pair, ids))
                except HubSpotError as refused:
                    errors.append(refused.entry())
        return completed(results, errors, started, status)

    def given_kinds(
        connection: Any, from_type: Any, to_type: Any, each: dict[str, Any]
    ) -> list[AssociationType]:
        specs = each.get("types")
        if not isinstance(specs, list) or not specs:
            raise validation("Invalid input JSON: Some required fields were not set: [types]")
        return [association_types.find(connection, from_type, to_type, spec) for spec in specs]

    def default_kind(
        connection: Any, from_type: Any, to_type: Any, _: dict[str, Any]
    ) -> list[AssociationType]:
        return [association_types.default(connection, from_type, to_type)]

    def default_shape(kinds: list[AssociationType], pair: Any, ids: tuple[int, int]) -> Any:
        return {
            "from": {"id": str(ids[0])},
            "to": {"id": str(ids[1])},
            "associationSpec": kinds[0].spec,
        }

    @api.route("associations", _PAIR + "/batch/create", "POST")
    def create_batch(from_name: str, to_name: str) -> Any:
        return write_batch(from_name, to_name, given_kinds, linked, 201)

    @api.route("associations", _PAIR + "/batch/associate/default", "POST")
    def create_default_batch(from_name: str, to_name: str) -> Any:
        return write_batch(from_name, to_name, default_kind, default_shape, 200)

    @api.route("associations", _PAIR + "/batch/read", "POST")
    def read_batch(from_name: str, to_name: str) -> Any:
        started, given = now_ms(), inputs(MOST_READS)
        from_type, to_type = types(from_name, to_name, "read")
        connection = store.read()
        kinds = {
            (k.category, k.type_id): k
            for k in association_types.between(connection, from_type.id, to_type.id)
        }
        asked = {parse_id(each.get("id")): str(each.get("after") or "0") for each in given}
        found = associations.of_records(connection, asked, to_type.id)
        results, errors = [], []
        for record, after in asked.items():
            if record in found:
                results.append(
                    {"from": {"id": str(record)}, **_page(found[record], kinds, after, PAGE)}
                )
            else:
                errors.append(_none(from_type, record, to_type).entry())
        return completed(results, errors, started, 200)

    def remove_batch(from_name: str, to_name: str, labels_only: bool) -> Any:
        given = inputs(MOST_WRITES)
        from_type, to_type = types(from_name, to_name, "write")
        with store.write() as connection:
            at = tick(connection)
            for each in given:
                from_id = _end(each, "from")
                ends = [each["to"]] if isinstance(each.get("to"), dict) else each.get("to") or []
                kinds = given_kinds(connection, from_type, to_type, each) if labels_only else None
                for end in ends:
                    to_id = parse_id(end.get("id"))
                    associations.dissociate(
                        connection, from_type, from_id, to_type, to_id, kinds, at=at
                    )
        return None

    @api.route("associations", _PAIR + "/batch/archive", "POST")
    def archive_batch(from_name: str, to_name: str) -> Any:
        return remove_batch(from_name, to_name, labels_only=False)

    @api.route("associations", _PAIR + "/batch/labels/archive", "POST")
    def archive_labels(from_name: str, to_name: str) -> Any:
        return remove_batch(from_name, to_name, labels_only=True)

    _ONE = "/<from_name>/<from_raw>/associations/<to_name>"

    @api.route("object-associations", _ONE, "GET")
    def list_links(from_name: str, from_raw: str, to_name: str) -> Any:
        from_type, to_type = types(from_name, to_name, "read")
        connection, record = store.read(), parse_id(from_raw)
        if not live_ids(connection, from_type, [record]):
            raise missing(from_type, [record])
        kinds = {
            (k.category, k.type_id): k
            for k in association_types.between(connection, from_type.id, to_type.id)
        }
        found = associations.of_records(connection, [record], to_type.id).get(record, {})
        page = _page(
            found, kinds, request.args.get("after") or "0", whole("limit", PAGE, most=PAGE)
        )
        return {"results": page["to"], **({"paging": page["paging"]} if "paging" in page else {})}

    def link(from_name: str, from_raw: str, to_name: str, to_raw: str, specs: Any) -> Any:
        pair = types(from_name, to_name, "write")
        ids = parse_id(from_raw), parse_id(to_raw)
        with store.write() as connection:
            kinds = (
                default_kind(connection, *pair, {})
                if specs is None
                else given_kinds(connection, *pair, {"types": specs})
            )
            for kind, record in zip(pair, ids, strict=True):
                if not live_ids(connection, kind, [record]):
                    raise missing(kind, [record])
            associations.associate(
                connection, pair[0], ids[0], pair[1], ids[1], kinds, at=tick(connection)
            )
        g.records = 1
        return kinds, pair, ids

    @api.route("object-associations", _ONE + "/<to_raw>", "PUT")
    def create_link(from_name: str, from_raw: str, to_name: str, to_raw: str) -> Any:
        return linked(*link(from_name, from_raw, to_name, to_raw, any_body())), 201

    @api.route("object-associations", _ONE + "/<to_raw>", "DELETE")
    def archive_link(from_name: str, from_raw: str, to_name: str, to_raw: str) -> Any:
        from_type, to_type = types(from_name, to_name, "write")
        with store.write() as connection:
            associations.dissociate(
                connection,
                from_type,
                parse_id(from_raw),
                to_type,
                parse_id(to_raw),
                at=tick(connection),
            )
        return None

    @api.route(
        "object-associations",
        "/<from_name>/<from_raw>/associations/default/<to_name>/<to_raw>",
        "PUT",
    )
    def create_default_link(from_name: str, from_raw: str, to_name: str, to_raw: str) -> Any:
        started = now_ms()
        kinds, pair, ids = link(from_name, from_raw, to_name, to_raw, None)
        back = association_types.inverse(store.read(), kinds[0])
        both = [default_shape(kinds, pair, ids), default_shape([back], pair[::-1], ids[::-1])]
        return completed(both, [], started, 200)


def _none(from_type: ObjectType, record: int, to_type: ObjectType) -> HubSpotError:
    return HubSpotError(
        404, "OBJECT_NOT_FOUND",
        f"No {to_type.name} is associated with {from_type.name} {record}.",
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
        context={
            "fromObjectId": [str(record)],
            "fromObjectType": [from_type.name],
            "toObjectType": [to_type.name],
        },
    )  # fmt: skip


def _page(
    links: dict[int, list[tuple[str, int]]],
    kinds: dict[tuple[str, int], AssociationType],
    after: str,
    limit: int,
) -> dict[str, Any]:
    start = int(after) if after.isdigit() else 0
    later = [(to_id, specs) for to_id, specs in links.items() if to_id >= start]
    page: dict[str, Any] = {
        "to": [
            {
                "toObjectId": str(to_id),
                "associationTypes": [kinds[spec].labelled for spec in specs if spec in kinds],
            }
            for to_id, specs in later[:limit]
        ]
    }
    if len(later) > limit:
        page["paging"] = {"next": {"after": str(later[limit][0])}}
    return page

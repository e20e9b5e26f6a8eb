"""Object schemas and pipelines over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import request

from simulators.hubspot import derived, schemas
from simulators.hubspot.errors import HubSpotError, not_found, validation
from simulators.hubspot.http import Api, body, caller, flag
from simulators.hubspot.object_types import (
    ObjectType,
    all_types,
    find_type,
    get_type,
    get_type_or_404,
)
from simulators.hubspot.times import iso, tick


def _need(kind: ObjectType | None, right: str) -> None:
    area = "custom" if kind is None or kind.is_custom else kind.plural
    caller().need(
        f"crm.schemas.{area}.{right}", *([f"crm.objects.{area}.read"] if right == "read" else [])
    )


def install(api: Api) -> None:
    store = api.store

    @api.route("schemas", "", "GET")
    def list_schemas() -> Any:
        _need(None, "read")
        connection = store.read()
        found = [
            kind for kind in all_types(connection, archived=flag("archived")) if kind.is_custom
        ]
        return {"results": [schemas.shown(connection, kind) for kind in found]}

    @api.route("schemas", "", "POST")
    def create_schema() -> Any:
        _need(None, "write")
        given = body()
        with store.write() as connection:
            return schemas.shown(connection, schemas.create(connection, given)), 201

    @api.route("schemas", "/<object_type>", "GET")
    def read_schema(object_type: str) -> Any:
        connection = store.read()
        kind = get_type_or_404(connection, object_type)
        _need(kind, "read")
        return schemas.shown(connection, kind)

    @api.route("schemas", "/<object_type>", "PATCH", "DELETE")
    def change_schema(object_type: str) -> Any:
        _need(None, "write")
        with store.write() as connection:
            kind = get_type_or_404(connection, object_type)
            if not kind.is_custom:
                raise validation(f"The schema of {kind.name} cannot be changed.")
            if request.method == "DELETE":
                used = connection.execute(
                    "SELECT 1 FROM hs_record WHERE type_id = ? AND archived = 0", (kind.id,)
                ).fetchone()
                if used:
                    raise validation(f"The object type {kind.name} still has records.")
                connection.execute(
                    "UPDATE hs_object_type SET archived = 1 WHERE id = ?", (kind.id,)
                )
                return None
            given = body()
            keys = ("labels", "requiredProperties", "searchableProperties", "primaryDisplayProperty",
                    "secondaryDisplayProperties", "description")  # fmt: skip
            stored = {**kind.body, **{key: given[key] for key in keys if key in given}}
            stored["updatedAt"] = iso(tick(connection))
            connection.execute(
                "UPDATE hs_object_type SET body = ? WHERE id = ?", (json.dumps(stored), kind.id)
            )
            return schemas.shown(connection, get_type(connection, kind.id))

    @api.route("schemas", "/<object_type>/associations", "POST")
    def create_association(object_type: str) -> Any:
        _need(None, "write")
        given = body()
        with store.write() as connection:
            kind = get_type_or_404(connection, object_type)
            other = get_type(connection, str(given.get("toObjectTypeId")))
            name = str(given.get("name") or f"{kind.name}_to_{other.name}")
            type_id = schemas.add_association(connection, kind, other, name)
        ends = {"fromObjectTypeId": kind.id, "toObjectTypeId": other.id}
        return {"id": str(type_id), "name": name, **ends}, 201

    _install_pipelines(api)


def _install_pipelines(api: Api) -> None:
    store = api.store

    def one(object_type: str, pipeline_id: str) -> dict[str, Any]:
        connection = store.read()
        kind = get_type(connection, object_type)
        _need(kind, "read")
        for each in derived.pipelines(connection, kind.id):
            if each["id"] == pipeline_id:
                return each
        raise not_found(f"Pipeline {pipeline_id} does not exist")

    @api.route("pipelines", "/<object_type>", "GET")
    def list_pipelines(object_type: str) -> Any:
        connection = store.read()
        kind = find_type(connection, object_type)
        if kind is None:
            raise validation(f"Unable to infer object type from: {object_type}")
        _need(kind, "read")
        return {"results": derived.pipelines(connection, kind.id)}

    @api.route("pipelines", "/<object_type>/<pipeline_id>", "GET")
    def read_pipeline(object_type: str, pipeline_id: str) -> Any:
        return one(object_type, pipeline_id)

    @api.route("pipelines", "/<object_type>/<pipeline_id>/stages", "GET")
    def stages(object_type: str, pipeline_id: str) -> Any:
        return {"results": one(object_type, pipeline_id)["stages"]}

    @api.route("pipelines", "/<object_type>/<pipeline_id>/stages/<stage_id>", "GET")
    def read_stage(object_type: str, pipeline_id: str, stage_id: str) -> Any:
        for stage in one(object_type, pipeline_id)["stages"]:
            if stage["id"] == stage_id:
                found: dict[str, Any] = stage
                return found
        raise not_found(f"Stage {stage_id} does not exist in pipeline {pipeline_id}")

    def _stage(given: Any, order: int, at: str) -> dict[str, Any]:
        if not isinstance(given, dict) or not given.get("label"):
            raise validation("Invalid input JSON: Some required fields were not set: [label]")
        metadata = {key: str(value) for key, value in (given.get("metadata") or {}).items()}
        if "probability" not in metadata:
            raise validation("A deal stage needs a probability in its metadata.")
        closed = (
            metadata.get("isClosed") or str(float(metadata["probability"]) in (0.0, 1.0)).lower()
        )
        return {
            "label": given["label"],
            "displayOrder": given.get("displayOrder", order),
            "metadata": {**metadata, "isClosed": closed},
            "id": str(given.get("stageId") or re.sub(r"\W+", "", given["label"]).lower()),
            "createdAt": at,
            "updatedAt": at,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }

    @api.route("pipelines", "/<object_type>", "POST")
    def create_pipeline(object_type: str) -> Any:
        given = body()
        with store.write() as connection:
            kind = get_type(connection, object_type)
            _need(kind, "write")
            if not given.get("label"):
                raise validation("Invalid input JSON: Some required fields were not set: [label]")
            at = iso(tick(connection))
            pipeline_id = str(given.get("pipelineId") or re.sub(r"\W+", "", given["label"]).lower())
            if any(each["id"] == pipeline_id for each in derived.pipelines(connection, kind.id)):
                raise HubSpotError(
                    409, "OBJECT_ALREADY_EXISTS", f"Pipeline {pipeline_id} already exists"
                )
            pipeline = {
                "label": given["label"],
                "displayOrder": given.get("displayOrder", 0),
                "id": pipeline_id,
                "stages": [
                    _stage(each, order, at) for order, each in enumerate(given.get("stages") or ())
                ],
                "createdAt": at,
                "updatedAt": at,
                "archived": False,
            }
            connection.execute(
                "INSERT INTO hs_pipeline VALUES (?, ?, ?)",
                (kind.id, pipeline_id, json.dumps(pipeline)),
            )
        return pipeline, 201

    @api.route("pipelines", "/<object_type>/<pipeline_id>/stages", "POST")
    def create_stage(object_type: str, pipeline_id: str) -> Any:
        given, pipeline = body(), one(object_type, pipeline_id)
        with store.write() as connection:
            kind = get_type(connection, object_type)
            _need(kind, "write")
            stage = _stage(given, len(pipeline["stages"]), iso(tick(connection)))
            pipeline["stages"].append(stage)
            connection.execute(
                "UPDATE hs_pipeline SET body = ? WHERE type_id = ? AND id = ?",
                (json.dumps(pipeline), kind.id, pipeline_id),
            )
        return stage, 201

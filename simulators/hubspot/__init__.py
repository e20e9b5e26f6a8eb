"""A HubSpot account over HTTP: its API below `/hubspot/crm/…` and record pages below `/hubspot/contacts/…`."""

from __future__ import annotations

import sqlite3

from flask import Blueprint, Flask, request
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from simulators.hubspot import (
    account_api,
    association_schema_api,
    associations_api,
    batch_api,
    control,
    database,
    lists_api,
    oauth,
    objects_api,
    pages,
    properties_api,
    schemas_api,
    search_api,
)
from simulators.hubspot.database import get_meta
from simulators.hubspot.http import Api, on_http_error
from simulators.hubspot.limits import Limiter, day_bounds
from simulators.store import Store

PARTS = (
    account_api, batch_api, search_api, properties_api, association_schema_api, associations_api, lists_api,
    schemas_api, objects_api,
)  # fmt: skip
_limiters: dict[str, Limiter] = {}


class RegexConverter(BaseConverter):
    """`<regex("pattern"):name>` in a rule."""

    def __init__(self, url_map: object, pattern: str) -> None:
        super().__init__(url_map)  # type: ignore[arg-type]
        self.regex = pattern


def create_blueprint(store: Store) -> Blueprint:
    """The account's API and pages, to be mounted at `/hubspot`."""
    blueprint = Blueprint("hubspot", __name__)

    @blueprint.record_once
    def add_converter(state: BlueprintSetupState) -> None:
        state.app.url_map.converters.setdefault("regex", RegexConverter)

    limiter = _limiters[store.path] = Limiter()

    def reset(connection: sqlite3.Connection) -> None:
        database.reset(connection)
        limiter.reset()

    store.register(database.SCHEMA, reset)
    api = Api(blueprint, store, limiter)
    for part in PARTS:
        part.install(api)
    oauth.install(blueprint, store)
    pages.install(blueprint, store)
    blueprint.register_error_handler(HTTPException, on_http_error)
    return blueprint


def create_control_blueprint(store: Store) -> Blueprint:
    """What tests ask of the account alone, to be mounted at `/control/hubspot`."""
    return control.create_blueprint(store, _limiters[store.path])


def install(app: Flask) -> None:
    """Mount the control calls, and take up today's count of calls where the last run left it."""
    store, calls = app.extensions["simulators"]["store"], app.extensions["simulators"]["calls"]
    app.register_blueprint(create_control_blueprint(store), url_prefix="/control/hubspot")
    zone = get_meta(store.read(), "portal")["timeZone"]
    _limiters[store.path].start_day(calls.count("hubspot", day_bounds(zone)[0]), zone)

    # An address no rule matches belongs to no blueprint, so its refusal is made here.
    def unknown(error: HTTPException) -> ResponseReturnValue:
        ours = request.path.startswith("/hubspot/")
        return on_http_error(error) if ours else error.get_response()

    app.register_error_handler(404, unknown)
    app.register_error_handler(405, unknown)

"""`/control/salesforce/`: what tests change in the org. JSON; a refusal is 400 {"error"}.

GET metadata                               everything: settings, apps, users, locks, objects with fields and rules
PATCH settings                             {daily_api_limit, licences, api_enabled, session_seconds, org_name}
POST objects                               {name, label, label_plural}
PATCH objects/<object>                     {rights: {create, read, edit, delete}}
DELETE objects/<object>
POST objects/<object>/fields               {name, type, label, length, precision, scale, required, unique, external_id,
                                           restricted, options, reference_to, readable, editable, ...}
PATCH, DELETE objects/<object>/fields/<f>  the same attributes
POST objects/<object>/rules                {kind, name, ...}: see rules.py; answers {id}
PATCH, DELETE rules/<id>
POST locks                                 {record, kind: approval | row, times}
DELETE locks/<record>
POST leads/<id>/convert
PATCH users/<username>                     {active, profile}
PATCH apps/<client id>                     {name, secret, run_as, redirect_uris, certificates}
POST certificate                           {pem, client_id}: for JWT bearer
POST sessions/expire                       every access token ends; refresh tokens stay
GET defaults                               the credentials of a fresh org
POST records/<object>                      {rows, user}: inserted past all rules; answers {ids}
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request

from simulators.salesforce import admin, admin_org, admin_rules, defaults, seeding
from simulators.salesforce.admin import BadMetadata
from simulators.salesforce.errors import CallRefused
from simulators.salesforce.sessions import Sessions

Call = tuple[str, str, Any]


def create_blueprint(sessions: Sessions) -> Blueprint:
    """Mounted at /control/salesforce; the loopback rule of /control/ covers it."""
    org = sessions.org
    control = Blueprint("salesforce_control", __name__)

    @control.errorhandler(BadMetadata)
    def refused(error: BadMetadata) -> Any:
        return jsonify({"error": str(error)}), 400

    @control.errorhandler(CallRefused)
    def refused_value(error: CallRefused) -> Any:
        return jsonify({"error": str(error)}), 400

    @control.errorhandler(TypeError)
    def misused(error: TypeError) -> Any:
        # A body with a name that the function does not take, or without one that it needs.
        return jsonify({"error": str(error)}), 400

    def body() -> dict[str, Any]:
        found = request.get_json(silent=True)
        if not isinstance(found, dict):
            raise BadMetadata("the body must be a JSON object")
        return {str(name): value for name, value in found.items() if name != "org"}

    @control.get("/metadata")
    def all_metadata() -> Any:
        return jsonify(admin_org.metadata(org))

    @control.get("/defaults")
    def credentials() -> Any:
        return jsonify(
            {
                "client_id": defaults.CLIENT_ID,
                "client_secret": defaults.CLIENT_SECRET,
                "refresh_token": defaults.REFRESH_TOKEN,
                "integration_user": defaults.INTEGRATION_USER,
                "admin_user": defaults.ADMIN_USER,
                "password": defaults.PASSWORD,
                "org_id": defaults.ORG_ID,
            }
        )

    @control.patch("/settings")
    def settings() -> Any:
        admin_org.set_settings(org=org, **body())
        return jsonify(admin_org.metadata(org)["settings"])

    @control.post("/objects")
    def create_object() -> Any:
        one = admin.create_object(org=org, **body())
        return jsonify({"name": one.name, "key_prefix": one.key_prefix}), 201

    @control.route("/objects/<name>", methods=["PATCH", "DELETE"])
    def object_(name: str) -> Any:
        if request.method == "DELETE":
            admin.delete_object(org=org, name=name)
        else:
            given = body()
            if set(given) != {"rights"} or not isinstance(given["rights"], dict):
                raise BadMetadata('the body must be {"rights": {...}}')
            admin.set_rights(org=org, name=name, **given["rights"])
        return jsonify({"name": name})

    @control.post("/objects/<name>/fields")
    def create_field(name: str) -> Any:
        return jsonify(admin.create_field(org=org, object=name, **body()).as_dict()), 201

    @control.route("/objects/<name>/fields/<field>", methods=["PATCH", "DELETE"])
    def field_(name: str, field: str) -> Any:
        if request.method == "DELETE":
            admin.delete_field(org=org, object=name, name=field)
            return jsonify({"name": field})
        return jsonify(
            admin.update_field(org=org, object=name, **{**body(), "name": field}).as_dict()
        )

    @control.post("/objects/<name>/rules")
    def create_rule(name: str) -> Any:
        return jsonify({"id": admin_rules.save_rule(org=org, object=name, **body())}), 201

    @control.route("/rules/<int:rule>", methods=["PATCH", "DELETE"])
    def rule_(rule: int) -> Any:
        if request.method == "DELETE":
            admin_rules.delete_rule(org=org, rule_id=rule)
        else:
            admin_rules.update_rule(org=org, rule_id=rule, **body())
        return jsonify({"id": rule})

    @control.post("/locks")
    def lock() -> Any:
        admin_org.lock(org=org, **body())
        return jsonify({"locked": True}), 201

    @control.delete("/locks/<record>")
    def unlock(record: str) -> Any:
        admin_org.unlock(org=org, record=record)
        return jsonify({"locked": False})

    @control.post("/leads/<record>/convert")
    def convert(record: str) -> Any:
        return jsonify(admin_org.convert_lead(org=org, record=record))

    @control.patch("/users/<username>")
    def user(username: str) -> Any:
        admin_org.set_user(org=org, **{**body(), "username": username})
        return jsonify({"username": username})

    @control.patch("/apps/<client>")
    def app(client: str) -> Any:
        admin_org.set_app(org=org, **{**body(), "client_id": client})
        return jsonify(org.setting("apps")[client])

    @control.post("/certificate")
    def certificate() -> Any:
        given = {"client_id": defaults.CLIENT_ID, **body()}
        admin_org.add_certificate(org=org, **given)
        return jsonify({"registered": True}), 201

    @control.post("/sessions/expire")
    def expire() -> Any:
        sessions.close_all()
        return jsonify({"expired": True})

    @control.post("/records/<name>")
    def insert(name: str) -> Any:
        given = body()
        try:
            found = seeding.insert_many(
                org=org,
                object=name,
                rows=given.get("rows", []),
                user=given.get("user", defaults.ADMIN_USER),
            )
        except KeyError as error:
            raise BadMetadata(f"unknown: {error}") from error
        return jsonify({"ids": found}), 201

    return control

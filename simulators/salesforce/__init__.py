"""A Salesforce org: REST API, OAuth, set-up pages and record pages."""

from __future__ import annotations

from flask import Blueprint, Flask

from simulators.salesforce import api as rest
from simulators.salesforce import control, oauth, record_pages, setup_nodes, setup_pages
from simulators.salesforce.org import Org
from simulators.salesforce.sessions import Sessions
from simulators.store import Store


def create_blueprint(store: Store) -> Blueprint:
    """The org's API and pages, mounted below /salesforce."""
    blueprint = Blueprint("salesforce", __name__)
    org = Org(store)
    sessions = Sessions(org)
    api = rest.Api(org, sessions)
    org.sessions_changed = sessions.forget
    rest.add_routes(blueprint, api)
    oauth.add_routes(blueprint, sessions)
    setup_pages.add_routes(blueprint, api, sessions)
    setup_nodes.add_routes(blueprint, org)
    record_pages.add_routes(blueprint, org)

    @blueprint.record_once
    def join(state: object) -> None:
        app: Flask = state.app  # type: ignore[attr-defined]
        rest.install(app, api, sessions)
        # simple-salesforce keeps only the host of instance_url: the API must answer at the root as well.
        root = Blueprint("salesforce_root", __name__)
        rest.add_routes(root, api)
        oauth.add_routes(root, sessions)
        app.register_blueprint(root)
        app.register_blueprint(control.create_blueprint(sessions), url_prefix="/control/salesforce")
        app.extensions["simulators"]["salesforce"] = {"org": org, "sessions": sessions, "api": api}

    return blueprint

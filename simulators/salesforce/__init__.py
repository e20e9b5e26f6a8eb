"""A Salesforce org: REST API, set-up pages and record pages."""

from __future__ import annotations

from flask import Blueprint

from simulators.store import Store


def create_blueprint(store: Store) -> Blueprint:
    """The org's API and pages, mounted below /salesforce."""
    return Blueprint("salesforce", __name__)

"""Pages for people: records, lists and settings, at addresses shaped like HubSpot's."""

from __future__ import annotations

from flask import Blueprint

from simulators.hubspot.pages import access_pages, list_pages, record_pages, settings_pages
from simulators.store import Store


def install(blueprint: Blueprint, store: Store) -> None:
    """Put all pages on the blueprint."""
    for part in (record_pages, list_pages, settings_pages, access_pages):
        part.install(blueprint, store)

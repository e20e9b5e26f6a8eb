"""Addresses of set-up pages in both CRMs, shaped as the vendors shape them. Pure; "" where one cannot be told.

Salesforce: Lightning Setup (`/lightning/setup/<node>/home`, Object Manager by API names). HubSpot: the addresses
that its settings open (`/property-settings/<account>/properties?…`, `/service-keys/<account>`, …).
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.conf import settings

from integrations.models import Connection, Credential

# HubSpot's ids of its standard objects; custom objects are named by their type id (2-123) already.
OBJECT_TYPE_IDS = {"contacts": "0-1", "companies": "0-2", "deals": "0-3", "tickets": "0-5"}

# Nodes of Setup, by what is looked for there.
SETUP_NODES = {
    "flows": "Flows",
    "failed_flows": "Pausedflows",
    "apex_classes": "ApexClasses",
    "apex_triggers": "ApexTriggers",
    "packages": "ImportedPackage",
    "approvals": "ApprovalProcesses",
    "assignment_rules": "LeadRules",
    "duplicate_rules": "DuplicateRules",
    "users": "ManageUsers",
    "permission_sets": "PermSets",
    "sharing": "SecuritySharing",
    "storage": "CompanyResourceDisk",
    "states_and_countries": "AddressCleanerOverview",
}


def object_type_id(hubspot_object: str) -> str:
    """contacts -> 0-1; a custom object's type id as it is."""
    return OBJECT_TYPE_IDS.get(hubspot_object, hubspot_object)


def _salesforce(connection: Connection, path: str) -> str:
    base = connection.sf_instance_url
    return f"{base}/lightning/setup/{path}" if base else ""


def salesforce_setup(connection: Connection, node: str) -> str:
    """A page of Setup by its key in SETUP_NODES."""
    return _salesforce(connection, f"{SETUP_NODES[node]}/home")


def salesforce_object(connection: Connection, sobject: str, section: str = "Details") -> str:
    """An object in the Object Manager. `section`: Details, FieldsAndRelationships, ValidationRules, RecordTypes, …"""
    if not sobject:
        return ""
    return _salesforce(connection, f"ObjectManager/{quote(sobject, safe='')}/{section}/view")


def salesforce_field(connection: Connection, sobject: str, field: str) -> str:
    """A field in the Object Manager: its values, its type, its field-level security."""
    if not (sobject and field):
        return ""
    names = f"{quote(sobject, safe='')}/FieldsAndRelationships/{quote(field, safe='')}"
    return _salesforce(connection, f"ObjectManager/{names}/view")


def salesforce_user(connection: Connection) -> str:
    """The integration user's own page, where permission sets and licences are assigned."""
    if not connection.sf_user_id:
        return salesforce_setup(connection, "users")
    inner = f"/{connection.sf_user_id}?noredirect=1&isUserEntityOverride=1"
    return _salesforce(connection, f"ManageUsers/page?address={quote(inner, safe='')}")


def _hubspot(connection: Connection, path: str) -> str:
    base = settings.HUBSPOT_APP_BASE_URL or connection.hubspot_app_url
    return f"{base}/{path}" if base else ""


def hubspot_property(connection: Connection, hubspot_object: str, name: str) -> str:
    """A property's settings: its type, its options and its rules."""
    query = {"type": object_type_id(hubspot_object)}
    if name:
        query |= {"action": "edit", "property": name}
    return _hubspot(
        connection, f"property-settings/{connection.hub_id}/properties?{urlencode(query)}"
    )


def hubspot_scopes(connection: Connection, *, kind: str) -> str:
    """Where the scopes of the connection's key or app are granted. `kind`: of Credential.Kind."""
    kinds = Credential.Kind
    folder = {
        kinds.HUBSPOT_PRIVATE_APP: f"private-apps/{connection.hub_id}",
        kinds.HUBSPOT_OAUTH: f"integrations-settings/{connection.hub_id}/installed",
    }.get(kinds(kind) if kind in kinds.values else kinds.HUBSPOT_SERVICE_KEY)
    return _hubspot(connection, folder or f"service-keys/{connection.hub_id}")


def hubspot_users(connection: Connection) -> str:
    """Users & Teams, where permissions are granted."""
    return _hubspot(connection, f"settings/{connection.hub_id}/users")

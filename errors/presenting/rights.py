"""Which right is missing, on what, and whose. Pure, but for the reader's language."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from errors.models import SyncError
from errors.presenting.reading import acted_on, by_hubspot, details_of, text, texts
from errors.types import ErrorType
from integrations.models import Connection

_CREATE = re.compile(r"\b(?:insert|create|creating)", re.I)
_EDIT = re.compile(r"\b(?:update|edit|modif)", re.I)
_READ = re.compile(r"\b(?:not supported|not accessible|read)\b", re.I)


def target(error: SyncError) -> str:
    """What the right is needed on: `Contact.NPS_Score__c`, or the object where no field is named."""
    details = details_of(error)
    key = "hubspot_property" if by_hubspot(error) else "salesforce_field"
    other = "salesforce_field" if by_hubspot(error) else "hubspot_property"
    field = text(details.get(key)) or text(details.get(other))
    return f"{acted_on(error)}.{field}" if field else acted_on(error)


def user(error: SyncError, connection: Connection) -> str:
    """Who lacks it: the integration user in Salesforce, the connected app in HubSpot; "" for other types."""
    if error.type != ErrorType.PERMISSIONS:
        return ""
    if by_hubspot(error):
        return _("The connected HubSpot app")
    return connection.sf_username


def right(error: SyncError) -> str:
    """The missing right in words; "" for other types."""
    if error.type != ErrorType.PERMISSIONS:
        return ""
    details = details_of(error)
    message = text(details.get("message"))
    fixed = {
        "salesforce-field-permission": _("Edit access to the field"),
        "parent-access": _("Read access to the linked record"),
        "inactive-owner": _("Update Records with Inactive Owners"),
        "converted-lead": _("View and Edit Converted Leads"),
        "record-type-missing": _("The record type"),
        "api-disabled": _("API Enabled"),
        "licence-or-feature-missing": _("A licence or feature"),
        "hubspot-user-permission": _("Edit rights on the object in HubSpot"),
    }
    if error.code == "object-permission":
        return _object_right(message)
    if error.code == "missing-scope":
        scopes = texts(details.get("scopes"))
        if len(scopes) > 1:
            return _("One of these scopes: %(scopes)s") % {"scopes": ", ".join(scopes)}
        if scopes:
            return _("The scope %(scope)s") % {"scope": scopes[0]}
        return _("A scope for this object")
    return str(fixed.get(error.code, _("Edit access to the record, or to one it refers to")))


def _object_right(message: str) -> str:
    if _CREATE.search(message) and not _EDIT.search(message):
        return _("Create permission on the object")
    if _EDIT.search(message) and not _CREATE.search(message):
        return _("Edit permission on the object")
    if _READ.search(message):
        return _("Read permission on the object")
    return _("Create and Edit permission on the object")

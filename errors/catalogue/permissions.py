"""Permissions: the integration user or app may not do what the sync needs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.PERMISSIONS,
    _("The integration user or app has no right to a record, field or object."),
    _("Appears when one of the systems knows who is asking and says that this user may not."),
    (
        _(
            "Open the details: they say which right on which object or field is missing, and whose it is."
        ),
        _("Grant the right in Salesforce Setup, or the scope in HubSpot; the details lead there."),
        RESYNC_ALL,
    ),
    (
        Cause(
            "insufficient-access-or-missing-record",
            _("Insufficient access or missing Salesforce record"),
            _(
                "The integration user cannot see or change the record, or a record it refers to. Often the value sent points to a record that is gone or private."
            ),
            (
                _(
                    "Open the record in Salesforce as the integration user, or with its owner: can it be edited?"
                ),
                _("Check the value and the linked records in the details; correct what is wrong."),
                _(
                    "Otherwise give the integration user access: sharing rules (Setup > Sharing Settings), role, or Modify All on the object in its permission set."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "salesforce-field-permission",
            _("Salesforce field permission"),
            _(
                "The integration user has no edit access to the field, so Salesforce refuses the whole record."
            ),
            (
                _(
                    "In Salesforce go to Setup > Permission Sets > the set of the integration user > Object Settings > the object."
                ),
                _("Tick Read and Edit for the field in the details and save."),
                _("If the field should not be written, take it out of the mapping instead."),
                RESYNC,
            ),
        ),
        Cause(
            "object-permission",
            _("Salesforce object permission"),
            _(
                "The integration user may not create or edit records of this object through the API."
            ),
            (
                _(
                    "In Salesforce go to Setup > Permission Sets > the set of the integration user > Object Settings > the object."
                ),
                _("Tick Read, Create and Edit and save."),
                RESYNC,
            ),
        ),
        Cause(
            "parent-access",
            _("No access to a linked record"),
            _(
                "The record refers to another one, for instance its account or owner, to which the integration user has no access."
            ),
            (
                _("Open the record whose id is in the details and look at its owner and sharing."),
                _(
                    "Give the integration user access to it (Setup > Sharing Settings, or its role), or choose another link."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "inactive-owner",
            _("The owner is inactive"),
            _(
                "The record belongs, or would belong, to a Salesforce user who has been deactivated."
            ),
            (
                _("Choose an active owner for the affected records in HubSpot or Salesforce."),
                _(
                    "Or give the integration user the right Update Records with Inactive Owners (Setup > User Interface makes it available)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "converted-lead",
            _("The lead has been converted"),
            _(
                "The lead became a contact in Salesforce. A converted lead cannot be changed any more."
            ),
            (
                _("Let the HubSpot contact sync with the Salesforce contact that the lead became."),
                _(
                    "If converted leads must stay editable, give the integration user View and Edit Converted Leads."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "record-type-missing",
            _("The record type is not available to the integration user"),
            _(
                "Salesforce needs a record type here, and the integration user's profile does not have it."
            ),
            (
                _(
                    "In Salesforce go to Setup > Profiles or Permission Sets > the one of the integration user > Record Types."
                ),
                _("Assign the record type named in the details, and choose a default one."),
                RESYNC,
            ),
        ),
        Cause(
            "api-disabled",
            _("Access through the API is switched off"),
            _(
                "Salesforce does not let this user, or this org, use the API. Nothing can sync until it does."
            ),
            (
                _(
                    "In Salesforce tick API Enabled in the permission set or profile of the integration user."
                ),
                _("If the edition has no API, ask Salesforce to enable it."),
                _("Enter the Salesforce login again in the settings of this connection."),
                RESYNC,
            ),
        ),
        Cause(
            "licence-or-feature-missing",
            _("A licence or feature is missing"),
            _(
                "The record needs a feature, package or subscription which this account or user does not have."
            ),
            (
                _("See in the details which feature is meant."),
                _(
                    "Assign the licence (in Salesforce under Setup > Users, in HubSpot under Settings > Users & Teams), or switch the feature on."
                ),
                _("If it is not wanted, take the object or field out of the mapping."),
                RESYNC,
            ),
        ),
        Cause(
            "missing-scope",
            _("The HubSpot app lacks a scope"),
            _("The connection was made without a scope which this object needs."),
            (
                _("See in the details which scopes are needed."),
                _(
                    "Add them to the service key or private app in HubSpot; an app that was connected by OAuth has to be connected again with them."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "hubspot-user-permission",
            _("HubSpot permission missing"),
            _(
                "HubSpot does not let the integration user or app change this record, property or association."
            ),
            (
                _(
                    "In HubSpot go to Settings > Users & Teams and open the permissions of the integration user."
                ),
                _(
                    "Grant edit rights on the object; for a property look at Settings > Properties > the property > Access."
                ),
                RESYNC,
            ),
        ),
    ),
)

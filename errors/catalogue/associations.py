"""Associations: the record itself is fine, one that it is linked to is not ready."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import CREATE_VIEW, RESYNC, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.ASSOCIATIONS,
    _("A linked record is missing, not synced yet, or cannot take another link."),
    _("Appears when a record belongs to another one and the link between the two cannot be made."),
    (
        _(
            "The Record column names the record that the others wait for, or that can take no more links."
        ),
        _(
            "Open its details with the info button and follow the steps: mostly that record has to sync first, or needs fewer associations."
        ),
        CREATE_VIEW,
        _(
            "Select the errors that are resolved and press Resync: the blocking record is synced first, then those that wait for it."
        ),
    ),
    (
        Cause(
            "waiting-for-account",
            _("Waiting for account to sync"),
            _(
                "The record belongs to a Salesforce account or HubSpot company which has no partner in the other system yet. It syncs by itself as soon as that one does."
            ),
            (
                _(
                    "If the details name an error of the blocking record itself, open it and fix that one first."
                ),
                _(
                    "If it has no error of its own, check that companies and accounts are part of this connection, and import the accounts from Salesforce if many are missing."
                ),
                _(
                    "Select the error and press Resync: the account is synced first, then every record that waits for it."
                ),
            ),
        ),
        Cause(
            "waiting-for-record",
            _("Waiting for a linked record to sync"),
            _(
                "The record refers to another record which has no partner in the other system yet. It syncs by itself as soon as that one does."
            ),
            (
                _(
                    "If the details name an error of the blocking record itself, open it and fix that one first."
                ),
                _(
                    "If it has no error of its own, check that its object is part of this connection."
                ),
                _(
                    "Select the error and press Resync: the blocking record is synced first, then those that wait for it."
                ),
            ),
        ),
        Cause(
            "association-limit-reached",
            _("Association limit reached"),
            _(
                "The linked record already has as many associations of this kind as HubSpot allows, so no further record can be attached to it."
            ),
            (
                _(
                    "Open the blocking record in HubSpot and remove associations that are no longer needed."
                ),
                _("Or link the affected records to another account in Salesforce."),
                _(
                    "A limit that your own administrators have set can be raised in HubSpot under Data Management > Data Model > Edit data model > Associations."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "hierarchy-limit-reached",
            _("Hierarchy limit reached"),
            _(
                "Salesforce allows a parent only so many levels and children, and this one has reached the limit."
            ),
            (
                _("Open the parent record in Salesforce and look at its hierarchy."),
                _("Move some of the children to another parent, or make the hierarchy flatter."),
                RESYNC,
            ),
        ),
        Cause(
            "invalid-reference",
            _("The linked record was not found"),
            _(
                "The record refers to an id which does not exist in the other system, is of another object, or cannot be seen by the integration user."
            ),
            (
                _(
                    "Open the affected record and look at the field named in the details: which record should it point to?"
                ),
                _("Choose a record that exists, or clear the field."),
                _(
                    "If the linked record exists in Salesforce, check that the integration user can see it (Setup > Sharing Settings)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "record-deleted",
            _("The record or a linked record was deleted"),
            _(
                "One of the two was deleted, archived or merged into another record since the last sync."
            ),
            (
                _(
                    "In Salesforce look in the Recycle Bin, in HubSpot under Actions > Restore records."
                ),
                _(
                    "Restore the record, or link the affected records to the one that took its place."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "lookup-filter",
            _("A lookup filter refuses the linked record"),
            _(
                "The lookup field in Salesforce accepts only records that meet a filter, and the linked one does not."
            ),
            (
                _(
                    "In Salesforce go to Setup > Object Manager > the object > Fields & Relationships > the field, and read its lookup filter."
                ),
                _("Link a record that meets the filter, or make the filter optional."),
                RESYNC,
            ),
        ),
        Cause(
            "parent-not-allowed",
            _("This parent is not allowed"),
            _(
                "Salesforce refuses the link: the record may not move to another parent, would become its own ancestor, or others depend on it."
            ),
            (
                _(
                    "Open the affected record in Salesforce and try the change by hand: Salesforce names the rule."
                ),
                _(
                    "Choose another parent, or allow reparenting on the relationship field (Setup > Object Manager)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "required-link-missing",
            _("A required link is empty"),
            _(
                "Salesforce needs this record to belong to another one, for instance an account, and the field is empty."
            ),
            (
                _(
                    "Associate the affected records in HubSpot with a company or the record that is needed."
                ),
                _("Check that the association is part of this connection's mapping."),
                RESYNC,
            ),
        ),
        Cause(
            "association-type-invalid",
            _("This kind of association does not exist"),
            _(
                "HubSpot has no association of this type or with this label between the two objects."
            ),
            (
                _(
                    "In HubSpot go to Data Management > Data Model > Edit data model > Associations and look for the label."
                ),
                _("Create it there, or choose another one in the mapping of this connection."),
                RESYNC,
            ),
        ),
    ),
)

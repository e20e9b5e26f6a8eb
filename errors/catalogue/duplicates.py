"""Duplicates: a record, or a value that may exist only once, is there already."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.DUPLICATES,
    _("The record, or a value that must be unique, exists already."),
    _("Appears when a record cannot be created or changed because another one has the same value."),
    (
        _("Open both records with the links View record in HubSpot and View record in Salesforce."),
        _(
            "If they are the same, merge them; if not, take the duplicated value off the record that should not have it."
        ),
        _(
            "If a duplicate rule in Salesforce is too strict, change it, or let it spare the integration user."
        ),
        RESYNC_ALL,
    ),
    (
        Cause(
            "email-already-in-use",
            _("Email already in use"),
            _(
                "Another HubSpot contact has this email address, and an address belongs to one contact only."
            ),
            (
                _(
                    "Open both records with the links View record in HubSpot and View record in Salesforce."
                ),
                _("If they are the same person, merge the contacts in HubSpot."),
                _(
                    "If not, remove the address from the contact that should not have it; look at its secondary addresses too."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "company-domain-in-use",
            _("Company domain already in use"),
            _("Another HubSpot company has this domain name."),
            (
                _(
                    "Open the records with the links View record in HubSpot and View record in Salesforce."
                ),
                _(
                    "If they are the same company, keep one and link its account in Salesforce; otherwise correct the domain of one."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "salesforce-duplicate-rule",
            _("Salesforce duplicate rule"),
            _(
                "A duplicate rule in Salesforce found a record that looks the same. A rule that only warns people stops the sync as well, because nobody is there to confirm."
            ),
            (
                _(
                    "Open the record that matches in Salesforce and merge the two if they are the same."
                ),
                _(
                    "If they are not, look at the rule (Setup > Duplicate Rules) and at its matching rule."
                ),
                _("Let the rule report only, or leave out the integration user."),
                RESYNC,
            ),
        ),
        Cause(
            "duplicate-value",
            _("A unique value is taken"),
            _(
                "The field or property accepts every value only once, and another record has this one."
            ),
            (
                _(
                    "Open the other record with its link View record in HubSpot or View record in Salesforce."
                ),
                _(
                    "Decide which of the two should have the value, and change or clear it in the other one."
                ),
                _("If they are the same, merge them."),
                RESYNC,
            ),
        ),
        Cause(
            "duplicate-external-id",
            _("Several records have the same external id"),
            _(
                "More than one Salesforce record has this external id, so it is not clear which one to update."
            ),
            (
                _("Search Salesforce for the id in the details."),
                _("Merge the records, or clear the id in all but the right one."),
                RESYNC,
            ),
        ),
        Cause(
            "ambiguous-match",
            _("More than one record matches"),
            _(
                "The record has several possible partners in the other system. None is linked, because a wrong guess would mix two people or companies."
            ),
            (
                _("Open the records that match and see which one is right."),
                _("Merge the others, or change their email address or domain."),
                RESYNC,
            ),
        ),
        Cause(
            "hubspot-record-exists",
            _("The HubSpot record exists already"),
            _("HubSpot refused to create the record because one like it is there."),
            (
                _("Open the existing record in HubSpot; its id is in the details."),
                _("Merge it with the affected record, or change the value that is the same."),
                RESYNC,
            ),
        ),
        Cause(
            "record-already-exists",
            _("The Salesforce record exists already"),
            _("Salesforce allows only one record with this name or combination of values."),
            (
                _("Search Salesforce for the value in the details."),
                _("Merge the two records, or change the value in one of them."),
                RESYNC,
            ),
        ),
    ),
)

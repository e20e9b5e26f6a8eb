"""Picklists: the options of HubSpot and the values of Salesforce do not agree."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import CREATE_VIEW, RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.PICKLISTS,
    _("A value is not among the options of the other system."),
    _(
        "Appears when the options of a HubSpot property and the values of its Salesforce field differ, or a list is full."
    ),
    (
        _(
            "Open the details: the options of both sides stand next to each other, with the difference marked."
        ),
        _("Add the option where it is missing, or correct the value in the affected records."),
        CREATE_VIEW,
        RESYNC_ALL,
    ),
    (
        Cause(
            "option-missing-in-salesforce",
            _("The option is missing in Salesforce"),
            _(
                "The Salesforce picklist accepts only its own values for this record type, and the HubSpot value is not one of them. An option fits when its internal value, or else its label, is the API name of a Salesforce value."
            ),
            (
                _("Compare the options of both sides."),
                _(
                    "Add the value in Salesforce (Setup > Object Manager > the object > Fields & Relationships > the field), for the record type too."
                ),
                _(
                    "Or choose an existing value in the affected records in HubSpot, or let the field take other values (take away Restrict picklist)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "option-missing-in-hubspot",
            _("The option is missing in HubSpot"),
            _(
                "The HubSpot property has no option with this internal value; for deals and tickets this includes pipelines and stages."
            ),
            (
                _("Compare the options of both sides."),
                _(
                    "Add the option in HubSpot (Settings > Properties > the property; stages under Settings > Objects > Deals > Pipelines)."
                ),
                _("Or correct the value in the affected records in Salesforce."),
                RESYNC,
            ),
        ),
        Cause(
            "picklist-limit",
            _("The picklist is full"),
            _("The list already holds as many values as it may, so a new one cannot be added."),
            (
                _("Remove or merge values that are no longer used, inactive ones included."),
                _("Or map the property to a text field instead."),
                RESYNC,
            ),
        ),
        Cause(
            "too-many-options-selected",
            _("Too many options are selected"),
            _(
                "The record has more options ticked than the multi-select field in Salesforce accepts at once."
            ),
            (
                _("Open the affected records in HubSpot and untick options."),
                RESYNC,
            ),
        ),
        Cause(
            "state-country-value",
            _("State or country not recognised"),
            _(
                "Salesforce uses its own list of states and countries. Free text, another spelling, or a state without its country is refused."
            ),
            (
                _(
                    "In Salesforce see which names are valid (Setup > State and Country/Territory Picklists)."
                ),
                _(
                    "Make the HubSpot properties dropdowns with the same names, or correct the affected records; set the country together with the state."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "status-not-allowed",
            _("The status is not allowed"),
            _(
                "Salesforce does not accept this status, or not as the next one from the present status."
            ),
            (
                _("Open the record in Salesforce and see which statuses can be chosen."),
                _(
                    "Correct the status in HubSpot, or allow the step in Salesforce (Setup > Object Manager > the object > Fields & Relationships > Status)."
                ),
                RESYNC,
            ),
        ),
    ),
)

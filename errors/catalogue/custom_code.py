"""Custom code: rules, triggers and flows which the Salesforce administrators have made."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import CREATE_VIEW, RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.CUSTOM_CODE,
    _("A validation rule, flow, trigger or approval in Salesforce refused the change."),
    _(
        "Appears when automation of your own Salesforce org, or of a package in it, stops a record from being saved."
    ),
    (
        _(
            "Read the error details: they are Salesforce's own words, often written by your administrators."
        ),
        _("Correct the affected records, or have the rule, trigger or flow changed in Salesforce."),
        CREATE_VIEW,
        RESYNC_ALL,
    ),
    (
        Cause(
            "validation-rule",
            _("A validation rule refused the record"),
            _(
                "A validation rule (or code that raises an error of its own) found the record against its condition. The details show the rule's own words."
            ),
            (
                _("Read the message in the details: it was written by your administrators."),
                _("Correct the affected records in HubSpot so that they meet the rule."),
                _(
                    "Or change the rule in Salesforce (Setup > Object Manager > the object > Validation Rules), for instance to spare the integration user."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "apex-trigger",
            _("An Apex trigger failed"),
            _(
                "Code that runs when the record is saved broke off. Salesforce then saves nothing of the change."
            ),
            (
                _(
                    "Find the trigger or class named in the details in Salesforce (Setup > Apex Triggers)."
                ),
                _(
                    "Give the message to the developer of that code, or to the vendor of the package it comes from."
                ),
                _("When it is corrected, or switched off for the integration user, go on."),
                RESYNC,
            ),
        ),
        Cause(
            "flow",
            _("A flow or process failed"),
            _(
                "A record-triggered flow or a process broke off while the record was saved. Salesforce then saves nothing of the change."
            ),
            (
                _("Find the flow named in the details in Salesforce (Setup > Flows)."),
                _(
                    "Look at the failed interviews (Setup > Paused And Failed Flow Interviews) for the step that broke."
                ),
                _("Correct the flow, or give the failing step a fault path."),
                RESYNC,
            ),
        ),
        Cause(
            "automation-access",
            _("Automation lacks access to its own data"),
            _(
                "A trigger or flow tried to write a record or field that it may not write. The synced record itself is not the cause."
            ),
            (
                _("Find the trigger or flow named in the details and what it writes."),
                _(
                    "Give the integration user the rights on that object or field, or correct the field that the automation names."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "packaged-automation",
            _("A package stumbled over its own records"),
            _(
                "An installed package tried to write one of its helper records and found it there already. There is no record of yours to merge."
            ),
            (
                _("Note the package's prefix in the details, for instance dlrs or npsp."),
                _(
                    "Recalculate or clear the package's helper records, as its documentation says, or ask its vendor."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "automation-limit",
            _("Automation ran into a Salesforce limit"),
            _(
                "Triggers and flows together used more queries, time or rows than Salesforce allows in one save."
            ),
            (
                _(
                    "Select fewer errors and press Resync: a smaller batch often stays below the limit."
                ),
                _(
                    "If it fails again, have the automation named in the details reviewed so that it works in bulk."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "record-locked",
            _("The record is locked by an approval"),
            _(
                "The record is part of a running approval or workflow, and only few users may edit it until that ends."
            ),
            (
                _("Open the record in Salesforce and look at its Approval History."),
                _("Finish or recall the approval, or unlock the record."),
                _(
                    "To avoid it, let the approval process allow edits by the integration user (Setup > Approval Processes)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "recursive-automation",
            _("Automation calls itself"),
            _(
                "A trigger or flow changes the record which started it, again and again, until Salesforce stops it."
            ),
            (
                _("Find the trigger or flow named in the details."),
                _("Have a guard added so that it runs once a save."),
                RESYNC,
            ),
        ),
        Cause(
            "mixed-dml",
            _("Automation mixes set-up and business records"),
            _(
                "In one save, code changed a user, group or permission together with a business record. Salesforce does not allow that."
            ),
            (
                _("Find the trigger or flow named in the details."),
                _("Have its change of users or groups moved to a later step that runs by itself."),
                RESYNC,
            ),
        ),
        Cause(
            "approval-process",
            _("An approval process could not start"),
            _(
                "Automation submitted the record for approval, but no process fits, one already runs, or an approver is missing."
            ),
            (
                _(
                    "Open the record in Salesforce and look at its Approval History and its owner's manager."
                ),
                _("Correct the entry criteria or the approvers (Setup > Approval Processes)."),
                RESYNC,
            ),
        ),
        Cause(
            "assignment-rule",
            _("An assignment rule could not be used"),
            _("The assignment rule for leads or cases is switched off or does not exist."),
            (
                _("In Salesforce go to Setup > Lead Assignment Rules or Case Assignment Rules."),
                _("Activate the rule that should be used."),
                RESYNC,
            ),
        ),
    ),
)

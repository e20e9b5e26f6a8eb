"""Other: not the user's data, or nothing that anyone could place."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.OTHER,
    _("A passing fault, a limit of the account, or an error that could not be placed."),
    _(
        "Appears when the cause is not in the record, or the answer of the system does not say what it is."
    ),
    (
        _("Read the raw answer in the details. A passing fault is over: a Resync shows it."),
        _("If the error stays, copy the text for support from the details and send it."),
        RESYNC_ALL,
    ),
    (
        Cause(
            "row-lock",
            _("The record was in use"),
            _("Another change was being saved at the same moment. The sync tries again by itself."),
            (
                _("Wait for the next sync; it usually succeeds."),
                _(
                    "If the error stays, look for imports or automation that change the same account all the time."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "platform-unavailable",
            _("The system did not answer as it should"),
            _(
                "Salesforce or HubSpot had a fault or was in maintenance. The sync tries again by itself."
            ),
            (
                _("Look at status.salesforce.com or status.hubspot.com."),
                _("When the system is back, select the error and press Resync."),
            ),
        ),
        Cause(
            "rate-limited",
            _("A limit of calls was reached"),
            _(
                "The account has used up its calls for the moment or the day. The sync goes on when calls are free."
            ),
            (
                _("See on the API call use card how many calls are left."),
                _(
                    "Give HubSpot more of the calls there, or find out which other integration uses them."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "storage-limit",
            _("Salesforce has no storage left"),
            _("The org's data storage is full, so no new record can be created."),
            (
                _("In Salesforce see what takes the room (Setup > Storage Usage)."),
                _("Delete what is not needed, or buy storage."),
                RESYNC,
            ),
        ),
        Cause(
            "sign-in-expired",
            _("The connection has to be renewed"),
            _(
                "The sign-in of the integration user or app has expired, was revoked, or its password changed."
            ),
            (
                _("Open the connection's settings and connect again."),
                _("In Salesforce check that the integration user is active (Setup > Users)."),
                RESYNC,
            ),
        ),
        Cause(
            "rolled-back",
            _("Rolled back with another record"),
            _("Nothing is wrong with this record: it was sent together with one that failed."),
            (_("Fix the errors of the other records of the same time."), RESYNC),
        ),
        Cause(
            "request-not-understood",
            _("The request was not understood"),
            _(
                "The system could not read what the sync sent. This is a fault of the sync, not of your data."
            ),
            (
                _("Press Resync once; a newer release may have corrected it."),
                _("If it stays, copy the raw answer from the details and send it to support."),
            ),
        ),
        Cause(
            "unknown",
            _("Unknown error"),
            _(
                "The answer does not say enough to place the error. The details hold it word for word."
            ),
            (
                _(
                    "Read the raw answer in the details and try the same change by hand in the system that refused it."
                ),
                _("If it does not help, copy the text for support from the details and send it."),
                RESYNC,
            ),
        ),
    ),
)

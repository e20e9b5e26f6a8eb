"""Property values: the mapping fits, this record's value does not."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import CREATE_VIEW, RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

_CORRECT = _("Open the affected records and correct the value.")

ENTRY = TypeEntry(
    ErrorType.PROPERTY_VALUES,
    _("A value is missing, too long or not in the form that the field demands."),
    _("Appears when the mapping is right but the content of single records is not."),
    (
        _("Open the details: they say what the field demands."),
        _(
            "Correct the value in the affected records, one by one, or on many at once with Update a property."
        ),
        CREATE_VIEW,
        RESYNC_ALL,
    ),
    (
        Cause(
            "required-field-missing",
            _("A required value is missing"),
            _("The other system does not save a record in which this field is empty."),
            (
                _("Fill in the property in the affected records."),
                _("Check that it is mapped and that the mapping runs in this direction."),
                _(
                    "If the field need not be required, relax it in Salesforce (Setup > Object Manager) or HubSpot (Settings > Properties)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "value-too-long",
            _("The value is too long"),
            _("The value has more characters than the field can hold."),
            (
                _("Shorten the value in the affected records."),
                _(
                    "Or lengthen the field in Salesforce (Setup > Object Manager > the object > Fields & Relationships)."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "invalid-email",
            _("The email address is not valid"),
            _("The value is not an address that mail can be sent to, or mail to it has bounced."),
            (
                _(
                    "Correct the address in the affected records: one address, no blanks, a real domain."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "invalid-number",
            _("The value is not a number"),
            _("The property takes numbers only; the value holds letters, units or separators."),
            (_CORRECT, _("If texts are wanted there, map the field to a text property."), RESYNC),
        ),
        Cause(
            "number-out-of-range",
            _("The number is out of range"),
            _("The number is larger or smaller, or has more digits, than the field allows."),
            (
                _CORRECT,
                _(
                    "Or widen the field: length and decimal places in Salesforce, minimum and maximum in HubSpot."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "invalid-date",
            _("The value is not a date"),
            _(
                "The value cannot be read as a date, or a date property got a time of day other than midnight UTC."
            ),
            (
                _CORRECT,
                _("If the value has a time, map it to a date and time property."),
                RESYNC,
            ),
        ),
        Cause(
            "date-out-of-range",
            _("The date is out of range"),
            _("The date lies outside what the field accepts; a mistyped year is the usual reason."),
            (_CORRECT, RESYNC),
        ),
        Cause(
            "invalid-phone",
            _("The phone number is not valid"),
            _("The value is not a phone number in the form which the property demands."),
            (_("Correct the number in the affected records, with the country code."), RESYNC),
        ),
        Cause(
            "invalid-url",
            _("The web address is not valid"),
            _("The value is not a web address, domain or network address that the field accepts."),
            (_CORRECT, RESYNC),
        ),
        Cause(
            "invalid-currency",
            _("The currency is not available"),
            _("The currency code is unknown or not active in this account."),
            (
                _(
                    "Activate the currency (Salesforce: Setup > Manage Currencies; HubSpot: Settings > Account Defaults > Currency)."
                ),
                _("Or correct the currency of the affected records."),
                RESYNC,
            ),
        ),
        Cause(
            "invalid-owner",
            _("The owner does not exist"),
            _("The value is not the id of a user of this HubSpot account."),
            (
                _(
                    "Choose an owner who exists in both systems; owners are matched by email address."
                ),
                _("Or invite the missing user in HubSpot (Settings > Users & Teams)."),
                RESYNC,
            ),
        ),
        Cause(
            "characters-not-allowed",
            _("The text has characters that are not allowed"),
            _("The text holds mark-up or characters which the field does not accept."),
            (_("Remove the mark-up or the unusual characters in the affected records."), RESYNC),
        ),
        Cause(
            "file-not-allowed",
            _("The file is not allowed"),
            _("The file is too large or of a type that Salesforce does not accept."),
            (_("Attach a smaller file or one of another type, or remove it."), RESYNC),
        ),
        Cause(
            "values-do-not-fit-together",
            _("Values contradict each other"),
            _(
                "Each value may be right by itself, but Salesforce does not accept them together or in this place; the details say which."
            ),
            (
                _(
                    "Read the message in the details and correct the values in the affected records."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "invalid-value",
            _("The value is not valid"),
            _(
                "The value is not in the form which the property demands, or fails its validation rule."
            ),
            (
                _("See in the details which property is meant and what it demands."),
                _CORRECT,
                RESYNC,
            ),
        ),
    ),
)

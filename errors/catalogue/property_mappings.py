"""Property mappings: the two ends of a mapping do not fit, whatever the value."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from errors.catalogue.entry import RESYNC, RESYNC_ALL, Cause, TypeEntry
from errors.types import ErrorType

ENTRY = TypeEntry(
    ErrorType.PROPERTY_MAPPINGS,
    _("A property and the field it is mapped to do not fit together."),
    _(
        "Appears when one end of a mapping is gone, cannot be written, or is of another type than the other end."
    ),
    (
        _("Open the details: they say why the property and the field do not fit."),
        _(
            "Follow the link to the mapping and change, pause or remove it; or change the type of one side."
        ),
        RESYNC_ALL,
    ),
    (
        Cause(
            "field-missing",
            _("The Salesforce field does not exist"),
            _(
                "The mapped field was deleted or renamed, or the integration user cannot see it at all; Salesforce makes no difference between these."
            ),
            (
                _(
                    "In Salesforce look for the field under Setup > Object Manager > the object > Fields & Relationships."
                ),
                _("If it exists, give the integration user read access to it."),
                _(
                    "If it is gone, open the mapping from the details: map the property to another field, or remove the mapping."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "property-missing",
            _("The HubSpot property does not exist"),
            _(
                "The mapped property was deleted, archived or renamed, or does not serve as a unique key."
            ),
            (
                _(
                    "In HubSpot look for the property under Settings > Properties, archived ones included."
                ),
                _(
                    "Restore it, or open the mapping from the details: map the field to another property, or remove the mapping."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "object-missing",
            _("The mapped object does not exist"),
            _(
                "An object of the mapping does not exist in this account, or the integration user cannot see it."
            ),
            (
                _("Check the object's name in the mapping of this connection."),
                _("Give the integration user access to the object, or remove its mapping."),
                RESYNC,
            ),
        ),
        Cause(
            "external-id-field-missing",
            _("The matching field cannot be used"),
            _(
                "The field that records are matched by does not exist, is not an external id, or is hidden from the integration user."
            ),
            (
                _(
                    "In Salesforce open the field under Setup > Object Manager and tick External ID."
                ),
                _(
                    "Give the integration user read access to it, or choose another matching field in the mapping."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "types-incompatible",
            _("The types do not fit"),
            _(
                "The property's type cannot be turned into the field's type, for instance text into a number or a date with a time into a date."
            ),
            (
                _("Compare the types of both ends in the details."),
                _("Change the type of one end, or map the property to a field of its own type."),
                RESYNC,
            ),
        ),
        Cause(
            "reference-mapping-needed",
            _("A reference field mapping is needed"),
            _(
                "The Salesforce field is a lookup and takes the id of a record, but the mapped property holds text."
            ),
            (
                _(
                    "In the mapping of this connection, map the lookup field as a reference field (to a HubSpot dropdown or an association)."
                ),
                _("Or map the property to a text field instead."),
                RESYNC,
            ),
        ),
        Cause(
            "read-only-field",
            _("The Salesforce field cannot be written"),
            _(
                "It is a formula, roll-up, system or compound field, or not part of this object; no permission can change that."
            ),
            (
                _("Open the mapping from the details and set its rule to Always use Salesforce."),
                _(
                    "Or map the property to the field behind it, for instance Last Name instead of Name."
                ),
                RESYNC,
            ),
        ),
        Cause(
            "read-only-property",
            _("The HubSpot property cannot be written"),
            _("HubSpot calculates or sets this property itself."),
            (
                _("Open the mapping from the details and pause or remove it."),
                _("Or map the field to a property of your own instead."),
                RESYNC,
            ),
        ),
        Cause(
            "mapping-not-valid",
            _("The mapping is not valid"),
            _(
                "Salesforce cannot use the mapping of its own objects or fields, for instance of lead conversion."
            ),
            (
                _("See in the details which mapping is meant and open it in Salesforce Setup."),
                _("Correct or remove the entry that does not exist any more."),
                RESYNC,
            ),
        ),
    ),
)

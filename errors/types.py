"""The eight error types: the cards of the tab, in the order in which the cards stand."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ErrorType(TextChoices):
    """Slug (stored, and used in addresses and the API) and label of every error type."""

    ASSOCIATIONS = "associations", _("Associations")
    CUSTOM_CODE = "custom-code", _("Custom code")
    DUPLICATES = "duplicates", _("Duplicates")
    PERMISSIONS = "permissions", _("Permissions")
    PICKLISTS = "picklists", _("Picklists")
    PROPERTY_MAPPINGS = "property-mappings", _("Property mappings")
    PROPERTY_VALUES = "property-values", _("Property values")
    OTHER = "other", _("Other")


# When one record fails for several reasons, the one with the widest reach is shown: a missing
# right stops every record, a bad value only this one.
BY_REACH: tuple[ErrorType, ...] = (
    ErrorType.PERMISSIONS,
    ErrorType.PROPERTY_MAPPINGS,
    ErrorType.ASSOCIATIONS,
    ErrorType.DUPLICATES,
    ErrorType.PICKLISTS,
    ErrorType.PROPERTY_VALUES,
    ErrorType.CUSTOM_CODE,
    ErrorType.OTHER,
)

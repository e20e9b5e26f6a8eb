"""The eight error types, in the order of the cards."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ErrorType(models.TextChoices):
    ASSOCIATIONS = "associations", _("Associations")
    CUSTOM_CODE = "custom-code", _("Custom code")
    DUPLICATES = "duplicates", _("Duplicates")
    PERMISSIONS = "permissions", _("Permissions")
    PICKLISTS = "picklists", _("Picklists")
    PROPERTY_MAPPINGS = "property-mappings", _("Property mappings")
    PROPERTY_VALUES = "property-values", _("Property values")
    OTHER = "other", _("Other")

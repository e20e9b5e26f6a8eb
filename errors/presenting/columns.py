"""The columns of each type's panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from errors.types import ErrorType


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a panel: the key in `fields()` and the heading."""

    key: str
    heading: Any


_PROPERTY = Column("property", _("HubSpot property"))
_FIELD = Column("field", _("Salesforce field"))
_VALUE = Column("value", _("Value"))
_OBJECT = Column("object", _("Object"))
_MESSAGE = Column("message", _("Error details"))

COLUMNS: dict[str, tuple[Column, ...]] = {
    ErrorType.ASSOCIATIONS: (Column("record", _("Record")),),
    ErrorType.CUSTOM_CODE: (_OBJECT, _MESSAGE),
    ErrorType.DUPLICATES: (
        Column("hubspot_record", _("HubSpot record")),
        Column("salesforce_record", _("Salesforce record")),
        Column("value", _("Duplicated value")),
    ),
    ErrorType.PERMISSIONS: (
        Column("target", _("Object and field")),
        Column("right", _("Missing right")),
        Column("user", _("Integration user")),
    ),
    ErrorType.PICKLISTS: (_PROPERTY, _FIELD, _VALUE),
    ErrorType.PROPERTY_MAPPINGS: (
        _PROPERTY,
        _FIELD,
        Column("reason", _("Why it does not fit")),
    ),
    ErrorType.PROPERTY_VALUES: (
        _PROPERTY,
        _VALUE,
        Column("demands", _("What the field demands")),
    ),
    ErrorType.OTHER: (_MESSAGE,),
}

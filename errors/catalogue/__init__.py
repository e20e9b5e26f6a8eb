"""Every error type and cause with its texts: what happened, what it means, what to do.

Rows in the database hold slugs and facts; people read the texts from here, in their language.

To add a cause:

1. add one `Cause` to the module of its type in this folder;
2. add one rule to the classifier: a line in `classification/salesforce_codes.py` or
   `classification/hubspot_codes.py` if a code says it, otherwise a refinement
   (`salesforce_refinements.py`) or a text rule (`hubspot_texts.py`);
3. add the message that made you add it to `errors/tests/data/more_messages.csv`.

`errors/tests/test_catalogue.py` fails while one of the first two is missing.
"""

from __future__ import annotations

from errors.catalogue import (
    associations,
    custom_code,
    duplicates,
    other,
    permissions,
    picklists,
    property_mappings,
    property_values,
)
from errors.catalogue.entry import Cause, TypeEntry
from errors.types import ErrorType

__all__ = ["TYPES", "Cause", "TypeEntry", "causes_of", "get_cause", "get_type"]

TYPES: tuple[TypeEntry, ...] = (
    associations.ENTRY,
    custom_code.ENTRY,
    duplicates.ENTRY,
    permissions.ENTRY,
    picklists.ENTRY,
    property_mappings.ENTRY,
    property_values.ENTRY,
    other.ENTRY,
)
_TYPES = {entry.type.value: entry for entry in TYPES}
_CAUSES = {(entry.type.value, cause.slug): cause for entry in TYPES for cause in entry.causes}
_UNKNOWN = _CAUSES[ErrorType.OTHER.value, "unknown"]


def get_type(slug: str) -> TypeEntry:
    """The entry of an error type; raises KeyError for a slug that is none of the eight."""
    return _TYPES[str(slug)]


def causes_of(type_slug: str) -> tuple[Cause, ...]:
    """The causes of a type in the order of the catalogue; raises KeyError as `get_type` does."""
    return get_type(type_slug).causes


def get_cause(type_slug: str, slug: str) -> Cause:
    """A cause's texts. A slug that an older release stored and this one dropped reads as unknown."""
    return _CAUSES.get((str(type_slug), slug), _UNKNOWN)

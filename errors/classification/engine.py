"""Our own codes: what the sync engine tells without a call. Listed in docs/architecture.md."""

from __future__ import annotations

from errors.classification.result import UNKNOWN, Classification, Finding
from errors.classification.salesforce_refinements import waiting_place
from errors.classification.texts import canonical_code
from errors.types import ErrorType

PREFIX = "SYNC_"

CODES: dict[str, tuple[ErrorType, str]] = {
    "SYNC_PROPERTY_MISSING": (ErrorType.PROPERTY_MAPPINGS, "property-missing"),
    "SYNC_FIELD_MISSING": (ErrorType.PROPERTY_MAPPINGS, "field-missing"),
    "SYNC_TYPES_INCOMPATIBLE": (ErrorType.PROPERTY_MAPPINGS, "types-incompatible"),
    "SYNC_FIELD_READ_ONLY": (ErrorType.PROPERTY_MAPPINGS, "read-only-field"),
    "SYNC_REFERENCE_UNMAPPED": (ErrorType.PROPERTY_MAPPINGS, "reference-mapping-needed"),
    "SYNC_PARENT_NOT_SYNCED": (ErrorType.ASSOCIATIONS, "waiting-for-record"),
    "SYNC_ASSOCIATION_LIMIT": (ErrorType.ASSOCIATIONS, "association-limit-reached"),
    "SYNC_AMBIGUOUS_MATCH": (ErrorType.DUPLICATES, "ambiguous-match"),
}


def judge(finding: Finding, *, system: str) -> Classification:
    """Type and cause of a code of ours; one that nobody listed is Other. `system`: who would refuse."""
    code = canonical_code(finding.code)
    kind, cause = CODES.get(code, (ErrorType.OTHER, UNKNOWN))
    if code == "SYNC_PARENT_NOT_SYNCED":
        blocking = finding.details.get("blocking_record")
        target = blocking.get("object", "") if isinstance(blocking, dict) else ""
        kind, cause = waiting_place(str(target))
    if code == "SYNC_FIELD_READ_ONLY" and system.startswith("h"):
        cause = "read-only-property"
    return Classification(kind, cause, code, "", finding.fields)

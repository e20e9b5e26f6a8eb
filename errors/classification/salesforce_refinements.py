"""What the text, the fields or the describe of a Salesforce error change about its code's place.

One function a code. Each looks at names that the platform does not translate first, and at English
words only where the code leaves both readings open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from errors.types import ErrorType

Place = tuple[ErrorType, str]
Refinement = Callable[[str, Sequence[str], Mapping[str, Any]], Place | None]

_STATE_FIELD = re.compile(r"(?:State|Country)(?:Code)?(?:__pc)?$")
_STATE_TEXT = re.compile(
    r"\b(?:state|province|country)/?(?:territory|province)?\b.*\b(?:valid|value|recognize|specif|code|list)"
    r"|(?:valid|value|recognize|specif).*\b(?:state|country|territory|province)\b"
    r"|\[(?:\w*)(?:State|Country)(?:Code)?\]|: \w*(?:State|Country)(?:Code)?$",
    re.I,
)
_WRONG_ID = re.compile(r"id value of incorrect type|incorrect type|\bmalformed id\b", re.I)
_MISSING_PARENT = re.compile(
    r"\b(?:every|each|must|needs?|requires?|without)\b.{0,60}\b(?:account|contact|parent|case|opportunity|campaign)\b",
    re.I,
)
_OWNER_BLANK = re.compile(r"owner (?:id )?cannot be blank|owner id: owner", re.I)
_RECORD_TYPE = re.compile(r"record ?type(?: ?id)?", re.I)
_FOREIGN_KEY = re.compile(r"foreign key external id|not found for field .* in entity", re.I)
_ENTITY = re.compile(r"in entity (\w+)", re.I)
_NOT_SPECIFIED = re.compile(r"\bnot specified\b", re.I)
_EXTERNAL_ID = re.compile(r"external id|__c\b", re.I)
_BAD_NAMES = re.compile(
    r"bad field names|\bId\b.*\b(?:insert|specif|contains?)|contains an ID value", re.I
)
_NOT_JSON = re.compile(
    r"unexpected (?:character|end|token|parser)|entity body|malformed|illegal|unrecognized token",
    re.I,
)
_LISTED = re.compile(r"(?:fields?|missing)\s*: ?\[?([\w, .]+?)\]?(?:[.:]|$)")
# Fields that no profile can open for writing. `permissionable` in a describe says the same, but
# compound addresses and standard roll-ups claim to be permissionable and are never writable.
_SYSTEM_FIELD = re.compile(
    r"^(?:Id|Name|CreatedDate|CreatedById|LastModifiedDate|LastModifiedById|SystemModstamp|MasterRecordId|"
    r"IsDeleted|IsClosed|IsClosedOnCreate|IsWon|IsConverted|IsPersonAccount|IsEmailBounced|IsArchived|IsTask|"
    r"IsHighPriority|Converted\w+|Last(?:Activity|Viewed|Referenced|CURequest|CUUpdate)Date|PhotoUrl|"
    r"(?:Billing|Shipping|Mailing|Other|Person\w*)?Address|Number(?:Of|Sent)\w+|Amount(?:All|Won)\w+|"
    r"HasOpenActivity|HasOverdueTask|HasOptedOut\w*Date|Fiscal\w*|ExpectedRevenue|ForecastCategory|"
    r"CaseNumber|JigsawC\w+|EmailBounced\w+|\w+Latitude|\w+Longitude|\w+GeocodeAccuracy|TotalOpportunity\w*)$"
)
_LOOKUP_FIELD = re.compile(r"(?<!Record)(?<!RecordType)(?<!Owner)(?<!External)Id$")
_NOT_LOOKUPS = frozenset({"Id", "OwnerId", "RecordTypeId", "ExternalId"})


def refine(code: str, text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    """A better place for a code than its usual one, None to keep that."""
    rule = _RULES.get(code)
    return rule(text, fields, details) if rule else None


def is_lookup_name(name: str) -> bool:
    """Whether a standard field is a link by its name (`AccountId`, not `RecordTypeId`)."""
    return name not in _NOT_LOOKUPS and bool(_LOOKUP_FIELD.search(name))


def waiting_place(target: str) -> Place:
    """The cause of a record that waits for its account, or for any other record."""
    account = target.lower() in {"account", "company", "companies", "accountid", "0-2"}
    return (ErrorType.ASSOCIATIONS, "waiting-for-account" if account else "waiting-for-record")


def _named(text: str, fields: Sequence[str]) -> list[str]:
    if fields:
        return list(fields)
    match = _LISTED.search(text)
    return [n.strip() for n in match.group(1).split(",") if n.strip()] if match else []


def _field_write(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    read_only = (ErrorType.PROPERTY_MAPPINGS, "read-only-field")
    if _BAD_NAMES.search(text):
        return read_only
    never = details.get("calculated") or details.get("autoNumber")
    if never or (details.get("permissionable") is False and not details.get("updateable")):
        return read_only
    names = _named(text, fields)
    if names and all(_SYSTEM_FIELD.match(n) for n in names):
        return read_only
    return None


def _integrity(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    if any(_STATE_FIELD.search(n) for n in fields if not n.endswith("__c")):
        return (ErrorType.PICKLISTS, "state-country-value")
    if _WRONG_ID.search(text):
        return (ErrorType.PROPERTY_MAPPINGS, "reference-mapping-needed")
    if _STATE_TEXT.search(text):
        return (ErrorType.PICKLISTS, "state-country-value")
    if "RecordTypeId" in fields:
        return (ErrorType.PERMISSIONS, "record-type-missing")
    links = [n for n in fields if is_lookup_name(n)]
    if fields and len(links) == len(fields):
        return (ErrorType.ASSOCIATIONS, "required-link-missing")
    if not fields and _MISSING_PARENT.search(text):
        return (ErrorType.ASSOCIATIONS, "required-link-missing")
    return None


def _cross_reference(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    if "RecordTypeId" in fields or _RECORD_TYPE.match(text):
        return (ErrorType.PERMISSIONS, "record-type-missing")
    if _OWNER_BLANK.search(text):
        return (ErrorType.PROPERTY_VALUES, "required-field-missing")
    return _foreign_key(text, fields, details)


def _foreign_key(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    if _FOREIGN_KEY.search(text):
        entity = _ENTITY.search(text)
        return waiting_place(entity.group(1) if entity else "")
    return None


def _invalid_field(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    if _NOT_SPECIFIED.search(text):
        return (ErrorType.PROPERTY_VALUES, "required-field-missing")
    return _foreign_key(text, fields, details)


def _required(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    names = _named(text, fields)
    types = details.get("field_types")
    known = types if isinstance(types, Mapping) else {}
    if names and all(known.get(n) == "reference" or is_lookup_name(n) for n in names):
        return (ErrorType.ASSOCIATIONS, "required-link-missing")
    if details.get("field_type") == "reference" and "OwnerId" not in names:
        return (ErrorType.ASSOCIATIONS, "required-link-missing")
    return None


def _not_found(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    if text and not _EXTERNAL_ID.search(text):
        return (ErrorType.ASSOCIATIONS, "record-deleted")
    return None


def _json(text: str, fields: Sequence[str], details: Mapping[str, Any]) -> Place | None:
    if "deserialize" not in text.lower() and _NOT_JSON.search(text):
        return (ErrorType.OTHER, "request-not-understood")
    if "no such column" in text.lower():
        return (ErrorType.PROPERTY_MAPPINGS, "field-missing")
    return None


_RULES: dict[str, Refinement] = {
    "INVALID_FIELD_FOR_INSERT_UPDATE": _field_write,
    "FIELD_INTEGRITY_EXCEPTION": _integrity,
    "CLONE_FIELD_INTEGRITY_EXCEPTION": _integrity,
    "INVALID_CROSS_REFERENCE_KEY": _cross_reference,
    "INVALID_FIELD": _invalid_field,
    "REQUIRED_FIELD_MISSING": _required,
    "NOT_FOUND": _not_found,
    "HTTP_404": _not_found,
    "JSON_PARSER_ERROR": _json,
}

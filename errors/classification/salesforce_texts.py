"""Salesforce's own English phrases, used only where no code came with the message."""

from __future__ import annotations

import re

_PHRASES: tuple[tuple[str, str], ...] = (
    (r'^\["/services/data/', "HTTP_300"),
    (r"^An Apex error occurred|^\W*System\.\w+Exception\b|Apex trigger \S+ caused", "APEX_ERROR"),
    (
        r"execution of (?:Before|After)|\bSystem\.\w+Exception\b.*\bline \d",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    ),
    (
        r"when the flow tried to|process failed|flow interview|An unhandled fault has occurred",
        "CANNOT_EXECUTE_FLOW_TRIGGER",
    ),
    (r"duplicates? value on record with id|^duplicate value found", "DUPLICATE_VALUE"),
    (
        r"^use one of these records|you're creating a duplicate record|possible duplicate records? exists?",
        "DUPLICATES_DETECTED",
    ),
    (r"more than one record found for external id", "DUPLICATE_EXTERNAL_ID"),
    (r"bad value for restricted picklist", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    (r"data value too large", "STRING_TOO_LONG"),
    (r"invalid email address", "INVALID_EMAIL_ADDRESS"),
    (r"value outside of valid range", "NUMBER_OUTSIDE_VALID_RANGE"),
    (r"required fields? (?:is|are) missing", "REQUIRED_FIELD_MISSING"),
    (r"this record is locked|record is locked by", "ENTITY_IS_LOCKED"),
    (
        r"unable to create/update fields?:|bad field names on insert/update",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    ),
    (
        r"insufficient access rights on cross-reference",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    ),
    (
        r"insufficient access rights|insufficient privileges|do(?:es)? not have the level of access",
        "INSUFFICIENT_ACCESS_OR_READONLY",
    ),
    (r"inactive user|inactive owner", "INACTIVE_OWNER_OR_USER"),
    (r"converted lead", "CANNOT_UPDATE_CONVERTED_LEAD"),
    (r"no such column|foreign key external id", "INVALID_FIELD"),
    (r"sobject type '.*' is not supported", "INVALID_TYPE"),
    (r"external id field does not exist", "INVALID_EXTERNAL_ID_FIELD_NAME"),
    (r"value not of required type", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    (r"cannot deserialize instance of", "JSON_PARSER_ERROR"),
    (r"id value of incorrect type|malformed id", "MALFORMED_ID"),
    (r"entity is deleted", "ENTITY_IS_DELETED"),
    (r"invalid cross reference id", "INVALID_CROSS_REFERENCE_KEY"),
    (r"does not match filter criteria", "FIELD_FILTER_VALIDATION_EXCEPTION"),
    (
        r"problem with this (?:state|country)|list of valid (?:states|countries)|state value for field",
        "FIELD_INTEGRITY_EXCEPTION",
    ),
    (r"unable to obtain exclusive access", "UNABLE_TO_LOCK_ROW"),
    (r"licen[cs]e limit exceeded", "LICENSE_LIMIT_EXCEEDED"),
    (r"storage limit exceeded", "STORAGE_LIMIT_EXCEEDED"),
    (r"(?:total|concurrent)requests limit exceeded", "REQUEST_LIMIT_EXCEEDED"),
    (r"session expired or invalid|expired access/refresh token", "INVALID_SESSION_ID"),
    (r"(?:api|REST API) is (?:not enabled|disabled)", "API_DISABLED_FOR_ORG"),
    (r"requested resource does not exist", "NOT_FOUND"),
    (r"too many values selected", "TOO_MANY_ENUM_VALUE"),
)
_COMPILED = tuple((re.compile(pattern, re.I), code) for pattern, code in _PHRASES)


def code_of_phrase(text: str) -> str:
    """The code that Salesforce gives with this English text, "" if the text is not known."""
    return next((code for rule, code in _COMPILED if rule.search(text)), "")

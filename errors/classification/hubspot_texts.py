"""HubSpot's texts, which are always English, in the order in which they are tried.

Used where the code is a bare category. The first groups take away what only sounds like
something else: "Duplicate IDs found in batch input" is our request, not a duplicate record.
"""

from __future__ import annotations

import re

from errors.types import ErrorType

Place = tuple[ErrorType, str]

_RULES: tuple[tuple[ErrorType, str, str], ...] = (
    (
        ErrorType.OTHER,
        "request-not-understood",
        (
            r"invalid input json|cannot deserialize|duplicate ids? found in|no properties found to update"
            r"|unable to parse|malformed json|request body|batch size|inputs? .{0,30}(?:must not|exceeds?|at most)"
            r"|unrecognized field|maximum (?:batch|number of inputs)"
        ),
    ),
    (
        ErrorType.ASSOCIATIONS,
        "association-limit-reached",
        r"associat\w+.{0,120}\b(?:limit|maximum|too many|exceed)|\b(?:limit|maximum|too many|exceed)\w*.{0,120}associat",
    ),
    (
        ErrorType.OTHER,
        "rate-limited",
        r"reached your .{0,40}limit|rate limit|too many requests|(?:daily|secondly) limit",
    ),
    (
        ErrorType.OTHER,
        "sign-in-expired",
        (
            r"authentication credentials|(?:oauth|access|refresh)[ _-]?token|\bapi ?key\b|hapikey|token .{0,40}expired"
            r"|token proxy|expired \d+ second|authorization header|user level oauth|private app.{0,30}(?:deleted|invalid)"
        ),
    ),
    (
        ErrorType.PERMISSIONS,
        "missing-scope",
        r"\bscopes?\b",
    ),
    (
        ErrorType.PERMISSIONS,
        "hubspot-user-permission",
        (
            r"permissions?\b|not (?:allowed|authori[sz]ed|permitted) to|do(?:es)?(?: not|n't) have (?:access|permission)"
            r"|access (?:is )?denied|is not accessible"
        ),
    ),
    (
        ErrorType.PERMISSIONS,
        "licence-or-feature-missing",
        r"\b(?:upgrade|subscription|tier|portal (?:is not|isn't)|not enabled for)\b",
    ),
    (
        ErrorType.DUPLICATES,
        "email-already-in-use",
        r"contact already exists|email.{0,80}already (?:exists|in use|taken|used|has)|contact with (?:that|this|the same) email",
    ),
    (
        ErrorType.DUPLICATES,
        "company-domain-in-use",
        r"company already exists|domain.{0,80}already (?:exists|in use|used)",
    ),
    (
        ErrorType.DUPLICATES,
        "duplicate-value",
        (
            r"already has (?:that|this) value|unique value|must be unique|value .{0,60}already (?:exists|in use|used|taken)"
            r"|PropertyValueCoordinates|conflicting unique|duplicate value"
        ),
    ),
    (
        ErrorType.DUPLICATES,
        "hubspot-record-exists",
        r"already exists|existing id\b|duplicate (?:record|object|contact|company|deal)",
    ),
    (
        ErrorType.PICKLISTS,
        "picklist-limit",
        r"(?:too many|maximum|limit|exceed).{0,60}\boptions\b|\boptions\b.{0,60}(?:too many|maximum|limit|exceed)",
    ),
    (
        ErrorType.PICKLISTS,
        "option-missing-in-hubspot",
        (
            r"allowed options|allowed values|not (?:a )?(?:valid|allowed) option|invalid option|invalid enum|must be one of|valid options are"
            r"|pipeline.{0,40}stage|\bstage .{0,60}(?:not|invalid|doesn't)|pipeline .{0,60}(?:not|invalid|doesn't)"
        ),
    ),
    (
        ErrorType.PROPERTY_MAPPINGS,
        "read-only-property",
        (
            r"read[ -]?only|calculated property|value cannot be set|cannot be (?:set|updated|modified|edited)"
            r"|immutable"
        ),
    ),
    (
        ErrorType.PROPERTY_MAPPINGS,
        "property-missing",
        (
            r"propert(?:y|ies)\b.{0,120}(?:do(?:es)?(?: not|n't) exist|not found|unknown)"
            r"|(?:unknown|no such|nonexistent) propert|non-unique .{0,40}property|not a unique property"
            r"|no property (?:with|named)"
            # Cut off in the middle: the sentence that names a property first says it is gone.
            r"|^property \W{1,6}\w+\W{1,6}\w{0,4}$"
        ),
    ),
    (
        ErrorType.PROPERTY_MAPPINGS,
        "object-missing",
        r"unable to infer object type|(?:unknown|invalid|unsupported) object ?type",
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "required-field-missing",
        (
            r"required propert|propert(?:y|ies).{0,60}\b(?:is|are) required|\brequired\b.{0,60}(?:not set|missing|blank|empty)"
            r"|missing required|(?:is|are) required\b|must (?:not be|be set|have a value)"
        ),
    ),
    (
        ErrorType.ASSOCIATIONS,
        "association-type-invalid",
        r"association type|association (?:definition|label|category)",
    ),
    (
        ErrorType.ASSOCIATIONS,
        "invalid-reference",
        (
            r"\bassociat|(?:object|record|contact|compan|deal|ticket|resource|vid)\w*\b.{0,80}"
            r"(?:not found|do(?:es)?(?: not|n't) exist|deleted|not exist)|resource not found|could not (?:find|get some)"
            r"|no (?:contact|company|deal|object|record) (?:with|found)"
        ),
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-email",
        r"email address .{0,200}invalid|invalid email|not a valid email",
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "value-too-long",
        (
            r"too long|max(?:imum)? (?:length|size)|longer than|\bcharacters?\b.{0,60}(?:limit|max|exceed)"
            r"|exceed\w*.{0,60}(?:characters?|length|size)|at most \d+ characters"
        ),
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-date",
        (
            r"not midnight|(?:valid|invalid|parse).{0,40}\b(?:date|timestamp|datetime)|\b(?:date|timestamp|datetime)\b.{0,80}"
            r"(?:valid|invalid|format|parse)"
        ),
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "number-out-of-range",
        r"out of range|(?:greater|less|larger|smaller) than|(?:minimum|maximum) (?:value|number)|between -?\d",
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-number",
        (
            r"not (?:a )?valid (?:long|integer|number|double|decimal|int)|not a number|invalid (?:number|integer|long)"
            r"|must be (?:a|an) (?:number|integer)"
        ),
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-phone",
        r"phone number",
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-url",
        r"\b(?:url|domain|website)\b.{0,80}(?:valid|invalid)|invalid (?:url|domain)",
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-owner",
        r"\bowner\b",
    ),
    (
        ErrorType.OTHER,
        "platform-unavailable",
        r"internal (?:server )?error|temporarily unavailable|timed? ?out|try again",
    ),
    (
        ErrorType.PROPERTY_VALUES,
        "invalid-value",
        r"property values? (?:were|was) not valid|not a valid|invalid value|is invalid|failed validation",
    ),
)
_COMPILED = tuple((re.compile(p, re.I), (kind, cause)) for kind, cause, p in _RULES)


def place_of_text(text: str) -> Place | None:
    """Type and cause that a HubSpot text stands for, None if no rule knows it."""
    return next((place for rule, place in _COMPILED if rule.search(text)), None)

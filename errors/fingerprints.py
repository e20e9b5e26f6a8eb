"""Which failures are one error: the same cause folds into the same row.

Pure. Each type has its own discriminator (promise 1 of the data model). `FINGERPRINT_VERSION` is
part of the hash: raise it when a rule here changes, so that old and new rows are told apart.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from errors.classification.result import Classification
from errors.classification.texts import as_text, clean
from errors.extract import FailureLike, describe_failure
from errors.types import ErrorType

FINGERPRINT_VERSION = 1

_NAMESPACE = uuid.UUID("6d7a3f6e-6f0b-5d0e-9f6c-2f0f8f1b7a11")
# In this order: what is longer or more particular goes first, bare numbers last.
_VARIABLE_PARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I), "<id>"),
    (re.compile(r"\bError ?ID:? ?[\d-]+(?: ?\(-?\d+\))?", re.I), "<error id>"),
    (re.compile(r"\b(?:correlation|request|trace)[ _-]?id\W{1,4}[\w-]+", re.I), "<id>"),
    (re.compile(r"\S+@[\w-]+(?:\.[\w-]+)*"), "<email>"),
    (re.compile(r"https?://\S+"), "<url>"),
    (
        re.compile(
            r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
        ),
        "<date>",
    ),
    (re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"), "<date>"),
    (re.compile(r"[“\"„«][^”\"“»]{1,200}[”\"“»]"), "<text>"),
    (re.compile(r"(?<!\w)['‘][^'’]{1,200}['’](?!\w)"), "<text>"),
    # Salesforce ids: 15 or 18 letters and digits of which some are digits.
    (re.compile(r"\b(?=[a-zA-Z]*\d)(?=\w*\d\w*\d)[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?\b"), "<id>"),
    (re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:[.,]\d+)*%?"), "<n>"),
)
_SPACE = re.compile(r"\s+")


class RecordLike(Protocol):
    """What is read of a record; `integrations.outcomes.RecordRef` fits."""

    @property
    def hubspot_object(self) -> str: ...
    @property
    def salesforce_object(self) -> str: ...
    @property
    def hubspot_id(self) -> str: ...
    @property
    def salesforce_id(self) -> str: ...


def normalise_message(message: Any) -> str:
    """A message without what differs from record to record: ids, numbers, dates, quoted values."""
    text = clean(message)[:4000]
    for rule, mark in _VARIABLE_PARTS:
        text = rule.sub(mark, text)
    return _SPACE.sub(" ", text).strip().casefold()[:1000]


def fingerprint(
    *,
    connection_id: int,
    classification: Classification,
    record: RecordLike,
    direction: str,
    failure: FailureLike,
) -> uuid.UUID:
    """The identity of the error that this failure belongs to; the same on every machine and run.

    `direction` is part of it: the fix of one direction does not fix the other.
    """
    facts = describe_failure(failure=failure, classification=classification)
    parts = _DISCRIMINATORS[classification.type](record, direction, facts, failure)
    return _hash(connection_id, classification, direction, parts)


def blocking_fingerprint(
    *,
    connection_id: int,
    classification: Classification,
    direction: str,
    blocking: Mapping[str, Any],
) -> uuid.UUID:
    """The identity of the association error whose blocking record this is: `fingerprint` of its failures."""
    return _hash(connection_id, classification, direction, _blocking(blocking))


def _hash(
    connection_id: int, classification: Classification, direction: str, discriminators: list[str]
) -> uuid.UUID:
    parts = [
        str(FINGERPRINT_VERSION),
        str(connection_id),
        classification.type.value,
        classification.cause,
        direction,
        *discriminators,
    ]
    # The separator cannot stand in a part, so ("a", "bc") and ("ab", "c") differ.
    return uuid.uuid5(_NAMESPACE, "\x1f".join(p.replace("\x1f", " ") for p in parts))


Facts = Mapping[str, Any]


def _text(facts: Facts, *keys: str) -> str:
    return next((as_text(facts[k]).strip() for k in keys if facts.get(k)), "")


def _object(record: RecordLike) -> list[str]:
    return [record.hubspot_object, record.salesforce_object]


def _record(record: RecordLike, direction: str) -> list[str]:
    # The id in the system where the record comes from: it is there from the first try on, the
    # other one only after the link is made.
    first, second = record.hubspot_id, record.salesforce_id[:15]
    if direction == "to_hubspot":
        first, second = second, first
    return [first or second]


def _ends(facts: Facts) -> list[str]:
    return [_text(facts, "hubspot_property"), _text(facts, "salesforce_field")]


def _associations(
    record: RecordLike, direction: str, facts: Facts, failure: FailureLike
) -> list[str]:
    blocking = facts.get("blocking_record")
    parts = _blocking(blocking) if isinstance(blocking, Mapping) else []
    return parts or ["self", *_object(record), *_record(record, direction)]


def _blocking(blocking: Mapping[str, Any]) -> list[str]:
    hubspot_id = as_text(blocking.get("hubspot_id"))
    salesforce_id = as_text(blocking.get("salesforce_id"))[:15]
    name = as_text(blocking.get("label"))
    # The first id there is: its partner may become known later, and that is the same record.
    identity = hubspot_id or salesforce_id or name
    return ["blocking", as_text(blocking.get("object")).lower(), identity] if identity else []


def _duplicates(
    record: RecordLike, direction: str, facts: Facts, failure: FailureLike
) -> list[str]:
    duplicate = facts.get("duplicate")
    given = duplicate if isinstance(duplicate, Mapping) else {}
    value = _text(given, "value") or _text(facts, "value")
    if value:
        return [*_object(record), "value", value.casefold()]
    other = _text(given, "hubspot_id", "salesforce_id")
    if other:
        return [*_object(record), "other", other]
    return [*_object(record), "record", *_record(record, direction)]


def _picklists(record: RecordLike, direction: str, facts: Facts, failure: FailureLike) -> list[str]:
    value = _text(facts, "value") or normalise_message(failure.message)
    return [*_object(record), *_ends(facts), value.casefold()]


def _mappings(record: RecordLike, direction: str, facts: Facts, failure: FailureLike) -> list[str]:
    ends = _ends(facts)
    rest = [] if any(ends) else [normalise_message(failure.message)]
    return [*_object(record), *ends, *rest]


def _permissions(
    record: RecordLike, direction: str, facts: Facts, failure: FailureLike
) -> list[str]:
    return [*_object(record), *_ends(facts)]


def _custom_code(
    record: RecordLike, direction: str, facts: Facts, failure: FailureLike
) -> list[str]:
    rule = _text(facts, "rule")
    return [*_object(record), rule or normalise_message(failure.message)]


def _values(record: RecordLike, direction: str, facts: Facts, failure: FailureLike) -> list[str]:
    ends = _ends(facts)
    rest = [] if any(ends) else [normalise_message(failure.message)]
    return [*_object(record), *ends, *rest]


def _other(record: RecordLike, direction: str, facts: Facts, failure: FailureLike) -> list[str]:
    return [failure.system, normalise_message(failure.message)]


_DISCRIMINATORS = {
    ErrorType.ASSOCIATIONS: _associations,
    ErrorType.CUSTOM_CODE: _custom_code,
    ErrorType.DUPLICATES: _duplicates,
    ErrorType.PERMISSIONS: _permissions,
    ErrorType.PICKLISTS: _picklists,
    ErrorType.PROPERTY_MAPPINGS: _mappings,
    ErrorType.PROPERTY_VALUES: _values,
    ErrorType.OTHER: _other,
}

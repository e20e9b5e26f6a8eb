"""A text that can be sent to support as it is: what was tried and what came back, without secrets. Pure.

In English whatever the reader's language is, since support reads it.
"""

from __future__ import annotations

import re

from errors.models import SyncError
from errors.presenting.reading import by_hubspot, details_of, text, texts
from integrations.models import Connection
from integrations.outcomes import Direction

_SECRETS = (
    (re.compile(r"\b(Bearer|OAuth|Basic)\s+[\w.~+/=!-]{8,}", re.I), r"\1 <removed>"),
    (
        re.compile(
            r"\b((?:access|refresh|id)?_?token|api_?key|hapikey|password|passwd|secret|client_secret|assertion"
            r"|session_?id|authorization)(\W{1,4})[^\s&\"',;}]{4,}",
            re.I,
        ),
        r"\1\2<removed>",
    ),
    # JSON web tokens, HubSpot's keys and Salesforce's session ids, wherever they stand.
    (re.compile(r"\beyJ[\w-]{10,}\.[\w-]{5,}(?:\.[\w-]*)?"), "<removed>"),
    (re.compile(r"\b(?:pat|hs)-[\w-]{12,}", re.I), "<removed>"),
    (re.compile(r"\b(?:na|eu|ap)\d-[\w-]{12,}", re.I), "<removed>"),
    (re.compile(r"\b00D\w{8,15}![\w.]{10,}"), "<removed>"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<mail address>"),
)
_REFERENCES = (
    re.compile(r"\bcorrelation[ _-]?id\W{1,4}([\w-]{8,60})", re.I),
    re.compile(r"\b(?:request|trace)[ _-]?id\W{1,4}([\w-]{8,60})", re.I),
    re.compile(r"\bError ?ID: ?([\d-]{6,40}(?: ?\(-?\d+\))?)", re.I),
)


def without_secrets(words: str) -> str:
    """`words` without tokens, keys, passwords and mail addresses."""
    for rule, instead in _SECRETS:
        words = rule.sub(instead, words)
    return words


def reference(error: SyncError) -> str:
    """The id under which the vendor's support finds the request: correlation id, request id, error id; else ""."""
    details = details_of(error)
    if known := text(details.get("correlation_id")):
        return known
    message = text(details.get("message"))
    found = next((m for rule in _REFERENCES if (m := rule.search(message))), None)
    return found.group(1) if found else ""


def support_text(error: SyncError, *, connection: Connection) -> str:
    """The whole story of an error in plain text. No query."""
    details = details_of(error)
    out = error.direction == Direction.TO_SALESFORCE
    ends = (error.hubspot_object, error.salesforce_object)
    source, target = ends if out else ends[::-1]
    there = ("HubSpot", "Salesforce") if out else ("Salesforce", "HubSpot")
    account = f"HubSpot account {connection.hub_id}, Salesforce org {connection.sf_org_id}"
    counted = f"records affected now: {error.open_records}; came back: {error.times_reopened}"
    lines = [
        f"Sync Health error {error.pk}: {error.type} / {error.code}",
        f"Connection: {connection.name} ({account})",
        f"Tried: {source} in {there[0]} to {target} in {there[1]}",
        f"Refused by: {'HubSpot' if by_hubspot(error) else 'Salesforce'}",
        f"Code: {text(details.get('api_code')) or '-'}",
        f"Message: {without_secrets(text(details.get('message'))) or '-'}",
    ]
    if names := texts(details.get("fields")):
        lines.append(f"Fields: {', '.join(names)}")
    if known := reference(error):
        lines.append(f"Reference of the answer: {known}")
    lines += [
        f"First seen: {error.first_seen_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Last seen: {error.last_seen_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Times failed: {error.failures}; {counted}",
    ]
    return "\n".join(lines)

"""Finds the code that lies at the bottom of a Salesforce message, and who passed it on.

Forms: Apex DML exceptions (`first error: CODE, text: [fields]`), nested any number of times; flows
(`… tried to update records: CODE: text`); a code in front of its text (`CODE: text`, `[CODE] text`).
Apex and flow frames are told by what the platform never translates: class names, event names.
"""

from __future__ import annotations

import re

from errors.classification.salesforce_codes import WRAPPERS, place_of

_WORD = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
_FIRST_ERROR = re.compile(rf"\bfirst error\s*: ?({_WORD})")
_CODE = re.compile(rf"(?<![\w.])({_WORD})(?!\w)")
# A code that reports something is followed by its text; one that a sentence mentions is not.
_IN_PLACE = re.compile(rf"(?<![\w.])({_WORD})(?= ?[,:]|-\S|$)")
_LEADING = re.compile(rf"^\W*(?:[Ee]rror(?:\s?[Cc]ode)?\W+|sf:|System\.\w+:\s*)?({_WORD})\b\W*")
_EVENT = r"(?:Before|After)(?:Insert|Update|Delete|Undelete)"
_TRIGGER_NAME = (
    re.compile(rf"\b([A-Za-z]\w{{0,99}}(?:\.\w{{1,99}})?)\s{{0,9}}: [^:]{{0,40}}?\b{_EVENT}\b"),
    re.compile(r"\bcurrently in trigger ([\w.]+)"),
    re.compile(r"\bTrigger\.([\w.]+): line \d"),
    re.compile(r"^\W*([A-Za-z]\w*(?:\.\w+)?): (?:System|[A-Za-z]\w*)\.\w*(?:Exception|Error)\b"),
    re.compile(r"\b(?:Class|AnonymousBlock)\.([\w.]+): line \d"),
)
_FLOW_NAME = re.compile(
    r'[“"](?P<before>[^”"]{1,120})[”"] (?:process|flow)\b'
    r'|\b(?:[Ff]low|[Pp]rocess) (?:named |called )?[“"](?P<after>[^”"]{1,120})[”"]'
)
_APEX = re.compile(
    rf"\b{_EVENT}\b|\bexecution of\b|\bcaused by\b|\bSystem\.\w+|\b\w+Exception\b|\bTrigger\.\w|\bClass\.\w"
    r"|\bline \d+, column \d+|\b[Aa]pex\b|\btriggers?\b|\bde-reference a null\b|\bSOQL queries\b|\bCPU time\b"
)
_FLOW = re.compile(
    r"\b[Ff]lows?\b|\b[Pp]rocess(?:es)?\b|\bFLOW_ELEMENT_ERROR\b|\binterview\b|[“\"][^”\"]+[”\"] (?:process|flow)\b"
    r"|\bError ID: \d{6,}|\(-?\d{6,}\)\s*\.?$"
)
_INTERVIEW = re.compile(r"\bflow interview\b|[“\"][^”\"]+[”\"] (?:process|flow) failed", re.I)
_LIMIT = re.compile(
    r"System\.LimitException|Apex CPU time limit|Too many (?:SOQL|DML|query|queueable|future|callouts)|"
    r"Apex heap size|CPU time limit exceeded|CPU limit|Maximum CPU|number of iterations exceeded",
    re.I,
)


def leading_code(text: str) -> tuple[str, str]:
    """A code at the start of a text and what follows it, ("", text) if there is none."""
    match = _LEADING.match(text)
    return (match.group(1), text[match.end() :]) if match else ("", text)


def any_known_code(text: str) -> tuple[str, str]:
    """The first code in a text that Salesforce has and what follows it, ("", text) without one."""
    match = next((m for m in _CODE.finditer(text) if place_of(m.group(1))), None)
    return (match.group(1), text[match.end() :].lstrip(" ,:-")) if match else ("", text)


def innermost(text: str) -> tuple[str, str]:
    """The last inner code of a wrapper's text which is no wrapper itself, and the text after it.

    ("", text) where nothing but the automation's own failure is told.
    """
    known = [m for m in _IN_PLACE.finditer(text) if place_of(m.group(1))]
    named = known or list(_FIRST_ERROR.finditer(text))
    inner = [m for m in named if m.group(1) not in WRAPPERS]
    return (inner[-1].group(1), text[inner[-1].end() :].lstrip(" ,:-")) if inner else ("", text)


def trigger_name(text: str) -> str:
    """Name of the outermost Apex trigger or class in a text, "" without one."""
    match = _trigger(text)
    return match.group(1) if match else ""


def flow_name(text: str) -> str:
    """Name of the first flow or process in a text, "" without one."""
    match = _FLOW_NAME.search(text)
    return (match["before"] or match["after"]) if match else ""


def outermost(text: str) -> str:
    """The trigger or flow that stands first in a text: the one that the save started."""
    trigger, flow = _trigger(text), _FLOW_NAME.search(text)
    if trigger and flow and flow.start() < trigger.start():
        return flow_name(text)
    return trigger_name(text) or flow_name(text)


def _trigger(text: str) -> re.Match[str] | None:
    return next((m for rule in _TRIGGER_NAME if (m := rule.search(text))), None)


def tells_of_apex(text: str) -> bool:
    """Whether an Apex frame stands in the text."""
    return _APEX.search(text) is not None


def tells_of_flow(text: str) -> bool:
    """Whether a flow or process stands in the text."""
    return _FLOW.search(text) is not None


def tells_of_interview(text: str) -> bool:
    """Whether a flow interview broke: the platform says so under UNKNOWN_EXCEPTION too."""
    return _INTERVIEW.search(text) is not None


def tells_of_limit(text: str) -> bool:
    """Whether a governor limit stopped the automation."""
    return _LIMIT.search(text) is not None

"""Which rule, trigger, flow, class or package a refusal of Salesforce names. Pure."""

from __future__ import annotations

import re

from errors.classification import salesforce_nesting as nesting

_CLASS = re.compile(r"\b(?:Class|AnonymousBlock)\.([\w.]+): line \d")
_NAMESPACED = re.compile(r"^([A-Za-z]\w{0,14})\.\w")
# Apex of a package ends with its namespace: `…: [] (npsp)`. A flow's error id stands in the same place.
_TRAILING = re.compile(r"\(([A-Za-z]\w{0,14})\)\W*$")
# Packages that write triggers into the org under their own prefix.
_PREFIXED = re.compile(r"^(dlrs)_", re.I)
_NO_PACKAGE = frozenset({"system", "trigger", "class", "anonymousblock"})
_BY_CAUSE = {
    "validation-rule": "validation-rule",
    "flow": "flow",
    "apex-trigger": "trigger",
    "approval-process": "approval",
    "record-locked": "approval",
    "assignment-rule": "assignment-rule",
}


def automation(*, cause: str, text: str, inside: bool = False) -> dict[str, str]:
    """`kind` (validation-rule, flow, trigger, class, approval, assignment-rule or automation), `name` and `package`.

    `name` and `package` are left out where the message does not tell them: a validation rule is never named,
    its words are its own. `inside`: the refusal was raised inside a trigger or flow, which is named then,
    whatever refused it there.
    """
    kind = _BY_CAUSE.get(cause, "automation")
    if kind in ("validation-rule", "approval", "assignment-rule") and not inside:
        return {"kind": kind}
    name = nesting.outermost(text)
    if name:
        kind = _kind_of(name, text)
    elif kind == "automation" and nesting.tells_of_flow(text) and not nesting.tells_of_apex(text):
        kind = "flow"
    package = _package(name, text) if kind != "flow" else ""
    return {
        "kind": kind,
        **({"name": name} if name else {}),
        **({"package": package} if package else {}),
    }


def _kind_of(name: str, text: str) -> str:
    if name == nesting.flow_name(text):
        return "flow"
    in_class = _CLASS.search(text)
    return "class" if in_class and in_class.group(1) == name else "trigger"


def _package(name: str, text: str) -> str:
    for match in (_NAMESPACED.match(name), _PREFIXED.match(name), _TRAILING.search(text)):
        if match and match.group(1).lower() not in _NO_PACKAGE:
            # `Class.AccountLog.write` is a class and its method, not a package and its class.
            if match.re is _NAMESPACED and _CLASS.search(text) and name.count(".") < 2:
                continue
            return match.group(1)
    return ""

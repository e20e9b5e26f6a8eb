"""The four sync rules. Pure: known values in, what to write out.

Source: knowledge.hubspot.com, "Map HubSpot properties to Salesforce fields" (27 March 2026).
"""

from __future__ import annotations

from collections.abc import Mapping

from integrations.engine.values import Pair
from integrations.models import PropertyMapping

Rule = PropertyMapping.Rule
Values = Mapping[str, str]  # canonical texts by Pair.key


def to_salesforce(
    pair: Pair, *, now: Values, before: Values, other: Values, creating: bool
) -> str | None:
    """What HubSpot's value makes of Salesforce's; None: nothing is to be written.

    `now` and `before` are HubSpot's values and its baseline, `other` what Salesforce is known to hold.
    """
    name = pair.key
    value, theirs = now.get(name, ""), other.get(name, "")
    if pair.rule in (Rule.NONE, Rule.ALWAYS_SALESFORCE):
        return None
    if creating:
        return value or None
    if value == theirs:
        return None
    if pair.rule == Rule.PREFER_SALESFORCE:
        return value if value and not theirs else None
    return value if value != before.get(name, "") else None


def to_hubspot(
    pair: Pair,
    *,
    now: Values,
    before: Values | None,
    other: Values,
    other_before: Values,
    other_is_later: bool,
    creating: bool,
) -> str | None:
    """What Salesforce's value makes of HubSpot's; None: nothing is to be written.

    `now` and `before` are Salesforce's values and its baseline (None: the two records have just met), `other` and
    `other_before` HubSpot's. `other_is_later`: HubSpot's record was modified after Salesforce's.
    """
    name = pair.key
    value, theirs = now.get(name, ""), other.get(name, "")
    if pair.rule == Rule.NONE:
        return None
    if creating:
        return value or None
    if value == theirs or (before is not None and value == before.get(name, "")):
        return None
    if pair.rule in (Rule.PREFER_SALESFORCE, Rule.ALWAYS_SALESFORCE):
        return value or None
    if before is None:
        # Neither has changed: a blank takes the other's value, else the later record has it.
        return value if value and (not theirs or not other_is_later) else None
    if theirs != other_before.get(name, "") and other_is_later:
        return None
    return value

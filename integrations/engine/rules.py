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
    pair: Pair, *, now: Values, other: Values, changed: bool, creating: bool
) -> str | None:
    """What HubSpot's value makes of Salesforce's; None: nothing is to be written.

    `now` is what HubSpot holds, `other` what Salesforce is known to hold; `changed`: HubSpot's value is not the
    one that was last carried over.
    """
    value, theirs = now.get(pair.key, ""), other.get(pair.key, "")
    if pair.rule in (Rule.NONE, Rule.ALWAYS_SALESFORCE):
        return None
    if creating:
        return value or None
    if value == theirs:
        return None
    if pair.rule == Rule.PREFER_SALESFORCE:
        return value if value and not theirs else None
    return value if changed else None


def to_hubspot(
    pair: Pair,
    *,
    now: Values,
    other: Values,
    changed: bool,
    other_changed: bool,
    other_is_later: bool,
    met: bool,
    creating: bool,
) -> str | None:
    """What Salesforce's value makes of HubSpot's; None: nothing is to be written.

    `now` is what Salesforce holds, `other` what HubSpot holds; `changed`, `other_changed`: the value of that
    side is not the one that was last carried over. `other_is_later`: HubSpot's record was modified after
    Salesforce's. `met`: the two records have just met, so neither has changed yet.
    """
    value, theirs = now.get(pair.key, ""), other.get(pair.key, "")
    if pair.rule == Rule.NONE:
        return None
    if creating:
        return value or None
    if value == theirs:
        return None
    if met:
        # A blank takes the other's value; else Salesforce wins, or with "Two-way" the later record.
        keeps = pair.rule == Rule.TWO_WAY and bool(theirs) and other_is_later
        return None if keeps else value or None
    if not changed:
        return None
    if pair.rule == Rule.PREFER_SALESFORCE:
        # A value deleted in Salesforce is deleted here too, unless HubSpot has a new one to fill the blank.
        return None if not value and other_changed else value
    if pair.rule == Rule.ALWAYS_SALESFORCE:
        return value
    return None if other_changed and other_is_later else value

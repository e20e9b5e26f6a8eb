"""Fields that the org works out itself from the others when a record is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

from simulators.salesforce.schema import PERSONS, ObjectType

# stage: probability, closed, won, forecast category and its name
STAGES: dict[str, tuple[int, bool, bool, str, str]] = {
    "Prospecting": (10, False, False, "Pipeline", "Pipeline"),
    "Qualification": (10, False, False, "Pipeline", "Pipeline"),
    "Needs Analysis": (20, False, False, "Pipeline", "Pipeline"),
    "Value Proposition": (50, False, False, "Pipeline", "Pipeline"),
    "Id. Decision Makers": (60, False, False, "Pipeline", "Pipeline"),
    "Perception Analysis": (70, False, False, "Pipeline", "Pipeline"),
    "Proposal/Price Quote": (75, False, False, "Pipeline", "Pipeline"),
    "Negotiation/Review": (90, False, False, "BestCase", "Best Case"),
    "Closed Won": (100, True, True, "Closed", "Closed"),
    "Closed Lost": (0, True, False, "Omitted", "Omitted"),
}


def fill(
    object_type: ObjectType, new: dict[str, Any], stamp: str, old: dict[str, Any] | None = None
) -> None:
    """Set the derived fields of `new` in place; `old` is the stored row of an update."""
    if object_type.name in PERSONS:
        new["Name"] = " ".join(part for part in (new.get("FirstName"), new.get("LastName")) if part)
    elif object_type.name == "Opportunity":
        _opportunity(new, stamp, old or {})
    elif object_type.name == "Task":
        new["IsClosed"] = int(new.get("Status") == "Completed")
        new["IsHighPriority"] = int(new.get("Priority") == "High")


def _opportunity(new: dict[str, Any], stamp: str, old: dict[str, Any]) -> None:
    stage = new.get("StageName")
    if stage != old.get("StageName"):
        probability, closed, won, category, name = STAGES.get(
            str(stage), (50, False, False, "Pipeline", "Pipeline")
        )
        if new.get("Probability") is None or new["Probability"] == old.get("Probability"):
            new["Probability"] = float(probability)
        new.update(
            IsClosed=int(closed),
            IsWon=int(won),
            ForecastCategory=category,
            ForecastCategoryName=name,
        )
        if old:
            new["LastStageChangeDate"] = stamp
    amount, chance = new.get("Amount"), new.get("Probability")
    new["ExpectedRevenue"] = (
        round(amount * chance / 100, 2) if amount is not None and chance is not None else None
    )
    if new.get("CloseDate"):
        close = date.fromisoformat(new["CloseDate"])
        new["FiscalYear"], new["FiscalQuarter"] = close.year, (close.month - 1) // 3 + 1
        new["Fiscal"] = f"{close.year} {new['FiscalQuarter']}"

"""The catalogue's texts of one cause, in the current language."""

from __future__ import annotations

from dataclasses import dataclass

from errors.catalogue import get_cause


@dataclass(frozen=True, slots=True)
class CauseTexts:
    title: str
    explanation: str
    steps: list[str]


def cause_texts(*, type: str, code: str) -> CauseTexts:  # noqa: A002 - the word of the model
    """Title, explanation and steps; a slug that the catalogue dropped reads as unknown. Never raises."""
    cause = get_cause(type, code)
    return CauseTexts(
        title=str(cause.title),
        explanation=str(cause.explanation),
        steps=[str(step) for step in cause.steps],
    )

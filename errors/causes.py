"""The catalogue's texts of one cause, and texts for a row whose cause the catalogue does not know any more."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from errors.types import ErrorType


@dataclass(frozen=True, slots=True)
class CauseTexts:
    title: str
    explanation: str
    steps: list[str]


def cause_texts(*, type: str, code: str) -> CauseTexts:  # noqa: A002 - the word of the model
    """Title, explanation and steps in the current language. Never raises: old rows keep old slugs."""
    try:
        from errors.catalogue import get_cause

        cause = get_cause(type, code)
    except (ImportError, LookupError):
        return CauseTexts(
            title=str(ErrorType(type).label) if type in ErrorType.values else type,
            explanation=_("There is no explanation of this cause."),
            steps=[_("Read what the CRM said, correct the record there, and press Resync.")],
        )
    return CauseTexts(
        title=str(cause.title),
        explanation=str(cause.explanation),
        steps=[str(step) for step in cause.steps],
    )

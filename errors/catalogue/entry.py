"""The shape of a catalogue entry, and the step that ends every list of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from errors.types import ErrorType

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

RESYNC = _("Come back here, select the error and press Resync.")


@dataclass(frozen=True, slots=True)
class Cause:
    """A named cause: what happened (title), what it means (explanation), what to do (steps)."""

    slug: str
    title: _StrPromise
    explanation: _StrPromise
    steps: tuple[_StrPromise, ...]


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """One card: `description` in one sentence, `appears_when`, and the causes of the type."""

    type: ErrorType
    description: _StrPromise
    appears_when: _StrPromise
    causes: tuple[Cause, ...]

    @property
    def label(self) -> _StrPromise | str:
        """The card's name."""
        return self.type.label

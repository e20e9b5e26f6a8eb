"""The shape of a catalogue entry, and the step that ends every list of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from errors.types import ErrorType

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

RESYNC = _("Come back here, select the error and press Resync.")
# Of types, whose steps are about many errors.
CREATE_VIEW = _(
    "To work on the records one after another, open their number under Affected records and choose Create view."
)
RESYNC_ALL = _("Come back here, select the errors that are resolved and press Resync.")


@dataclass(frozen=True, slots=True)
class Cause:
    """A named cause: what happened (title), what it means (explanation), what to do (steps)."""

    slug: str
    title: _StrPromise
    explanation: _StrPromise
    steps: tuple[_StrPromise, ...]


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """One card: `description` in one sentence, `appears_when`, what to do in general, and the causes of the type."""

    type: ErrorType
    description: _StrPromise
    appears_when: _StrPromise
    steps: tuple[_StrPromise, ...]
    causes: tuple[Cause, ...]

    @property
    def label(self) -> _StrPromise | str:
        """The card's name."""
        return self.type.label

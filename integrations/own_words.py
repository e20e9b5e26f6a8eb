"""What we say of a record ourselves, where no CRM said anything: kept in English, shown in the reader's language.

A sentence is stored as text, like what a CRM says: histories, exports and logs hold both side by side. So that pages can
say ours in the reader's language, whatever row holds it and however old that row is, a stored text is recognised by
the form of the sentence it was made from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_PART = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Sentence:
    """`form` is what translators see. `borrowed`: a CRM says it in these words too, or may."""

    form: str
    borrowed: bool = False

    def of(self, **parts: str) -> str:
        """The sentence as it is stored."""
        return self.form % parts

    def shown(self, stored: str) -> str:
        """`stored` in the active language; "" when it is not this sentence."""
        found = self._pattern.fullmatch(stored)
        return gettext(self.form) % found.groupdict() if found else ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pieces = _PART.split(self.form)  # texts and names of parts by turns
        return re.compile(
            "".join(
                rf"(?P<{piece}>.+)" if number % 2 else re.escape(piece)
                for number, piece in enumerate(pieces)
            ),
            re.DOTALL,
        )


WAITS = Sentence(_("%(record)s has not synced to %(system)s yet"))
ONLY_READ = Sentence(_("%(name)s can only be read"), borrowed=True)
PROPERTY_MISSING = Sentence(_('Property "%(property)s" does not exist'), borrowed=True)
FIELD_MISSING = Sentence(
    _("No such column '%(field)s' on sobject of type %(object)s"), borrowed=True
)
REFERENCE = Sentence(_("%(field)s: a reference field cannot take text from %(property)s"))
TYPES = Sentence(
    _("%(property)s is of type %(property_type)s, %(field)s of type %(field_type)s"), borrowed=True
)
NO_ANSWER = Sentence(
    _("HubSpot answered nothing about this record; it may have been merged or deleted.")
)
ROLLED_BACK = Sentence(_("Salesforce rolled the record back and gave no reason."))
NO_REASON = Sentence(_("Salesforce refused the record and gave no reason."))

_ALL = (
    WAITS, ONLY_READ, PROPERTY_MISSING, FIELD_MISSING, REFERENCE, TYPES, NO_ANSWER, ROLLED_BACK, NO_REASON,
)  # fmt: skip


def in_readers_words(stored: str, *, found_without_call: bool | None = None) -> str:
    """A stored message as people read it: ours in the active language, a CRM's as it is.

    `found_without_call`: whether the message is known to be ours (True) or a CRM's answer (False). Where that is not
    known, sentences that may be a CRM's are left as they are.
    """
    for sentence in _ALL:
        if sentence.borrowed and not found_without_call:
            continue
        if shown := sentence.shown(stored):
            return shown
    return stored

"""What people fill in for the errors they ticked."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from errors.assigning import find_assignee
from errors.filters import NOBODY
from errors.ignore_terms import MOST_RECORDS, REASON_LENGTH, IgnoreTerms, checked_terms
from errors.selection import SelectionRefused

NEVER, DATE, GROWTH = "never", "date", "growth"


class IgnoreForm(forms.Form):
    """Why, and what ends it. `terms` holds both once the form is valid."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        # More than is kept is told with its length, so it must arrive here.
        max_length=10 * REASON_LENGTH,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "maxlength": REASON_LENGTH, "required": True, "autofocus": True}
        ),
        help_text=gettext_lazy("Others read it in the list of ignored errors."),
    )
    ends = forms.ChoiceField(
        label=gettext_lazy("It comes back"),
        choices=[
            (NEVER, gettext_lazy("Only when somebody takes it up again")),
            (DATE, gettext_lazy("On a day")),
            (GROWTH, gettext_lazy("When it grows")),
        ],
        initial=NEVER,
        error_messages={"required": gettext_lazy("Choose what ends it.")},
    )
    until = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "data-picks": DATE}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("This is not a day. Write it as 2026-12-31.")},
    )
    above = forms.IntegerField(
        label=gettext_lazy("More records than"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_RECORDS, "data-picks": GROWTH}),
        help_text=gettext_lazy("Empty: more than each of them affects now."),
        error_messages={"invalid": gettext_lazy("Write a whole number of records, 1 or more.")},
    )

    terms: IgnoreTerms

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ends = data.get("ends")
        if ends == DATE and not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose a day."))
        if ends == NEVER and (data.get("until") or data.get("above") is not None):
            self.add_error("ends", _("A day or a number is filled in, but not chosen."))
        if "until" in self.errors or "above" in self.errors:
            # The reason is checked all the same, so that all is told at once.
            data = {**data, "until": None, "above": None}
        above = data.get("above")
        try:
            self.terms = checked_terms(
                reason=data.get("reason", ""),
                until=_start_of(data["until"]) if ends == DATE and data.get("until") else None,
                above=("now" if above is None else above) if ends == GROWTH else None,
            )
        except SelectionRefused as refused:
            self.add_refusal(refused)
        return data

    def point_out(self) -> None:
        """Puts the focus on the first field that is wrong."""
        wrong = next((name for name in self.errors if name in self.fields and name != "ends"), None)
        if wrong:
            self.fields["reason"].widget.attrs.pop("autofocus", None)
            self.fields[wrong].widget.attrs["autofocus"] = True

    def add_refusal(self, refused: SelectionRefused) -> None:
        """Puts what a refusal says beside the fields that it is about: each one's own sentences, or, where it
        names errors besides, the message that tells of them."""
        names_errors = "errors" in refused.fields
        for name, sentences in refused.fields.items():
            if name in self.fields:
                self.add_error(name, refused.message if names_errors else sentences)


class AssignForm(forms.Form):
    """Whom the errors are given to. `user` is None for nobody, once the form is valid."""

    to = forms.CharField(label=gettext_lazy("Assign to"), required=False)
    user: User | None = None

    def __init__(self, *args: Any, connection_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection_id = connection_id

    def clean_to(self) -> str:
        who = str(self.cleaned_data["to"])
        if not who:
            raise forms.ValidationError(_("Choose a person, or Nobody."))
        if who != NOBODY:
            try:
                self.user = find_assignee(connection_id=self.connection_id, who=who)
            except SelectionRefused as refused:
                raise forms.ValidationError(refused.message) from refused
        return who


def _start_of(day: Any) -> datetime:
    """The day's first moment where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))

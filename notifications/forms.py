"""What people choose on the pages."""

from __future__ import annotations

import zoneinfo
from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from errors.types import ErrorType
from notifications.models import Channel, Frequency, Weekday
from notifications.safe_http import AddressRefused, check_address, resolve
from notifications.subscriptions import ChosenValues


def hours() -> list[tuple[int, str]]:
    """The hours of a day as the reader writes them."""
    return [(hour, time_format(time(hour), "TIME_FORMAT")) for hour in range(24)]


class ChoicesForm(forms.Form):
    """One's own choices, an admin's defaults and a channel's windows: all the same fields."""

    enabled = forms.BooleanField(label=_("Turn on notifications"), required=False)
    frequency = forms.ChoiceField(label=_("How often"), choices=Frequency.choices)
    weekday = forms.TypedChoiceField(label=_("Day"), choices=Weekday.choices, coerce=int)
    hour = forms.TypedChoiceField(label=_("Time"), coerce=int)
    types = forms.MultipleChoiceField(
        label=_("Error types"),
        choices=ErrorType.choices,
        error_messages={"required": _("Choose at least one error type.")},
    )
    when_quiet = forms.BooleanField(label=_("Also when nothing happened"), required=False)
    about_connection = forms.BooleanField(
        label=_("Also when the sync is suspended, or API calls run out"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hour"].choices = hours()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # Turning off must not fail for a choice that no longer matters.
        if not cleaned.get("enabled") and "types" in self.errors:
            del self.errors["types"]
            cleaned["types"] = list(ErrorType.values)
        return cleaned

    def values(self) -> ChosenValues:
        """What was chosen; the form must be valid."""
        names = (
            "enabled",
            "frequency",
            "hour",
            "weekday",
            "types",
            "when_quiet",
            "about_connection",
        )
        return ChosenValues(**{name: self.cleaned_data[name] for name in names})


class ChannelForm(ChoicesForm):
    """A webhook or a Slack-compatible channel. The address is checked now and at every message."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Channel.Kind.choices)
    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("It begins with https://. It is stored encrypted and never shown again."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones())
        ]
        if not is_new:
            del self.fields["kind"]
            self.fields["url"].required = False
            self.fields["url"].help_text = _("Leave it empty to keep the address that is stored.")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if not url:
            return ""
        try:
            resolve(check_address(url))
        except AddressRefused as refused:
            raise forms.ValidationError(refused.message) from refused
        except OSError:
            raise forms.ValidationError(_("There is no such host.")) from None
        return url

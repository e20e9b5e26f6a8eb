"""The form that takes a new credential. Secrets are never rendered back, not even after an error."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.models import Credential, SystemName


def _hidden_text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def _plain_text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class _PrivateKey(forms.Textarea):
    """A textarea that never shows what was typed."""

    def format_value(self, value: Any) -> str:
        return ""


class CredentialForm(forms.Form):
    """Which fields a kind needs is checked where it is stored: the form shows all of a system's."""

    kind = forms.ChoiceField(label=_("How to log in"))

    def __init__(self, *args: Any, system: SystemName, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.system = system
        kinds = [(v, label) for v, label in Credential.Kind.choices if v.startswith(system.value)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if system == SystemName.HUBSPOT:
            self.fields["key"] = _hidden_text(_("Service key or private app token"))
            self.fields["key"].help_text = _("Leave it empty for OAuth.")
        self.fields["client_id"] = _plain_text(_("Client ID"))
        self.fields["client_secret"] = _hidden_text(_("Client secret"))
        self.fields["refresh_token"] = _hidden_text(_("Refresh token"))
        if system == SystemName.SALESFORCE:
            self.fields["username"] = _plain_text(_("User name (JWT bearer)"))
            self.fields["private_key"] = forms.CharField(
                label=_("Private key in PEM (JWT bearer)"),
                required=False,
                max_length=20_000,
                widget=_PrivateKey(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
            )

    def secret(self) -> dict[str, Any]:
        """What was typed, without the kind and what was left empty."""
        return {key: value for key, value in self.cleaned_data.items() if value and key != "kind"}


class ConnectForm(forms.Form):
    """The new connection's own name; its logins are two credential forms beside it."""

    name = forms.CharField(label=_("Name of the connection"), max_length=120)

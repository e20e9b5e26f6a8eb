"""The page where a superuser joins a HubSpot account and a Salesforce org."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from integrations.clients.results import CrmFault
from integrations.connections import ConnectionRefused, CredentialInput, create_connection
from integrations.credential_forms import ConnectForm, CredentialForm
from integrations.metering import AllotmentSpent
from integrations.models import SystemName


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Logs in to both before anything is stored. Addresses come from the settings, never from the form:
    a person's form must not make the server call wherever it says."""
    assert request.user.is_authenticated
    if not request.user.is_superuser:
        raise PermissionDenied(_("Only whoever runs this server connects accounts."))
    form = ConnectForm(request.POST or None)
    logins = {
        system: CredentialForm(request.POST or None, system=system, prefix=system.value)
        for system in SystemName
    }
    if request.method == "POST" and all(
        [form.is_valid(), *(f.is_valid() for f in logins.values())]
    ):
        inputs = {
            system: CredentialInput(kind=login.cleaned_data["kind"], secret=login.secret())
            for system, login in logins.items()
        }
        try:
            made = create_connection(
                name=form.cleaned_data["name"],
                hubspot_credential=inputs[SystemName.HUBSPOT],
                salesforce_credential=inputs[SystemName.SALESFORCE],
                user=request.user,
            )
        except ConnectionRefused as refused:
            form.add_error(None, refused.message)
        except CrmFault as fault:
            answer = f"{fault.message} ({fault.code})"
            logins[SystemName(fault.system)].add_error(
                None,
                _("%(system)s does not accept this: %(answer)s")
                % {"system": SystemName(fault.system).label, "answer": answer},
            )
        except AllotmentSpent:
            form.add_error(None, _("Salesforce has no API calls left today. Try again tomorrow."))
        else:
            messages.success(request, _("The accounts are connected. The first sync starts now."))
            return redirect("sync-health", connection_id=made.pk)
    bad = bool(form.errors) or any(login.errors for login in logins.values())
    return render(
        request,
        "integrations/connect.html",
        {"form": form, "logins": list(logins.items())},
        status=400 if bad else 200,
    )

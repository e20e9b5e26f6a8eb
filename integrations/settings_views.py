"""The page where admins look after a connection: its state, its logins, what it syncs."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import connection_view, may
from accounts.models import Role
from integrations import administration, connections
from integrations.administration import CredentialRefused
from integrations.banner import banner_of
from integrations.clients.results import CrmFault
from integrations.credential_forms import CredentialForm
from integrations.models import Connection, Credential, SystemName


@require_safe
@connection_view()
def connection_settings(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Everybody may look; admins get the buttons. No secret is read."""
    stored = Credential.objects.filter(connection=connection).defer("secret", "access")
    by_system = {credential.system: credential for credential in stored}
    return render(
        request,
        "integrations/settings.html",
        {
            "connection": connection,
            "section": "settings",
            "banner": banner_of(connection),
            "may_administer": may(role=connection.role, needed=Role.ADMIN),
            "systems": [(system, by_system.get(system)) for system in SystemName],
            "mappings": connection.object_mappings.order_by("position", "id"),
        },
    )


@require_POST
@connection_view(needed=Role.ADMIN)
def pause(request: HttpRequest, connection: Connection) -> HttpResponse:
    if connections.pause(connection=connection):
        messages.success(request, _("The sync is paused. Nothing is lost meanwhile."))
    return redirect("connection-settings", connection_id=connection.pk)


@require_POST
@connection_view(needed=Role.ADMIN)
def resume(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Also the "Try again" after a suspension: both logins are tried first, and what is wrong is told."""
    try:
        connections.resume(connection=connection)
    except CrmFault as fault:
        messages.error(
            request,
            _("It does not work yet. %(system)s answers: %(answer)s")
            % {
                "system": SystemName(fault.system).label,
                "answer": f"{fault.message} ({fault.code})",
            },
        )
    else:
        messages.success(request, _("The sync goes on."))
    return redirect("sync-health", connection_id=connection.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.ADMIN)
def credential(request: HttpRequest, connection: Connection, system: str) -> HttpResponse:
    """Replaces how the connection logs in. What is stored is never shown, not even to admins."""
    if system not in SystemName.values:
        raise Http404("No such system.")
    name = SystemName(system)
    form = CredentialForm(request.POST or None, system=name)
    if request.method == "POST" and form.is_valid():
        try:
            administration.replace_credential(
                connection=connection,
                system=name,
                kind=form.cleaned_data["kind"],
                secret=form.secret(),
            )
        except CredentialRefused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("The new credential works and has been stored."))
            return redirect("connection-settings", connection_id=connection.pk)
    return render(
        request,
        "integrations/credential.html",
        {"connection": connection, "section": "settings", "form": form, "system": name},
        status=400 if form.errors else 200,
    )

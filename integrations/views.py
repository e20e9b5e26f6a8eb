"""The allotment, and the pages where admins look after a connection."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import connection_view
from accounts.models import Role
from common.htmx import wants_fragment
from integrations import usage
from integrations.models import Connection


@require_POST
@connection_view(needed=Role.OPERATOR)
def allotment(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Sets how many calls are allotted. A refusal stands beside the field, with what was typed."""
    typed = request.POST.get("allotted_to_hubspot", "")
    assert request.user.is_authenticated
    error = ""
    try:
        use = usage.set_allotment(connection_id=connection.pk, value=typed, user=request.user)
        typed = str(use.allotted_to_hubspot)
    except usage.AllotmentInvalid as invalid:
        use, error = usage.api_usage(connection_id=connection.pk), invalid.message
    context = {
        "connection": connection,
        "section": "health",
        "usage": use,
        "may_operate": True,
        "allotment": {"value": typed[:40], "error": error, "saved": not error},
    }
    if wants_fragment(request):
        return render(request, "integrations/allotment_form.html", context)
    if error:
        return render(request, "integrations/allotment.html", context, status=400)
    messages.success(request, _("The allotment has been updated."))
    return redirect("sync-health", connection_id=connection.pk)

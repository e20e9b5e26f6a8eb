"""The tab: the apps' cards joined to one page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import visible_connections


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the tab of the connection looked at last, else of the first one that the user may see."""
    visible = visible_connections(user=request.user)
    last = visible.filter(pk=request.user.last_connection_id).first()
    connection = last or visible.first()
    if connection is None:
        return render(request, "synchealth/no_connection.html")
    return redirect("sync-health", connection_id=connection.pk)

"""What an error type is about: its dialog, and its page without JavaScript."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import connection_view
from common.htmx import render_part
from errors import catalogue
from errors.pages.listing import error_type_or_404
from integrations.models import Connection


@require_safe
@connection_view()
def about_type(request: HttpRequest, connection: Connection, error_type: str) -> HttpResponse:
    """The type's explanation and steps, and those of each of its causes. No query of its own."""
    kind = error_type_or_404(error_type)
    return render_part(
        request,
        "errors/about_type.html",
        "body",
        {
            "connection": connection,
            "section": "health",
            "type": kind,
            "entry": catalogue.get_type(kind),
        },
    )

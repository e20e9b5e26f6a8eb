"""What every page's frame needs: the theme, and the menu of connections."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from accounts.access import visible_connections

register = template.Library()


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The user's theme for `<html data-theme>`, chosen on the server so that no page flashes."""
    user = context.get("user")
    return str(getattr(user, "theme", "auto"))


@register.inclusion_tag("partials/connection_menu.html", takes_context=True)
def connection_menu(context: Context) -> dict[str, Any]:
    """The switcher and the tabs of the current connection. One query, on whole pages only."""
    current = context.get("connection")
    return {
        "current": current,
        "section": context.get("section", ""),
        "connections": visible_connections(user=context["user"]) if current else [],
    }

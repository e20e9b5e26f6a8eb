"""Pages where admins change what syncs with what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import connection_view
from accounts.models import Role
from integrations import mapping_changes
from integrations.mapping_changes import MappingInvalid
from integrations.models import Connection, ObjectMapping, PropertyMapping


def _object_mapping(connection: Connection, mapping_id: int) -> ObjectMapping:
    return get_object_or_404(ObjectMapping, pk=mapping_id, connection=connection)


def _property_mapping(connection: Connection, mapping_id: int) -> PropertyMapping:
    return get_object_or_404(
        PropertyMapping.objects.select_related("object_mapping"),
        pk=mapping_id,
        object_mapping__connection=connection,
    )


def _page(
    request: HttpRequest,
    connection: Connection,
    mapping: ObjectMapping,
    *,
    typed: dict[str, str] | None = None,
    invalid: MappingInvalid | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "connection": connection,
        "section": "settings",
        "mapping": mapping,
        "properties": mapping.properties.order_by("hubspot_property", "id"),
        "rules": PropertyMapping.Rule.choices,
        "typed": typed or {"rule": PropertyMapping.Rule.PREFER_SALESFORCE},
        "invalid": invalid,
    }
    return render(request, "integrations/mapping.html", context, status=400 if invalid else 200)


@require_safe
@connection_view(needed=Role.ADMIN)
def mapping(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    """One object mapping with its properties. Three queries, however many properties."""
    return _page(request, connection, _object_mapping(connection, mapping_id))


@require_POST
@connection_view(needed=Role.ADMIN)
def add_property(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    found = _object_mapping(connection, mapping_id)
    typed = {
        name: request.POST.get(name, "")
        for name in ("hubspot_property", "salesforce_field", "rule")
    }
    try:
        mapping_changes.add_property_mapping(object_mapping=found, **typed)
    except MappingInvalid as invalid:
        return _page(request, connection, found, typed=typed, invalid=invalid)
    messages.success(request, _("The mapping has been added. It takes effect with the next sync."))
    return redirect("mapping", connection_id=connection.pk, mapping_id=found.pk)


@require_POST
@connection_view(needed=Role.ADMIN)
def change_property(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    """`action` is rule, pause, resume or remove."""
    found = _property_mapping(connection, mapping_id)
    action = request.POST.get("action", "")
    pair = {"property": found.hubspot_property, "field": found.salesforce_field}
    try:
        if action == "pause" or action == "resume":
            mapping_changes.set_paused(mapping=found, paused=action == "pause")
            text = (
                _("%(property)s – %(field)s is paused.")
                if action == "pause"
                else _("%(property)s – %(field)s syncs again.")
            )
        elif action == "remove":
            mapping_changes.remove(mapping=found)
            text = _("%(property)s – %(field)s is not mapped any more.")
        else:
            mapping_changes.change_rule(mapping=found, rule=request.POST.get("rule", ""))
            text = _("The rule of %(property)s – %(field)s has been changed.")
        messages.success(request, text % pair)
    except MappingInvalid as invalid:
        messages.error(request, invalid.message)
    return redirect("mapping", connection_id=connection.pk, mapping_id=found.object_mapping_id)


@require_POST
@connection_view(needed=Role.ADMIN)
def switch_object(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    found = _object_mapping(connection, mapping_id)
    enabled = request.POST.get("enabled") == "1"
    mapping_changes.set_object_enabled(mapping=found, enabled=enabled)
    text = _("%(label)s sync again.") if enabled else _("%(label)s do not sync any more.")
    messages.success(request, text % {"label": found.label})
    return redirect("connection-settings", connection_id=connection.pk)

"""Pages where admins change what syncs with what."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import connection_view
from accounts.models import Role
from integrations import mapping_changes, mapping_hints, schemas
from integrations.mapping_changes import MappingInvalid
from integrations.models import Connection, ObjectMapping, PropertyMapping

FIELDS = ("hubspot_property", "salesforce_field", "rule")
_LONGEST_TYPED = 300


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
    seen = _seen(connection, mapping)
    context: dict[str, Any] = {
        "connection": connection,
        "section": "settings",
        "mapping": mapping,
        "rows": [
            {
                "pair": pair,
                "no_property": seen.properties is not None
                and pair.hubspot_property not in seen.properties,
                "no_field": seen.fields is not None and pair.salesforce_field not in seen.fields,
            }
            for pair in mapping.properties.order_by("hubspot_property", "id")
        ],
        "seen": seen,
        "rules": PropertyMapping.Rule.choices,
        "typed": typed or {"rule": PropertyMapping.Rule.PREFER_SALESFORCE},
        "invalid": invalid,
    }
    return render(request, "integrations/mapping.html", context, status=400 if invalid else 200)


def _seen(connection: Connection, mapping: ObjectMapping) -> schemas.Seen:
    return schemas.last_seen(
        connection_id=connection.pk,
        hubspot_object=mapping.hubspot_object,
        sobject=mapping.salesforce_object,
    )


def _warn(request: HttpRequest, mapping: PropertyMapping, seen: schemas.Seen) -> None:
    for text in mapping_hints.hints(mapping=mapping, seen=seen):
        messages.warning(request, text)


def _typed(data: QueryDict) -> dict[str, str]:
    return {name: data.get(name, "")[:_LONGEST_TYPED] for name in FIELDS}


@require_safe
@connection_view(needed=Role.ADMIN)
def mapping(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    """One object mapping with its properties; the address may fill the form for another one. Four queries, however
    many properties."""
    typed = _typed(request.GET) if request.GET.get("hubspot_property") else None
    return _page(request, connection, _object_mapping(connection, mapping_id), typed=typed)


@require_POST
@connection_view(needed=Role.ADMIN)
def add_property(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    found = _object_mapping(connection, mapping_id)
    typed, seen = _typed(request.POST), _seen(connection, found)
    try:
        made = mapping_changes.add_property_mapping(object_mapping=found, **typed)
    except MappingInvalid as invalid:
        return _page(request, connection, found, typed=typed, invalid=invalid)
    messages.success(request, _("The mapping has been added. It takes effect with the next sync."))
    _warn(request, made, seen)
    return redirect("mapping", connection_id=connection.pk, mapping_id=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.ADMIN)
def edit_property(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    """Other ends for a mapping, or another rule. Three queries for the form."""
    found = _property_mapping(connection, mapping_id)
    whole = found.object_mapping
    before = {name: str(getattr(found, name)) for name in FIELDS}
    typed, invalid = before, None
    # Before a change drops what is cached of an object that does not know its new end.
    seen = _seen(connection, whole)
    if request.method == "POST":
        typed = _typed(request.POST)
        try:
            mapping_changes.change(mapping=found, **typed)
        except MappingInvalid as refused:
            invalid = refused
        else:
            text = _(
                "%(property)s – %(field)s is mapped now. It takes effect with the next sync; resync the errors of the"
                " old mapping to see them go."
            )
            pair = {"property": found.hubspot_property, "field": found.salesforce_field}
            messages.success(request, text % pair)
            _warn(request, found, seen)
            return redirect("mapping", connection_id=connection.pk, mapping_id=whole.pk)
    context = {
        "connection": connection,
        "section": "settings",
        "mapping": whole,
        "pair": found,
        "before": before,
        "typed": typed,
        "invalid": invalid,
        "rules": PropertyMapping.Rule.choices,
        "seen": seen,
    }
    status = 400 if invalid else 200
    return render(request, "integrations/property_mapping.html", context, status=status)


@require_POST
@connection_view(needed=Role.ADMIN)
def change_property(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    """`action` is rule, pause, resume or remove."""
    found = _property_mapping(connection, mapping_id)
    action = request.POST.get("action", "")
    address = reverse("mapping", args=[connection.pk, found.object_mapping_id])
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
            text = _("%(property)s – %(field)s is not mapped any more. To map it again, press Add.")
            address += "?" + urlencode({name: getattr(found, name) for name in FIELDS})
        else:
            mapping_changes.change_rule(mapping=found, rule=request.POST.get("rule", ""))
            text = _("The rule of %(property)s – %(field)s has been changed.")
        messages.success(request, text % pair)
    except MappingInvalid as invalid:
        messages.error(request, invalid.message)
    return redirect(address)


@require_POST
@connection_view(needed=Role.ADMIN)
def switch_object(request: HttpRequest, connection: Connection, mapping_id: int) -> HttpResponse:
    found = _object_mapping(connection, mapping_id)
    enabled = request.POST.get("enabled") == "1"
    mapping_changes.set_object_enabled(mapping=found, enabled=enabled)
    text = _("%(label)s sync again.") if enabled else _("%(label)s do not sync any more.")
    messages.success(request, text % {"label": found.label})
    return redirect("connection-settings", connection_id=connection.pk)

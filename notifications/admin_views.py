"""What admins see and set: who is told what, the defaults of new members, and channels."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import connection_view
from accounts.models import Role
from common.nudges import nudge
from integrations.models import Connection
from notifications import notices, selectors, subscriptions
from notifications.channels import change_channel, create_channel
from notifications.forms import ChannelForm, ChoicesForm
from notifications.models import Channel, DefaultChoices, all_types
from notifications.subscriptions import ChosenValues
from notifications.tasks import DELIVER


@require_safe
@connection_view(needed=Role.ADMIN)
def people(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Who is told what, by mail and in channels."""
    return render(
        request,
        "notifications/people.html",
        {
            "connection": connection,
            "section": "settings",
            "readers": selectors.readers(connection_id=connection.pk),
            "channels": selectors.channels(connection_id=connection.pk),
            "defaults": DefaultChoices.objects.filter(connection=connection).first(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.ADMIN)
def defaults(request: HttpRequest, connection: Connection) -> HttpResponse:
    """What new members start with."""
    row = DefaultChoices.objects.filter(connection=connection).first()
    initial = ChosenValues.of(row).as_dict() if row else _initial()
    form = ChoicesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        subscriptions.set_defaults(connection=connection, values=form.values())
        messages.success(request, _("The defaults of new members have been saved."))
        return redirect("notification-readers", connection_id=connection.pk)
    context = {"connection": connection, "section": "settings", "form": form}
    return render(request, "notifications/defaults.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.ADMIN)
def channel(
    request: HttpRequest, connection: Connection, channel_id: int | None = None
) -> HttpResponse:
    """Adds or changes a channel; the secret that signs a webhook is shown to admins."""
    row = get_object_or_404(Channel, pk=channel_id, connection=connection) if channel_id else None
    form = ChannelForm(request.POST or None, initial=_channel_initial(row), is_new=row is None)
    if request.method == "POST" and form.is_valid():
        assert request.user.is_authenticated
        if row is None:
            row = create_channel(
                connection=connection,
                user=request.user,
                cleaned=form.cleaned_data,
                values=form.values(),
            )
        else:
            change_channel(channel=row, cleaned=form.cleaned_data, values=form.values())
        messages.success(request, _("The channel “%(name)s” has been saved.") % {"name": row.name})
        return redirect("channel", connection_id=connection.pk, channel_id=row.pk)
    recent = []
    if row is not None:
        recent = selectors.digests_page(subscription_id=row.subscription.pk, limit=10).items
    return render(
        request,
        "notifications/channel.html",
        {
            "connection": connection,
            "section": "settings",
            "form": form,
            "channel": row,
            "secret": row.target.get("secret", "") if row else "",
            "recent": recent,
        },
    )


@require_POST
@connection_view(needed=Role.ADMIN)
def test_channel(request: HttpRequest, connection: Connection, channel_id: int) -> HttpResponse:
    """Sends a test message to a channel, also while it is off."""
    row = get_object_or_404(Channel, pk=channel_id, connection=connection)
    digest = notices.send_test(subscription=row.subscription)
    nudge(DELIVER)
    return redirect("digest", connection_id=connection.pk, public_id=digest.public_id)


@require_POST
@connection_view(needed=Role.ADMIN)
def delete_channel(request: HttpRequest, connection: Connection, channel_id: int) -> HttpResponse:
    """Removes a channel with its log."""
    row = get_object_or_404(Channel, pk=channel_id, connection=connection)
    row.delete()
    messages.success(request, _("The channel “%(name)s” has been removed.") % {"name": row.name})
    return redirect("notification-readers", connection_id=connection.pk)


def _initial() -> dict[str, Any]:
    return {
        "enabled": False,
        "frequency": "daily",
        "hour": 8,
        "weekday": 0,
        "types": all_types(),
        "about_connection": True,
    }


def _channel_initial(row: Channel | None) -> dict[str, Any]:
    if row is None:
        return {**_initial(), "enabled": True, "frequency": "instant", "time_zone": "UTC"}
    choices = ChosenValues.of(row.subscription).as_dict()
    return {**choices, "name": row.name, "language": row.language, "time_zone": row.time_zone}

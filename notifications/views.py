"""One's own notifications: the dialog, test messages, digests on the web, and leaving without a login."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import connection_view, may
from accounts.models import Role, User
from common import addresses
from common.htmx import render_part, wants_fragment
from common.nudges import nudge
from integrations.models import Connection
from notifications import delivery, links, notices, selectors, subscriptions
from notifications.content import content_of
from notifications.forms import ChoicesForm
from notifications.models import Digest, Subscription
from notifications.subscriptions import ChosenValues
from notifications.tasks import DELIVER

MANAGE = "notifications/manage.html"


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view()
def manage(request: HttpRequest, connection: Connection) -> HttpResponse:
    """The dialog Manage notifications; without JavaScript a page. Five queries."""
    user = _user(request)
    row = subscriptions.subscription_of(user=user, connection_id=connection.pk)
    saved = False
    if request.method == "POST":
        form = ChoicesForm(request.POST)
        if form.is_valid():
            row = subscriptions.choose(connection_id=connection.pk, user=user, values=form.values())
            saved = True
            if not wants_fragment(request):
                messages.success(request, _("Your notifications have been saved."))
                return redirect("notifications", connection_id=connection.pk)
            form = _form_of(row)
    else:
        form = _form_of(row)
    return _manage(request, connection, row, form, said="saved" if saved else "")


@require_POST
@connection_view()
def send_test(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Sends a test mail to oneself, also while notifications are off."""
    user = _user(request)
    row = subscriptions.subscription_of(user=user, connection_id=connection.pk)
    if row._state.adding:
        row = subscriptions.choose(
            connection_id=connection.pk, user=user, values=ChosenValues.of(row)
        )
    digest = notices.send_test(subscription=row)
    nudge(DELIVER)
    if not wants_fragment(request):
        messages.success(
            request, _("A test mail is on its way to %(email)s.") % {"email": user.email}
        )
        return redirect("digest", connection_id=connection.pk, public_id=digest.public_id)
    return _manage(request, connection, row, _form_of(row), said="test", test=digest)


@require_safe
@connection_view()
def digest_page(request: HttpRequest, connection: Connection, public_id: uuid.UUID) -> HttpResponse:
    """A digest on the web, with what became of it. One's own; admins see everybody's."""
    digest = _digest_or_404(request, connection, public_id)
    settled = digest.state not in (Digest.State.PENDING, Digest.State.SENDING)
    return render_part(
        request,
        "notifications/digest.html",
        "status",
        {
            "connection": connection,
            "section": "health",
            "digest": digest,
            "content": content_of(digest),
            "attempts": selectors.attempts(digest_id=digest.pk),
            "settled": settled,
            "own": digest.subscription.user_id == _user(request).pk,
            "mailbox_url": settings.MAILBOX_URL,
        },
    )


@require_POST
@connection_view()
def digest_again(
    request: HttpRequest, connection: Connection, public_id: uuid.UUID
) -> HttpResponse:
    """Sends a digest once more."""
    digest = _digest_or_404(request, connection, public_id)
    if delivery.send_again(digest=digest):
        nudge(DELIVER)
        messages.success(request, _("The message is being sent again."))
    else:
        messages.info(request, _("The message is being sent already."))
    return redirect("digest", connection_id=connection.pk, public_id=public_id)


@require_safe
@connection_view()
def digest_log(request: HttpRequest, connection: Connection) -> HttpResponse:
    """One's own messages, newest first."""
    row = subscriptions.subscription_of(user=_user(request), connection_id=connection.pk)
    page = None
    if row.pk is not None:
        subscription_id = row.pk
        page = addresses.page_or_first(
            request,
            lambda cursor: selectors.digests_page(
                subscription_id=subscription_id, cursor=cursor, limit=50
            ),
        )
    context = {"connection": connection, "section": "health", "page": page}
    status = addresses.status_of(request)
    return render(request, "notifications/log.html", context, status=status)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leaves one connection's notifications: the link shows a button, a POST (RFC 8058's too) leaves.

    No login and no CSRF token: a mail program sends the POST, and the signed address is the proof. A GET
    changes nothing, since scanners of mails follow links.
    """
    try:
        row = links.subscription_of_token(token)
    except links.LinkExpired:
        context = {"problem": "expired"}
        return render(request, "notifications/unsubscribe.html", context, status=410)
    except links.LinkInvalid:
        context = {"problem": "invalid"}
        return render(request, "notifications/unsubscribe.html", context, status=404)
    if request.method == "POST" and row.enabled:
        subscriptions.turn_off(subscription=row, reason="unsubscribed")
        row.enabled = False
    context_done: dict[str, Any] = {
        "subscription": row,
        "name": row.connection.name,
        "address": row.user.email if row.user else "",
    }
    return render(request, "notifications/unsubscribe.html", context_done)


def _manage(
    request: HttpRequest,
    connection: Connection,
    row: Subscription,
    form: ChoicesForm,
    *,
    said: str = "",
    test: Digest | None = None,
) -> HttpResponse:
    stored = not row._state.adding
    return render_part(
        request,
        MANAGE,
        "body",
        {
            "connection": connection,
            "section": "health",
            "subscription": row,
            "form": form,
            "said": said,
            "test": test,
            "recent": selectors.digests_page(subscription_id=row.pk, limit=3).items
            if stored
            else [],
            "time_zone": _user(request).time_zone.replace("_", " "),
            "may_administer": may(role=connection.role, needed=Role.ADMIN),
            "mailbox_url": settings.MAILBOX_URL,
        },
    )


def _form_of(row: Subscription) -> ChoicesForm:
    return ChoicesForm(initial=ChosenValues.of(row).as_dict())


def _digest_or_404(request: HttpRequest, connection: Connection, public_id: uuid.UUID) -> Digest:
    try:
        digest = selectors.get_digest(connection_id=connection.pk, public_id=public_id)
    except Digest.DoesNotExist:
        raise Http404("No such message.") from None
    own = digest.subscription.user_id == _user(request).pk
    if not own and not may(role=connection.role, needed=Role.ADMIN):
        raise Http404("No such message.")
    return digest


def _user(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user

"""The access rule, written once: who sees which connection, and who may do what there.

Whoever may not see a connection gets 404, as if it were not there; whoever sees it but may not do this gets 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User

if TYPE_CHECKING:
    from integrations.models import Connection

_RANK = {Role.VIEWER: 1, Role.OPERATOR: 2, Role.ADMIN: 3}


def visible_connections(*, user: Any) -> Any:
    """The queryset of connections that `user` may see, ordered by name; empty for a stranger."""
    model = apps.get_model("integrations", "Connection")
    if not getattr(user, "is_active", False):
        return model._default_manager.none()
    if user.is_superuser:
        return model._default_manager.order_by("name", "id")
    return model._default_manager.filter(memberships__user=user).order_by("name", "id")


def role_on(*, user: User, connection_id: int) -> Role | None:
    """The role of `user` on a connection, None for a stranger. One query, none for a superuser."""
    if user.is_superuser:
        return Role.ADMIN
    role = (
        Membership.objects.filter(user=user, connection_id=connection_id)
        .values_list("role", flat=True)
        .first()
    )
    return Role(role) if role else None


def may(*, role: Role | None, needed: Role) -> bool:
    return role is not None and _RANK[role] >= _RANK[needed]


def get_connection(*, user: Any, connection_id: int, needed: Role = Role.VIEWER) -> Connection:
    """The connection, with `connection.role` set to the user's role on it.

    Raises Http404 when the user may not see it, PermissionDenied when the role is too low.
    """
    connection = visible_connections(user=user).filter(pk=connection_id).first()
    role = role_on(user=user, connection_id=connection_id) if connection else None
    if connection is None or role is None:
        raise Http404("No such connection.")
    if not may(role=role, needed=needed):
        raise PermissionDenied(
            _("Your role on this connection does not allow this. Ask one of its admins.")
        )
    connection.role = role
    return connection  # type: ignore[no-any-return]


def signed_in(request: Any) -> User:
    """The user of a request behind a login. Raises PermissionDenied for nobody."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


View = Callable[..., HttpResponseBase]


def connection_view(*, needed: Role = Role.VIEWER) -> Callable[[View], View]:
    """Makes `view(request, connection, …)` of a URL with `connection_id`: logged in, scoped, role checked."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def scoped(
            request: HttpRequest, *args: Any, connection_id: int, **kwargs: Any
        ) -> HttpResponseBase:
            connection = get_connection(
                user=request.user, connection_id=connection_id, needed=needed
            )
            return view(request, connection, *args, **kwargs)

        scoped.needed_role = needed  # type: ignore[attr-defined]
        return scoped

    return decorate

"""Errors in somebody's hands. Only people who see the connection can have one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from common import clock
from errors.ledger import lock_stream
from errors.models import SyncError
from errors.selection import SelectionRefused, selected_errors
from integrations.models import Connection


def assign_errors(*, connection_id: int, error_ids: Iterable[int], to: User | None) -> list[int]:
    """Gives 1 to 200 errors of the connection to `to`, or to nobody; returns the ids of those that changed hands.

    Raises SelectionRefused: not_a_member, or as `selected_errors` does. Four queries, however many errors.

    Nothing that it writes is read or written by a recording, so no number could go wrong without the stream row.
    It is locked all the same: a recording updates error rows in an order of its own, and an UPDATE of many rows
    that did not queue behind it could deadlock with it, which would cost the sync its page. The membership is locked
    before it, and ends in a transaction that never touches the stream row.
    """
    with transaction.atomic():
        if to is not None:
            _must_be_member(connection_id=connection_id, user=to)
        lock_stream(connection_id=connection_id)
        errors = selected_errors(connection_id=connection_id, error_ids=error_ids)
        new = to.pk if to else None
        changing = [error.pk for error in errors if error.assigned_to_id != new]
        SyncError.objects.filter(pk__in=changing).update(
            assigned_to=to, assigned_at=clock.now() if to else None
        )
    return changing


def unassign_all(*, connection_id: int, user_id: int) -> int:
    """Takes every error of the connection out of somebody's hands; returns how many. For who has left it.

    Reads along the index of assignees. Does nothing once the connection is gone, or if they are back.
    """
    with transaction.atomic():
        # Locked first, as by whoever assigns: if they are a member again meanwhile, they keep what they have.
        back = Membership.objects.select_for_update().filter(
            connection_id=connection_id, user_id=user_id
        )
        rules_all = User.objects.filter(pk=user_id, is_superuser=True)
        if list(back) or rules_all or not Connection.objects.filter(pk=connection_id).exists():
            return 0
        lock_stream(connection_id=connection_id)
        return SyncError.objects.filter(connection_id=connection_id, assigned_to_id=user_id).update(
            assigned_to=None, assigned_at=None
        )


def find_assignee(*, connection_id: int, who: str) -> User:
    """The active person of the connection with this mail address or id.

    Raises SelectionRefused not_a_member, in the same words for strangers as for nobody: whoever asks learns no mail
    address of people they do not share a connection with. One query.
    """
    named = Q(email=who.strip().lower())
    if who.isascii() and who.isdigit() and len(who) < 19:
        named |= Q(pk=int(who))
    here = Membership.objects.filter(connection_id=connection_id, user=OuterRef("pk"))
    people = User.objects.filter(Q(is_superuser=True) | Exists(here), is_active=True)
    # Another character than a printable one is in no address, and no database would look for a NUL.
    user = people.filter(named).first() if who.isprintable() else None
    if user is None:
        raise _not_a_member(who)
    return user


def _must_be_member(*, connection_id: int, user: User) -> None:
    """The membership is locked until the end of the transaction, so that nobody is removed between."""
    if not user.is_active:
        raise _not_a_member(user.email)
    if user.is_superuser:
        return
    members = Membership.objects.select_for_update().filter(
        connection_id=connection_id, user_id=user.pk
    )
    if not list(members):
        raise _not_a_member(user.email)


def _not_a_member(who: str) -> SelectionRefused:
    message = _("%(who)s is not a member of this connection. Choose one of its members.") % {
        "who": who[:120].encode(errors="replace").decode() or _("Nobody")
    }
    return SelectionRefused("not_a_member", message, fields={"to": [message]})

"""Making users and members, as the management commands do it."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.models import Membership, Role, User


class EmailTaken(Exception):
    """Somebody has this mail address already."""


class NoSuchConnection(Exception):
    """There is no connection with this id."""


def find_user(*, email: str) -> User:
    """The user with this mail address, in whatever case. Raises User.DoesNotExist with a sentence."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise User.DoesNotExist(f"There is no user with the mail address {email.strip()}.")
    return user


def add_user(*, email: str, password: str, name: str = "", superuser: bool = False) -> User:
    """A new user who can log in. Raises ValidationError for a bad address or password, EmailTaken."""
    email = email.strip().lower()
    validate_email(email)
    validate_password(password, user=User(email=email, name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email, password, name=name.strip(), is_superuser=superuser
            )
    except IntegrityError:
        raise EmailTaken(f"There is a user with the mail address {email} already.") from None


def set_member(*, user: User, connection_id: int, role: Role) -> bool:
    """Make `user` a member with `role`, or change the role of one. True when newly added.

    Raises NoSuchConnection.
    """
    if not apps.get_model("integrations", "Connection")._default_manager.filter(pk=connection_id):
        raise NoSuchConnection(f"There is no connection {connection_id}.")
    _membership, created = Membership.objects.update_or_create(
        user=user, connection_id=connection_id, defaults={"role": role}
    )
    return created


def remove_member(*, user: User, connection_id: int) -> bool:
    """End a membership. False when there was none."""
    deleted, _by_model = Membership.objects.filter(user=user, connection_id=connection_id).delete()
    return bool(deleted)

"""Who belongs to a connection, for choosing one of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import FilteredRelation, Q

from accounts.models import Role, User


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a connection; superusers are people of every connection."""

    id: int
    name: str  # the mail address of who has no name
    email: str
    role: Role


def members_of(*, connection_id: int) -> list[Member]:
    """Everybody who can log in and see the connection, by name. One query."""
    users = (
        User.objects.annotate(
            here=FilteredRelation(
                "memberships", condition=Q(memberships__connection_id=connection_id)
            )
        )
        .filter(Q(here__role__isnull=False) | Q(is_superuser=True), is_active=True)
        .values_list("pk", "name", "email", "is_superuser", "here__role")
    )
    members = [
        Member(
            id=pk,
            name=name or email,
            email=email,
            role=Role.ADMIN if is_superuser else Role(role),
        )
        for pk, name, email, is_superuser, role in users
    ]
    return sorted(members, key=lambda member: (member.name.casefold(), member.id))

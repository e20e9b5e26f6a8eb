"""`manage.py add_member`: let a user see a connection, or change what they may do there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Role, User
from accounts.people import NoSuchConnection, find_user, remove_member, set_member


class Command(BaseCommand):
    help = (
        "Makes a user a member of a connection, or changes a member's role. viewer: browse and "
        "export; operator: also resync and set the allotment; admin: also the connection itself."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="mail address of an existing user")
        parser.add_argument("--connection", type=int, required=True, metavar="ID")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--role", choices=Role.values, default=Role.VIEWER)
        what.add_argument("--remove", action="store_true", help="end the membership instead")

    def handle(self, *args: Any, **options: Any) -> None:
        connection_id = options["connection"]
        try:
            user = find_user(email=options["email"])
            if options["remove"]:
                if not remove_member(user=user, connection_id=connection_id):
                    raise CommandError(f"{user.email} is no member of connection {connection_id}.")
                self.stdout.write(f"{user.email} is no member of connection {connection_id} now.")
                return
            role = Role(options["role"])
            created = set_member(user=user, connection_id=connection_id, role=role)
        except (User.DoesNotExist, NoSuchConnection) as error:
            raise CommandError(str(error)) from None
        done = "is now" if created else "was a member already and is now"
        self.stdout.write(f"{user.email} {done} {role.value} on connection {connection_id}.")

"""`manage.py create_user`: somebody who can log in."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.people import EmailTaken, add_user


class Command(BaseCommand):
    help = (
        "Makes a user. Without --password-stdin a password is made and printed, this once. "
        "`add_member` says on which connections; --superuser sees and administers all of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the mail address to log in with")
        parser.add_argument("--name", default="", help="as colleagues see it")
        parser.add_argument(
            "--superuser", action="store_true", help="sees and administers every connection"
        )
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input; others can read a command line",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = "" if options["password_stdin"] else secrets.token_urlsafe(15)
        password = made or sys.stdin.readline().rstrip("\r\n")
        try:
            user = add_user(
                email=options["email"],
                password=password,
                name=options["name"],
                superuser=options["superuser"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except EmailTaken as error:
            raise CommandError(str(error)) from None
        what = "superuser" if user.is_superuser else "user"
        self.stdout.write(f"Made the {what} {user.email}.")
        if made:
            self.stdout.write(f"Password: {made}")

"""`manage.py create_token`: a bearer token for the REST API, shown once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ApiToken, User
from accounts.people import find_user


class Command(BaseCommand):
    help = (
        "Makes a token for the REST API and prints it, this once: only its digest is stored. "
        "It may do what its user may do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="mail address of the token's user")
        parser.add_argument(
            "--name",
            default="command line",
            help="what it is for, as the user's list of tokens shows it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the token alone, so that a script can read it. Raises CommandError."""
        name = options["name"].strip()
        longest = ApiToken._meta.get_field("name").max_length or 0
        if not name or len(name) > longest:
            raise CommandError(f"A token's name has 1 to {longest} characters.")
        try:
            user = find_user(email=options["email"])
        except User.DoesNotExist as error:
            raise CommandError(str(error)) from None
        if not user.is_active:
            raise CommandError(f"{user.email} is not active: the token would be refused.")
        _token, text = ApiToken.issue(user=user, name=name)
        self.stdout.write(text)

"""`manage.py rotate_credentials`: encrypt every stored credential with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common.encryption import DecryptionFailed
from integrations.models import Credential


class Command(BaseCommand):
    help = (
        "Encrypts all stored credentials with the first of FIELD_ENCRYPTION_KEYS. After it the older keys can "
        "be removed. Safe to run at any time and to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = 0, []
        for pk, connection_id, system in Credential.objects.values_list(
            "pk", "connection_id", "system"
        ):
            try:
                # Locked, so that a token renewed meanwhile is not put back to the one before.
                with transaction.atomic():
                    credential = Credential.objects.select_for_update().get(pk=pk)
                    credential.save(update_fields=["secret", "access"])
            except DecryptionFailed:
                lost.append(f"connection {connection_id}, {system}")
            except Credential.DoesNotExist:
                continue
            else:
                done += 1
        self.stdout.write(f"{done} credentials are encrypted with the newest key.")
        if lost:
            raise CommandError(
                f"No key opens these, so they are as they were: {'; '.join(lost)}.\n"
                "Put the key that they were stored with back into FIELD_ENCRYPTION_KEYS (last), or store the "
                "credential anew with `manage.py connect --replace`."
            )

"""Encryption of stored secrets with keys of their own, so that SECRET_KEY can rotate apart from them."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class DecryptionFailed(Exception):
    """None of FIELD_ENCRYPTION_KEYS opens this value."""


def _cipher() -> MultiFernet:
    if not settings.FIELD_ENCRYPTION_KEYS:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS is not set: credentials cannot be stored or read."
        )
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def encrypt(text: str) -> str:
    """`text` encrypted with the newest key."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`, whichever of the keys made it.

    Raises DecryptionFailed when no key fits; the message never holds the value.
    """
    try:
        return _cipher().decrypt(token.encode()).decode()
    except InvalidToken:
        raise DecryptionFailed("No key of FIELD_ENCRYPTION_KEYS opens this value.") from None


def rotate(token: str) -> str:
    """`token` encrypted anew with the newest key."""
    return _cipher().rotate(token.encode()).decode()


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """A JSON object that is encrypted in the database. It cannot be filtered on."""

    description = "An encrypted JSON object"

    def get_prep_value(self, value: Any) -> Any:
        return "" if not value else encrypt(json.dumps(value))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return {} if not value else json.loads(decrypt(value))

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, dict) else {}

    def value_to_string(self, obj: models.Model) -> str:
        return "[encrypted]"

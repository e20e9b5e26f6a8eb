from __future__ import annotations

from django.apps import AppConfig


class ErrorsConfig(AppConfig):
    name = "errors"

"""The Celery application. Messages are nudges: the tables are the queue (docs/architecture.md)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "synchealth.settings")

app = Celery("synchealth")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

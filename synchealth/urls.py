"""Every address of the product. The apps name their own below `connections/<id>/` and `api/v1/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from synchealth import health, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("", include("accounts.urls")),
    path("language/", set_language, name="set_language"),
    path("healthz", health.live, name="healthz"),
    path("healthz/ready", health.ready, name="healthz-ready"),
]

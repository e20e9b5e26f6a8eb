"""Every address of the product. The apps name their own below `connections/<id>/` and `api/v1/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

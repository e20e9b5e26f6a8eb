"""Addresses below `connections/<connection_id>/`."""

from __future__ import annotations

from django.urls import path

from integrations import views

urlpatterns = [
    path("allotment/", views.allotment, name="allotment"),
]

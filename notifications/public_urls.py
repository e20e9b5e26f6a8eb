"""Addresses that need no login."""

from __future__ import annotations

from django.urls import path

from notifications import views

urlpatterns = [path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe")]

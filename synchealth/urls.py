"""Every address of the product. The apps name their own below `connections/<id>/` and `api/v1/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from integrations import connect_views
from synchealth import health, selection_views, views

connection_patterns: list[URLPattern | URLResolver] = [
    path("sync-health/", views.tab, name="sync-health"),
    path("sync-health/<slug:error_type>/", views.tab_with_panel, name="error-panel"),
    path("sync-health/<slug:error_type>/resync/", views.resync_errors, name="resync-errors"),
    path("sync-health/<slug:error_type>/ignore/", selection_views.ignore, name="ignore-errors"),
    path("sync-health/<slug:error_type>/take-up/", selection_views.take_up, name="take-up-errors"),
    path("sync-health/<slug:error_type>/assign/", selection_views.assign, name="assign-errors"),
    path(
        "sync-health/<slug:error_type>/export/selected/",
        selection_views.export_selected,
        name="export-selected",
    ),
    path("resync/strip/", views.batch_strip, name="batch-strip"),
    path("sync/", views.sync_now, name="sync-now"),
    path("sync/status/", views.sync_status, name="sync-status"),
    path("", include("errors.urls")),
    path("", include("integrations.urls")),
    path("", include("notifications.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("", include("accounts.urls")),
    path("notifications/", include("notifications.public_urls")),
    path("connections/new/", connect_views.connect, name="connect"),
    path("connections/<int:connection_id>/", include(connection_patterns)),
    path("api/v1/", include("synchealth.api_urls")),
    path("language/", set_language, name="set_language"),
    path("healthz", health.live, name="healthz"),
    path("healthz/ready", health.ready, name="healthz-ready"),
]

"""Addresses below `connections/<connection_id>/`."""

from __future__ import annotations

from django.urls import path

from integrations import mapping_views, settings_views, views

urlpatterns = [
    path("allotment/", views.allotment, name="allotment"),
    path("settings/", settings_views.connection_settings, name="connection-settings"),
    path("settings/pause/", settings_views.pause, name="connection-pause"),
    path("settings/resume/", settings_views.resume, name="connection-resume"),
    path("settings/login/<slug:system>/", settings_views.credential, name="connection-credential"),
    path("mappings/<int:mapping_id>/", mapping_views.mapping, name="mapping"),
    path(
        "mappings/<int:mapping_id>/switch/",
        mapping_views.switch_object,
        name="switch-object-mapping",
    ),
    path("mappings/<int:mapping_id>/add/", mapping_views.add_property, name="add-property-mapping"),
    path(
        "property-mappings/<int:mapping_id>/edit/",
        mapping_views.edit_property,
        name="edit-property-mapping",
    ),
    path(
        "property-mappings/<int:mapping_id>/",
        mapping_views.change_property,
        name="change-property-mapping",
    ),
]

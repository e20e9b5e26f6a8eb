"""Addresses below `connections/<connection_id>/`."""

from __future__ import annotations

from django.urls import path

from notifications import admin_views, views

_ALL = "notifications/"

urlpatterns = [
    path(_ALL, views.manage, name="notifications"),
    path(_ALL + "test/", views.send_test, name="test-notification"),
    path(_ALL + "sent/", views.digest_log, name="digests"),
    path(_ALL + "sent/<uuid:public_id>/", views.digest_page, name="digest"),
    path(_ALL + "sent/<uuid:public_id>/again/", views.digest_again, name="digest-again"),
    path(_ALL + "readers/", admin_views.people, name="notification-readers"),
    path(_ALL + "defaults/", admin_views.defaults, name="notification-defaults"),
    path(_ALL + "channels/new/", admin_views.channel, name="new-channel"),
    path(_ALL + "channels/<int:channel_id>/", admin_views.channel, name="channel"),
    path(_ALL + "channels/<int:channel_id>/test/", admin_views.test_channel, name="test-channel"),
    path(
        _ALL + "channels/<int:channel_id>/delete/",
        admin_views.delete_channel,
        name="delete-channel",
    ),
]

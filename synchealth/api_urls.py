"""Every call of the REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from errors import api as errors
from errors import views_api as saved
from integrations import api as integrations
from notifications import api as notifications
from synchealth import api_docs

app_name = "api"

_ONE = "connections/<int:connection_id>/"

urlpatterns = [
    path("connections/", integrations.ConnectionsView.as_view(), name="connections"),
    path(_ONE + "api-usage/", integrations.ApiUsageView.as_view(), name="api-usage"),
    path(_ONE + "error-types/", errors.ErrorTypesView.as_view(), name="error-types"),
    path(_ONE + "errors/", errors.ErrorsView.as_view(), name="errors"),
    path(_ONE + "errors/export/", errors.ErrorsExportView.as_view(), name="errors-export"),
    path(_ONE + "errors/<int:error_id>/", errors.ErrorView.as_view(), name="error"),
    path(
        _ONE + "errors/<int:error_id>/records/",
        errors.ErrorRecordsView.as_view(),
        name="error-records",
    ),
    path(
        _ONE + "errors/<int:error_id>/records/export/",
        saved.ErrorRecordsExportView.as_view(),
        name="error-records-export",
    ),
    path(_ONE + "views/", saved.SavedViewsView.as_view(), name="views"),
    path(_ONE + "views/<uuid:view_id>/", saved.SavedViewView.as_view(), name="view"),
    path(
        _ONE + "views/<uuid:view_id>/records/",
        saved.SavedViewRecordsView.as_view(),
        name="view-records",
    ),
    path(
        _ONE + "views/<uuid:view_id>/records/export/",
        saved.SavedViewExportView.as_view(),
        name="view-records-export",
    ),
    path(_ONE + "resync-batches/", errors.ResyncBatchesView.as_view(), name="resync-batches"),
    path(
        _ONE + "resync-batches/<uuid:batch_id>/",
        errors.ResyncBatchView.as_view(),
        name="resync-batch",
    ),
    path(_ONE + "notifications/", notifications.NotificationsView.as_view(), name="notifications"),
    path("schema/", api_docs.SchemaView.as_view(), name="schema"),
    path("docs/", api_docs.DocsView.as_view(), name="docs"),
]

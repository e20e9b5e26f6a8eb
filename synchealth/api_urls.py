"""Every call of the REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path, re_path

from errors.api import history as history_api
from errors.api import imports as imports_api
from errors.api import jobs as jobs_api
from errors.api import listing as errors
from errors.api import record as record_api
from errors.api import resync_all as resync_all_api
from errors.api import resync_batches, selection
from errors.api import saved_views as saved
from errors.api import updates as updates_api
from integrations import api as integrations
from notifications import api as notifications
from synchealth import api_docs

app_name = "api"

_ONE = "connections/<int:connection_id>/"

urlpatterns = [
    path("", api_docs.RootView.as_view(), name="root"),
    path("connections/", integrations.ConnectionsView.as_view(), name="connections"),
    path(_ONE + "api-usage/", integrations.ApiUsageView.as_view(), name="api-usage"),
    path(_ONE + "error-types/", errors.ErrorTypesView.as_view(), name="error-types"),
    path(_ONE + "errors/", errors.ErrorsView.as_view(), name="errors"),
    path(_ONE + "errors/export/", errors.ErrorsExportView.as_view(), name="errors-export"),
    path(_ONE + "errors/ignore/", selection.IgnoreErrorsView.as_view(), name="errors-ignore"),
    path(_ONE + "errors/take-up/", selection.TakeUpErrorsView.as_view(), name="errors-take-up"),
    path(_ONE + "errors/assign/", selection.AssignErrorsView.as_view(), name="errors-assign"),
    path(_ONE + "members/", selection.MembersView.as_view(), name="members"),
    path(_ONE + "errors/<int:error_id>/", errors.ErrorView.as_view(), name="error"),
    path(
        _ONE + "errors/<int:error_id>/records/",
        errors.ErrorRecordsView.as_view(),
        name="error-records",
    ),
    path(_ONE + "records/<int:record_id>/", record_api.RecordView.as_view(), name="record"),
    path(
        _ONE + "records/<int:record_id>/resync/",
        record_api.RecordResyncView.as_view(),
        name="record-resync",
    ),
    path(_ONE + "history/", history_api.HistoryView.as_view(), name="history"),
    path(
        _ONE + "resync-batches/", resync_batches.ResyncBatchesView.as_view(), name="resync-batches"
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
    path(
        _ONE + "resync-batches/<uuid:batch_id>/",
        resync_batches.ResyncBatchView.as_view(),
        name="resync-batch",
    ),
    path(_ONE + "resync-all/", resync_all_api.ResyncAllView.as_view(), name="resync-all"),
    path(_ONE + "imports/", imports_api.ImportsView.as_view(), name="imports"),
    path(_ONE + "jobs/", jobs_api.BulkJobsView.as_view(), name="jobs"),
    path(_ONE + "jobs/<uuid:job_id>/", jobs_api.BulkJobView.as_view(), name="job"),
    path(_ONE + "jobs/<uuid:job_id>/pause/", jobs_api.BulkJobPauseView.as_view(), name="job-pause"),
    path(
        _ONE + "jobs/<uuid:job_id>/resume/", jobs_api.BulkJobResumeView.as_view(), name="job-resume"
    ),
    path(
        _ONE + "jobs/<uuid:job_id>/cancel/", jobs_api.BulkJobCancelView.as_view(), name="job-cancel"
    ),
    path(
        _ONE + "updates/preview/", updates_api.UpdatePreviewView.as_view(), name="updates-preview"
    ),
    path(_ONE + "updates/", updates_api.UpdatesView.as_view(), name="updates"),
    path(_ONE + "notifications/", notifications.NotificationsView.as_view(), name="notifications"),
    path("schema/", api_docs.SchemaView.as_view(), name="schema"),
    path("docs/", api_docs.DocsView.as_view(), name="docs"),
    # With the slash that every call ends in: without it one is sent on to the address that has it.
    re_path(".*/$", api_docs.NoSuchCallView.as_view()),
]

"""Addresses below `connections/<connection_id>/`."""

from __future__ import annotations

from django.urls import path

from errors.pages import history as history_views
from errors.pages import imports as import_views
from errors.pages import jobs as jobs_views
from errors.pages import listing as views
from errors.pages import record as record_views
from errors.pages import rereading as reread_views
from errors.pages import resync_all as resync_all_views
from errors.pages import saved_view_dialogs as view_dialogs
from errors.pages import saved_views as view_pages
from errors.pages import types as type_views
from errors.pages import updates as update_views

urlpatterns = [
    path("sync-health/<slug:error_type>/export/", views.export, name="export-errors"),
    path("sync-health/<slug:error_type>/about/", type_views.about_type, name="error-type-about"),
    path("errors/<int:error_id>/about/", views.about, name="error-about"),
    path(
        "errors/<int:error_id>/read-options/", reread_views.read_options, name="read-options-again"
    ),
    path("errors/<int:error_id>/records/", views.records, name="error-records"),
    path("records/<int:record_id>/", record_views.record, name="record"),
    path("records/<int:record_id>/resync/", record_views.resync_record, name="resync-record"),
    path("history/", history_views.trends, name="history"),
    path("resync/", history_views.batch_log, name="resync-log"),
    path(
        "errors/<int:error_id>/records/export/",
        view_pages.export_error_records,
        name="export-error-records",
    ),
    path(
        "errors/<int:error_id>/records/create-view/",
        view_dialogs.create_of_error,
        name="create-view-of-error",
    ),
    path(
        "sync-health/<slug:error_type>/create-view/",
        view_dialogs.create_of_panel,
        name="create-view-of-panel",
    ),
    path("views/", view_pages.all_views, name="saved-views"),
    path("views/<uuid:view_id>/", view_pages.view_page, name="saved-view"),
    path("views/<uuid:view_id>/export/", view_pages.export_view, name="export-view"),
    path("views/<uuid:view_id>/rename/", view_dialogs.rename, name="rename-view"),
    path("views/<uuid:view_id>/delete/", view_dialogs.delete, name="delete-view"),
    path("views/<uuid:view_id>/hubspot-list/", view_dialogs.make_lists, name="make-lists"),
    path("resync/<uuid:batch_id>/", views.batch, name="resync-batch"),
    path("resync/all/", resync_all_views.resync_all, name="resync-all"),
    path("import/", import_views.start, name="import-start"),
    path("update/", update_views.update, name="update-start"),
    path("jobs/", jobs_views.jobs, name="bulk-jobs"),
    path("jobs/<uuid:job_id>/", jobs_views.job, name="bulk-job"),
    path("jobs/<uuid:job_id>/pause/", jobs_views.pause, name="bulk-job-pause"),
    path("jobs/<uuid:job_id>/resume/", jobs_views.resume, name="bulk-job-resume"),
    path("jobs/<uuid:job_id>/cancel/", jobs_views.cancel, name="bulk-job-cancel"),
]

from django.urls import path

from . import access_views, record_views, retention_views, views

urlpatterns = [
    path("", views.audit_log, name="audit_log"),
    path("export/", record_views.log_export, name="log_export"),
    path("records/", record_views.record_list, name="record_list"),
    path("records/<uuid:job>/file/", record_views.record_file, name="record_file"),
    path("retention/", retention_views.audit_retention, name="audit_retention"),
    path("access/", access_views.access_on, name="access_on"),
]

from django.urls import path

from . import access_views, views

urlpatterns = [
    path("", views.audit_log, name="audit_log"),
    path("access/", access_views.access_on, name="access_on"),
]

from django.urls import path

from . import rows, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("overview/breakdown/", views.overview, {"part": "breakdown"}, name="overview_breakdown"),
    path("overview/rows/", rows.rows, name="overview_rows"),
    path("overview/progress/", views.progress, name="overview_progress"),
    path("overview/update/", views.update, name="overview_update"),
]

from django.urls import include, path

from tests.bench import reference

urlpatterns = [
    path("<slug:tenant>/reference/", reference.reference),
    path("", include("dashboard.urls")),
]

from django.urls import include, path

from tests.bench import reference

handler500 = "apps.staff.views.server_error"
urlpatterns = [
    path("<slug:tenant>/reference/", reference.reference),
    path("", include("dashboard.urls")),
]

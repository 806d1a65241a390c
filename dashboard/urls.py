"""The URLconf. First path segments other than `<tenant>` are reserved: apps.tenants.models.RESERVED_SLUGS, kept
equal by a test."""

from django.urls import include, path, register_converter

from apps.notices.views import notice_stop
from apps.operations import health, metrics
from apps.overview.home import home
from apps.tenants import views
from apps.tenants.converters import NumberConverter
from apps.tenants.invitation_views import invitation
from apps.tenants.sso import views as sso

register_converter(NumberConverter, "number")

handler500 = "apps.staff.views.server_error"
urlpatterns = [
    path("", home, name="home"),
    path("healthz", health.live, name="healthz"),
    path("healthz/live", health.live, name="healthz_live"),
    path("healthz/ready", health.ready, name="healthz_ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security, name="security"),
    path("accounts/notices/<str:token>/", notice_stop, name="notice_stop"),
    path("accounts/sso/", sso.find, name="sso_find"),
    path("accounts/sso/start/<slug:slug>/", sso.start, name="sso_start"),
    path("accounts/sso/done/", sso.done, name="sso_done"),
    path("accounts/invitations/<str:token>/", invitation, name="invitation"),
    path("accounts/", include("apps.staff.urls")),
    path("<slug:tenant>/", include("apps.overview.urls")),
    path("<slug:tenant>/settings/", include("apps.tenants.urls")),
    path("<slug:tenant>/investments/", include("apps.investments.urls")),
    path("<slug:tenant>/investors/", include("apps.investors.urls")),
    path("<slug:tenant>/offerings/", include("apps.offerings.urls")),
    path("<slug:tenant>/users/", include("apps.users.urls")),
    path("<slug:tenant>/disclaimers/", include("apps.disclaimers.urls")),
    path("<slug:tenant>/exports/", include("apps.exports.urls")),
    path("<slug:tenant>/audit/", include("apps.evidence.urls")),
    path("<slug:tenant>/notices/", include("apps.notices.urls")),
    path("<slug:tenant>/guide/", include("apps.guide.urls")),
    path("<slug:tenant>/search/", include("apps.search.urls")),
]

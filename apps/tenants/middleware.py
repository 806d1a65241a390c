from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from apps.staff.models import StaffMember

from . import two_step
from .known import two_step_of
from .sso import doors

OPEN = frozenset({
    "healthz", "healthz_live", "healthz_ready", "metrics", "robots", "security", "notice_stop", "sso_find", "sso_start", "sso_done",
    "account_login", "mfa_login_webauthn", "mfa_authenticate", "account_inactive", "account_signup", "account_email",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done",
})  # fmt: skip
"""The pages by name for which nobody signs in."""


class TwoStepMiddleware(MiddlewareMixin):
    """Nothing is reached between the first step of a sign-in and the second. Pages of a team ask for it themselves, with what
    they look up (apps.tenants.access)."""

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else ""
        if "tenant" in kwargs or name in OPEN or not isinstance(request.user, StaffMember):
            return None
        shut = doors.shut_account(request, name or "", request.user)
        return shut or two_step.stop(request, two_step_of(request.user))

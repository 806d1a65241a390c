"""allauth's adapter: no one signs up by themselves, and strangers cannot lock anyone out."""

from typing import Any, ClassVar

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import clean_client_ip
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.audit.actions import Action

from . import attempts, sessions, trail
from .models import Attempt

log = structlog.get_logger("staff")


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, str]] = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many failed sign-ins for this email. Wait, use a browser that you’ve signed in from "
        "before, or reset your password by email.",
    }
    attempt: Attempt | None = None

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """For a change of one's own factors: not within a quarter of an hour after one signed in or confirmed who one is."""
        return not sessions.was_confirmed(self.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Who has a factor uses it; the password alone is no longer enough."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        by_factor = [each for each in found if each["id"] != "reauthenticate"]
        return by_factor or found

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address seen by the outermost trusted proxy; if there are fewer entries than proxies, the first."""
        proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
        said = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
        if proxies and len(said) < proxies:
            log.warning("fewer addresses than TRUSTED_PROXY_COUNT", said=len(said), expected=proxies)
        trusted = said[-proxies:] if proxies else []
        seen = clean_client_ip(trusted[0]) if trusted else None
        return seen or clean_client_ip(request.META.get("REMOTE_ADDR", "")) or "unknown"  # a unix socket has no address

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """In place of allauth's limits, which know no browsers: apps.staff.attempts."""
        email = str(credentials.get("email") or credentials.get("username") or "")
        self.attempt = attempts.begin(request, email, get_ip(request) or "unknown")
        if self.attempt is None:
            trail.about(Action.SIGN_IN_THROTTLED, email)
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        """Called when the password was right."""
        if self.attempt:
            self.attempt.delete()

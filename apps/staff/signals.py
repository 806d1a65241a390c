"""Records sign-ins, sign-outs, failed attempts and password changes in the audit log."""

from typing import Any

from allauth.account import signals as account
from django.contrib.auth import signals as auth
from django.dispatch import receiver
from django.http import HttpRequest

from apps.audit.actions import Action
from apps.audit.figures import SIGN_IN_FAILURES
from apps.audit.record import record

from . import sessions
from .models import StaffMember, StaffSession


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest, user: StaffMember, **_: Any) -> None:
    made = sessions.begin(request, user)
    record(Action.SIGNED_IN, actor=user, browser=made.browser, address=made.address)


@receiver(auth.user_logged_out)
def signed_out(request: HttpRequest, user: StaffMember | None, **_: Any) -> None:
    if number := sessions.number_of(request):
        StaffSession.objects.filter(pk=number).delete()
    if user:
        record(Action.SIGNED_OUT, actor=user)


@receiver(auth.user_login_failed)
def refused(credentials: dict[str, Any], **_: Any) -> None:
    """Records the account by ID; an address that no one has is not stored."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    member = StaffMember.objects.filter(email__iexact=email).first()
    SIGN_IN_FAILURES.inc()
    record(Action.SIGN_IN_REFUSED, actor=None, subject=f"staff:{member.pk}" if member else "")


@receiver([account.password_changed, account.password_reset, account.password_set])
def password_changed(request: HttpRequest, user: StaffMember, **_: Any) -> None:
    """All other sessions end."""
    ended = sessions.end_all(user, but=sessions.number_of(request))
    record(Action.PASSWORD_CHANGED, actor=user, sessions=ended)

"""Records sign-ins, sign-outs, failed attempts and password changes in the audit log."""

from typing import Any

from allauth.account import signals as account
from django.contrib.auth import signals as auth
from django.dispatch import receiver

from apps.audit.actions import Action
from apps.audit.figures import SIGN_IN_FAILURES
from apps.audit.record import record

from .models import StaffMember


@receiver(auth.user_logged_in)
def signed_in(user: StaffMember, **_: Any) -> None:
    record(Action.SIGNED_IN, actor=user)


@receiver(auth.user_logged_out)
def signed_out(user: StaffMember | None, **_: Any) -> None:
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
def password_changed(user: StaffMember, **_: Any) -> None:
    record(Action.PASSWORD_CHANGED, actor=user)

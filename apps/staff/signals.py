"""Records sign-ins, sign-outs, failed attempts, and changes of passwords and factors in the audit log, and ends what they end."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth
from django.dispatch import receiver
from django.http import HttpRequest

from apps.audit.actions import Action
from apps.audit.figures import SIGN_IN_FAILURES
from apps.audit.record import record

from . import outbox, sessions
from .models import FACTORS, PasswordMail, StaffMember, StaffSession


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest, user: StaffMember, **_: Any) -> None:
    made = sessions.begin(request, user)
    if made.only_team is None:  # whom a provider vouched for has shown no password
        request.known_from_now = user  # type: ignore[attr-defined]
    record(Action.SIGNED_IN, actor=user, browser=made.browser, address=made.address, factor=made.factor)


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
    request.known_from_now = user  # type: ignore[attr-defined]
    record(Action.PASSWORD_CHANGED, actor=user, sessions=ended)


@receiver(mfa.authenticator_added)
def factor_added(request: HttpRequest, user: StaffMember, authenticator: Authenticator, **_: Any) -> None:
    """Set up, it has been used: allauth does not say so of a session. All other sessions end."""
    if authenticator.type not in FACTORS:
        return
    sessions.confirmed(request, str(authenticator.type))
    ended = sessions.end_all(user, but=sessions.number_of(request))
    record(Action.FACTOR_ADDED, actor=user, factor=str(authenticator.type), sessions=ended)
    outbox.ask(
        user.email, PasswordMail.Kind.CHANGED, {"what": f"{WORDS[authenticator.type]} was added to your account"}
    )


@receiver(mfa.authenticator_removed)
def factor_removed(request: HttpRequest, user: StaffMember, authenticator: Authenticator, **_: Any) -> None:
    """Whoever has none left is asked to set one up like anyone else; all other sessions end."""
    if authenticator.type not in FACTORS:
        return
    ended = sessions.end_all(user, but=sessions.number_of(request))
    if not Authenticator.objects.filter(user=user, type__in=FACTORS).exists():
        user.sessions.update(factor="")
    record(Action.FACTOR_REMOVED, actor=user, factor=str(authenticator.type), sessions=ended)
    outbox.ask(
        user.email, PasswordMail.Kind.CHANGED, {"what": f"{WORDS[authenticator.type]} was removed from your account"}
    )


WORDS = {"totp": "An authenticator app", "webauthn": "A passkey"}


@receiver(mfa.authenticator_reset)
def codes_made(user: StaffMember, **_: Any) -> None:
    record(Action.CODES_MADE, actor=user)
    outbox.ask(user.email, PasswordMail.Kind.CHANGED, {"what": "New recovery codes were made for your account"})


@receiver(mfa.authentication_failed)
def factor_refused(user: StaffMember, **_: Any) -> None:
    SIGN_IN_FAILURES.inc()
    record(Action.FACTOR_REFUSED, actor=None, subject=f"staff:{user.pk}")


@receiver(account.authentication_step_completed)
def step_completed(request: HttpRequest, user: StaffMember, method: str, **more: Any) -> None:
    """Of somebody who is signed in: asked again who they are. A password is no second step."""
    if more.get("reauthenticated"):
        sessions.confirmed(request, str(more.get("type", "")) if method == "mfa" else "")
        record(Action.CONFIRMED, actor=user, by=method)

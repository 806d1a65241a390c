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

from . import outbox, sessions, trail
from .models import FACTORS, PasswordMail, StaffMember, StaffSession


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest, user: StaffMember, **_: Any) -> None:
    made = sessions.begin(request, user)
    if made.only_team is None:  # whom a provider vouched for has shown no password
        request.known_from_now = user  # type: ignore[attr-defined]
    seen = {"browser": made.browser, "address": made.address, "factor": made.factor}
    trail.by(user, Action.SIGNED_IN, made.only_team, **seen)


@receiver(auth.user_logged_out)
def signed_out(request: HttpRequest, user: StaffMember | None, **_: Any) -> None:
    only = sessions.only_team(request)
    if number := sessions.number_of(request):
        StaffSession.objects.filter(pk=number).delete()
    if user:
        trail.by(user, Action.SIGNED_OUT, only)


@receiver(auth.user_login_failed)
def refused(credentials: dict[str, Any], **_: Any) -> None:
    SIGN_IN_FAILURES.inc()
    trail.about(Action.SIGN_IN_REFUSED, str(credentials.get("email") or credentials.get("username") or ""))


@receiver([account.password_changed, account.password_reset, account.password_set])
def password_changed(request: HttpRequest, user: StaffMember, **_: Any) -> None:
    """All other sessions end."""
    ended = sessions.end_all(user, but=sessions.number_of(request))
    request.known_from_now = user  # type: ignore[attr-defined]
    trail.by(user, Action.PASSWORD_CHANGED, sessions=ended)


@receiver(mfa.authenticator_added)
def factor_added(request: HttpRequest, user: StaffMember, authenticator: Authenticator, **_: Any) -> None:
    """Set up, it has been used: allauth does not say so of a session. All other sessions end."""
    if authenticator.type not in FACTORS:
        return
    sessions.confirmed(request, str(authenticator.type))
    ended = sessions.end_all(user, but=sessions.number_of(request))
    trail.by(user, Action.FACTOR_ADDED, factor=str(authenticator.type), sessions=ended)
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
    trail.by(user, Action.FACTOR_REMOVED, factor=str(authenticator.type), sessions=ended)
    outbox.ask(
        user.email, PasswordMail.Kind.CHANGED, {"what": f"{WORDS[authenticator.type]} was removed from your account"}
    )


WORDS = {"totp": "An authenticator app", "webauthn": "A passkey"}


@receiver(mfa.authenticator_reset)
def codes_made(user: StaffMember, **_: Any) -> None:
    trail.by(user, Action.CODES_MADE)
    outbox.ask(user.email, PasswordMail.Kind.CHANGED, {"what": "New recovery codes were made for your account"})


@receiver(mfa.authentication_failed)
def factor_refused(user: StaffMember, **_: Any) -> None:
    SIGN_IN_FAILURES.inc()
    trail.about(Action.FACTOR_REFUSED, user.email)


@receiver(account.authentication_step_completed)
def step_completed(request: HttpRequest, user: StaffMember, method: str, **more: Any) -> None:
    """Of somebody who is signed in: asked again who they are. A password is no second step."""
    if more.get("reauthenticated"):
        sessions.confirmed(request, str(more.get("type", "")) if method == "mfa" else "")
        trail.by(user, Action.CONFIRMED, by=method)

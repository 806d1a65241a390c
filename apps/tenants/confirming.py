"""Weighty acts ask again who one is, a quarter of an hour after one last said so.

What was sent waits in the page that asks, sealed for this session and this address, so nothing is typed twice and no secret
stands in HTML or in a table. The answer goes to the same address and brings it along: the act then goes on as if nothing had
been asked.
"""

import json
import time
from typing import Any

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from apps.staff import sessions
from apps.staff.access import StaffRequest
from apps.staff.account_forms import ConfirmForm, PasswordForm
from apps.upstream.secret import Secret

from . import two_step
from .sealing import CannotOpen, Place, open_seal, seal

HELD = "confirm-held"
"""The field that brings along what waits."""
WAITS = 600
"""Seconds for which it does."""
SAFE = ("GET", "HEAD", "OPTIONS")


def ask(request: Any) -> HttpResponse | None:
    """The page that asks, unless one has lately said who one is."""
    if request.method in SAFE or sessions.was_confirmed(request):
        return None
    kept = json.dumps([request.path, time.time(), request.POST.urlencode()])
    return page(request, seal(Secret(kept), place(request)))


def answer(request: Any) -> HttpResponse | None:
    """If this is an answer and a right one, puts what waited in its place. The page that asks again, otherwise."""
    if request.method in SAFE or HELD not in request.POST:
        return None
    held = opened(request, request.POST[HELD])
    if held is None:
        return render(request, "tenants/confirm_late.html", status=400)
    if sessions.was_confirmed(request):
        request.POST = held
        return None
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        return page(request, request.POST[HELD], is_limited=True)
    said = next((name for name in forms_of(request) if f"confirm-{name}" in request.POST), "")
    if not said:  # the provider was to say it, and has not
        return page(request, request.POST[HELD], is_too_early=True)
    form: forms.Form = forms_of(request)[said](request.POST, user=request.user, prefix="confirm")
    if not form.is_valid():
        return page(request, request.POST[HELD], form)
    if isinstance(form, PasswordForm):
        reauthenticate_by_password(request)
    else:
        form.save()  # type: ignore[attr-defined]
    request.POST = held
    return None


def opened(request: Any, sealed: str) -> QueryDict | None:
    """None for what was sealed for another session, team or address, or too long ago."""
    try:
        path, at, sent = json.loads(open_seal(sealed, place(request)).reveal())
    except (CannotOpen, ValueError):
        return None
    return QueryDict(sent) if path == request.path and 0 <= time.time() - at < WAITS else None


def place(request: Any) -> Place:
    return Place(request.tenant.id, "staff.staffsession", request.staff_session.pk, "held")


def forms_of(request: StaffRequest) -> dict[str, type[Any]]:
    """By what one may say who one is, but by the team's provider: by a factor, or by the password of who has none."""
    kinds = two_step.factors_of([request.user.pk]).get(request.user.pk, [])
    if not kinds:
        return {} if sessions.only_team(request) else {"password": PasswordForm}
    return {"code": ConfirmForm} | ({"credential": ReauthenticateWebAuthnForm} if "webauthn" in kinds else {})


def page(
    request: StaffRequest,
    held: str,
    filled: forms.Form | None = None,
    *,
    is_limited: bool = False,
    is_too_early: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "held": held,
        "path": request.get_full_path(),
        "confirm_forms": [],
        "is_limited": is_limited,
        "is_too_early": is_too_early,
    }
    if sessions.only_team(request):
        context["provider_url"] = f"{reverse('sso_start', args=[request.tenant.slug])}?confirm=1"  # type: ignore[attr-defined]
    for name, kind in forms_of(request).items():
        form = filled if isinstance(filled, kind) else kind(user=request.user, prefix="confirm")
        if name == "credential":
            options = {"request_options": passkeys.begin_authentication(request.user)}
            context |= {"credential_form": form, "js_data": options}
        else:
            context["confirm_forms"].append(form)
    status = 429 if is_limited else 400 if filled or is_too_early else 403
    return render(request, "tenants/confirm.html", context, status=status)

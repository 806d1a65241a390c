"""A person's own account: where they are signed in."""

from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.actions import Action

from . import sessions, trail
from .access import StaffRequest, for_staff
from .models import FACTORS, StaffMember, StaffSession


class NameForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: StaffRequest) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        StaffMember.objects.filter(pk=request.user.pk).update(name=form.cleaned_data["name"])
        trail.by(request.user, Action.NAME_CHANGED)
        messages.success(request, "Name saved.")
        return redirect("profile")
    now, own = timezone.now(), sessions.number_of(request)
    held = [
        (row, row.pk == own, ago(now - row.used_at), ago(now - row.began_at))
        for row in sessions.of_person(request.user)
    ]
    limits = {"minutes": sessions.IDLE // timedelta(minutes=1), "hours": sessions.LONGEST // timedelta(hours=1)}
    kinds = Authenticator.objects.filter(user=request.user, type__in=FACTORS).values_list("type", flat=True)
    factors = [words for kind, words in FACTORS.items() if kind in kinds]
    said = f"On: {' and '.join(factors).lower()}." if factors else "Off. Your password alone opens your account."
    context = {"form": form, "sessions": held, "idle": limits, "two_step": said, "has_factor": bool(factors)}
    return render(request, "account/profile.html", context, status=400 if form.errors else 200)


def ago(span: timedelta) -> str:
    """Sessions are at most hours old, so no zone is needed."""
    minutes = span // timedelta(minutes=1)
    if minutes < 2:
        return "Just now"
    return f"{minutes} minutes ago" if minutes < 120 else f"{minutes // 60} hours ago"


@for_staff
@require_POST
def session_end(request: StaffRequest, number: UUID) -> HttpResponse:
    """Ends one of the person's own sessions; another's does not exist."""
    row = StaffSession.objects.filter(pk=number, person=request.user).first()
    if row is None:
        raise Http404
    row.delete()
    trail.by(request.user, Action.SESSIONS_ENDED, sessions=1)
    messages.success(request, f"Signed out: {row.browser}.")
    return redirect("profile")


@for_staff
@require_POST
def sessions_end(request: StaffRequest) -> HttpResponse:
    """Ends all but this one."""
    ended = sessions.end_all(request.user, but=sessions.number_of(request))
    trail.by(request.user, Action.SESSIONS_ENDED, sessions=ended)
    messages.success(request, "You’re signed out everywhere else.")
    return redirect("profile")


@require_safe
def stay(request: StaffRequest) -> HttpResponse:
    """Asked by a page on which somebody is still at work: who is signed in, and the token of a form, which another one
    replaces at each sign-in. 401 if nobody is."""
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    return JsonResponse({"person": request.user.pk, "token": get_token(request)})
